/**
 * From command line to a running server, and to the end of the process.
 *
 * DESIGN. The order of start-up: configuration, log, directory, listening
 * sockets (a second server must fail before it touches the AOF), AOF lock and
 * load, "Ready". Whatever goes wrong before that ends with the line that
 * explains it and exit code 1, never with a stack trace.
 */

// First: it asks for all modules at once.
import "./modules.ts";
import { AofLoadError } from "../aof/load_error.ts";
import { Log } from "../base/log.ts";
import { ALL_HANDLERS } from "../commands/all.ts";
import { CommandTable } from "../commands/table.ts";
import { byteStringToText, textToByteString } from "../base/byte_string.ts";
import {
  absolutePath,
  HELP_TEXT,
  parseCommandLine,
  TEST_MEMORY_TEXT,
  versionText,
} from "../config/command_line.ts";
import { Config } from "../config/config.ts";
import { ConfigFileError } from "../config/parse.ts";
import { REDIS_VERSION, VELLUM_VERSION } from "../config/version.ts";
import { IoError, type Platform } from "../platform/types.ts";
import { logSink } from "./log_file.ts";
import { Server } from "./server.ts";

/** When the late commands are loaded if nobody has asked for one before. */
const LATE_COMMANDS_MS = 20;

/** Runs what the command line asks for; returns when the server is serving. */
export async function run(platform: Platform): Promise<void> {
  const commandLine = parseCommandLine(platform.args);
  switch (commandLine.action) {
    case "version":
      platform.writeStdout(versionText());
      return platform.exit(0);
    case "help":
      platform.writeStdout(HELP_TEXT);
      return platform.exit(0);
    case "check-system":
      return platform.exit(0);
    case "test-memory":
      platform.writeStderr(TEST_MEMORY_TEXT);
      return platform.exit(1);
  }
  // The file's own path is made absolute before `dir` may change the directory.
  const configFile = commandLine.configFile === undefined
    ? ""
    : absolutePath(byteStringToText(commandLine.configFile), platform.cwd());
  const commands = new CommandTable(ALL_HANDLERS);
  const config = readConfig(platform, commandLine, configFile, commands);
  const log = new Log(platform.host.pid, logSink(platform, config));
  log.level = config.loglevel;
  try {
    await serve(platform, config, log, configFile, commands, configFile !== "" || commandLine.stdin);
  } catch (error) {
    // The line that explains the failure is the last one: tools look there.
    if (error instanceof AofLoadError) log.warning(error.logLine);
    else if (error instanceof IoError) log.warning(`Failed to start: ${error.message}`);
    else throw error;
    platform.exit(1);
  }
}

/** Reads all sources of the configuration; a bad one ends the process with Redis' block. */
function readConfig(
  platform: Platform,
  commandLine: { stdin: boolean; optionLines: readonly string[] },
  configFile: string,
  commands: CommandTable,
): Config {
  const config = new Config({
    readFile: (path) => textToByteString(platform.fs.readText(byteStringToText(path))),
    listDirectory: (path) => platform.fs.list(byteStringToText(path)).map(textToByteString),
    changeDirectory: (path) => {
      platform.chdir(byteStringToText(path));
      return textToByteString(platform.cwd());
    },
    renameCommand: (from, to) => commands.rename(from, to),
    probeLogFile: (path) => platform.fs.writeText(byteStringToText(path), "", { append: true }),
  });
  try {
    config.load({
      ...(configFile === "" ? {} : { file: textToByteString(configFile) }),
      ...(commandLine.stdin ? { stdin: readAllStdin(platform) } : {}),
      optionLines: commandLine.optionLines,
    });
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    platform.writeStderr(error.message);
    platform.exit(1);
  }
  return config;
}

function readAllStdin(platform: Platform): string {
  const chunk = new Uint8Array(65536);
  let text = "";
  for (;;) {
    const n = platform.readStdin(chunk, 0, chunk.length);
    if (n === 0) return text;
    for (let i = 0; i < n; i++) text += String.fromCharCode(chunk[i]);
  }
}

/** Starts the server; returns when it is ready. @throws {IoError} */
async function serve(
  platform: Platform,
  config: Config,
  log: Log,
  configFile: string,
  commands: CommandTable,
  configured: boolean,
): Promise<void> {
  const pid = platform.host.pid;
  log.role = "C";
  log.notice("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  log.notice(
    `vellum version=${VELLUM_VERSION}, compatible with Redis version=${REDIS_VERSION}, bits=64, pid=${pid}, just started`,
  );
  log.notice(configured ? "Configuration loaded" : "No config file specified, using the default config.");
  for (const warning of [...config.warnings, ...config.unsupportedWarnings()]) log.warning(warning);
  log.role = "M";
  const server = new Server(platform, config, log, configFile, commands);
  platform.onUncaught((error) => server.crash(error));
  platform.onSignal("SIGTERM", () => server.signalled("SIGTERM"));
  platform.onSignal("SIGINT", () => server.signalled("SIGINT"));
  server.writePidFile();
  log.notice(`Running mode=standalone, port=${config.port}.`);
  log.notice(`PID: ${pid}`);
  server.listeners.open();
  if (server.listeners.info().length === 0) {
    log.warning("Configured to not listen anywhere, exiting.");
    platform.exit(1);
  }
  log.notice("Server initialized");
  server.cron.start();
  await server.persistence.start();
  server.ready();
  platform.afterStart(() => void server.lateGate.open(), LATE_COMMANDS_MS);
}
