/**
 * What the configuration asks of the outside world. The server supplies it
 * from the platform port; tests supply their own.
 *
 * Paths and texts are byte strings (lib/base/byte_string.ts): give
 * `textToByteString(fs.readText(byteStringToText(path)))`. A method fails by
 * throwing; the error's `strerror`, or else its `message`, becomes part of the
 * error text.
 */

/** The outside world, as far as configuration goes. */
export interface ConfigIo {
  /** A whole file. */
  readFile(path: string): string;
  /** The names in a directory, for `include` with a pattern. Without it, patterns match nothing. */
  listDirectory?(path: string): readonly string[];
  /** Makes `path` the working directory and returns its absolute path. Without it, `dir` is kept as given. */
  changeDirectory?(path: string): string;
  /** Tries whether the log file can be appended to. */
  probeLogFile?(path: string): void;
  /**
   * Renames a command (to nothing: removes it).
   * @returns why it cannot be done: `No such command in rename-command` or `Target command name already exists`
   */
  renameCommand?(from: string, to: string): string | undefined;
  /** Declares an ACL user, `args` being name and rules. @returns the complete error text when it is refused */
  declareUser?(args: readonly string[]): string | undefined;
}

/** The words that a failure of the outside world contributes to an error text. */
export function failureText(error: unknown): string {
  const { strerror, message } = error as { strerror?: string; message?: string };
  return strerror ?? message ?? String(error);
}
