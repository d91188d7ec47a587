/** CONFIG REWRITE: replaces the configuration file as a whole or not at all. */

import { byteStringToBytes, textToByteString } from "../base/byte_string.ts";
import { IoError } from "../platform/types.ts";
import { type Server } from "./server.ts";

/**
 * Writes the present configuration to the file that the server was started with: to a temporary file beside it, which
 * is synced and then renamed.
 * @param all whether also what is at its default is written
 * @returns the error text of the reply, or undefined
 */
export function rewriteConfigFile(server: Server, all: boolean): string | undefined {
  const { config, log, configFile } = server;
  if (configFile === "") return "ERR The server is running without a config file";
  try {
    replace(server, configFile, config.rewrite(readOld(server, configFile), undefined, all));
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    log.warning(`CONFIG REWRITE failed: ${error.strerror}`);
    return `ERR Rewriting config file: ${error.strerror}`;
  }
  log.notice("CONFIG REWRITE executed with success.");
  return undefined;
}

/** The file as it is, undefined when it is gone. */
function readOld(server: Server, path: string): string | undefined {
  const { fs } = server.platform;
  return fs.stat(path) === undefined ? undefined : textToByteString(fs.readText(path));
}

function replace(server: Server, path: string, text: string): void {
  const { fs, host } = server.platform;
  const temp = `${path}.${host.pid}.tmp`;
  const bytes = byteStringToBytes(text);
  try {
    const file = fs.openAppend(temp, { create: true, truncate: true });
    try {
      for (let at = 0; at < bytes.length;) at += file.write(bytes, at, bytes.length);
      file.dataSync();
    } finally {
      file.close();
    }
    fs.rename(temp, path);
  } catch (error) {
    if (fs.stat(temp) !== undefined) fs.unlink(temp);
    throw error;
  }
  fs.syncDir(path.slice(0, path.lastIndexOf("/")) || "/");
}
