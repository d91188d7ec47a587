/**
 * The command line: `vellum [config-file] [--directive value ...] [-]`.
 *
 * DESIGN. As with redis-server, options are turned into lines of a
 * configuration that is read after the file and after standard input, so the
 * last word counts and all errors look alike. `--port 6380` becomes
 * `port "6380"`; an argument that starts with `--` is a new option unless the
 * option before it still lacks its first value.
 */

import { textToByteString } from "../base/byte_string.ts";
import { repr, splitArgs } from "../base/quoted_args.ts";
import { REDIS_VERSION, VELLUM_VERSION } from "./version.ts";

/** What the command line asks for. */
export type CommandLine =
  | {
    readonly action: "serve";
    /** The configuration file as given, a byte string; undefined when none is. */
    readonly configFile: string | undefined;
    /** Whether a `-` asks for more configuration from standard input. */
    readonly stdin: boolean;
    /** The options as lines of a configuration, byte strings. */
    readonly optionLines: readonly string[];
  }
  | { readonly action: "help" }
  | { readonly action: "version" }
  /** `--check-system`: nothing to check; end with status 0. */
  | { readonly action: "check-system" }
  /** `--test-memory`: not offered; say so and end with status 1. */
  | { readonly action: "test-memory" };

const ACTIONS = new Map<string, "help" | "version" | "check-system" | "test-memory">([
  ["-v", "version"],
  ["--version", "version"],
  ["-h", "help"],
  ["--help", "help"],
  ["--check-system", "check-system"],
  ["--test-memory", "test-memory"],
]);

/** Gathers options as the text of a configuration. */
class OptionText {
  text = "";
  /** Whether the last option has a value, so that `--` starts another one. */
  #complete = true;

  /** Takes one argument; `next` is the one behind it, undefined at the end. */
  take(arg: string, next: string | undefined): void {
    if (this.#complete && arg.startsWith("--")) {
      this.#option(arg, next);
    } else {
      this.text += repr(arg) + " ";
      this.#complete = true;
    }
  }

  /** Starts a new line. `--port 6380` in one argument brings its value along. */
  #option(arg: string, next: string | undefined): void {
    if (this.text !== "") this.text += "\n";
    this.text += arg.slice(2) + " ";
    this.#complete = splitArgs(arg)?.length !== 1;
    if (this.#complete) return;
    const followedByOption = next !== undefined && next.startsWith("--");
    if (!followedByOption && next !== undefined) return;
    // Two words may stand alone: an empty save list, and sentinel.
    const word = arg.toLowerCase();
    if (word === "--save") this.text += '""';
    if (word === "--save" || word === "--sentinel") this.#complete = true;
  }
}

/**
 * Reads the arguments behind the program's name.
 * @param args ordinary text, as the runtime hands it over
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const action = args.length === 0 ? undefined : ACTIONS.get(args[0]);
  if (action !== undefined) return { action };
  const words = args.map(textToByteString);
  const configFile = words.length > 0 && !words[0].startsWith("-") ? words[0] : undefined;
  const options = new OptionText();
  let stdin = false;
  for (let i = configFile === undefined ? 0 : 1; i < words.length; i++) {
    if (words[i] === "-" && (i === 0 || i === words.length - 1)) stdin = true;
    else options.take(words[i], words[i + 1]);
  }
  const optionLines = options.text === "" ? [] : options.text.split("\n");
  return { action: "serve", configFile, stdin, optionLines };
}

/**
 * A path made absolute without looking at the file system.
 * @param cwd the working directory, absolute
 */
export function absolutePath(path: string, cwd: string): string {
  let relative = path.replace(/^[ \r\n\t]+|[ \r\n\t]+$/g, "");
  if (relative.startsWith("/")) return relative;
  let base = cwd.endsWith("/") ? cwd : cwd + "/";
  while (relative.startsWith("../")) {
    relative = relative.slice(3);
    if (base.length > 1) base = base.slice(0, base.lastIndexOf("/", base.length - 2) + 1);
  }
  return base + relative;
}

/** What `--version` prints: the shape of redis-server's line, with our own names. */
export function versionText(build = "0"): string {
  return `vellum server v=${VELLUM_VERSION} sha=00000000:0 malloc=arena bits=64 build=${build} redis=${REDIS_VERSION}\n`;
}

/** What `--test-memory` answers. */
export const TEST_MEMORY_TEXT = "vellum has no memory test.\n";

/** What `--help` prints. */
export const HELP_TEXT = `Usage: vellum [config-file] [--directive value ...] [-]
       vellum -                    take the configuration from standard input
       vellum -v | --version
       vellum -h | --help
       vellum --check-system       accepted for compatibility, checks nothing
       vellum check-aof [--fix] [--truncate-to-timestamp <seconds>] <file>
                                   check an append-only file, and repair it

The file has the syntax of redis.conf. A last argument "-" reads more of it
from standard input. Options come last and win.

Examples:
       vellum
       vellum /etc/vellum/vellum.conf
       vellum --port 7777 --appendfsync always
       vellum /etc/vellum/vellum.conf --loglevel verbose
       echo 'maxmemory 128mb' | vellum -
`;
