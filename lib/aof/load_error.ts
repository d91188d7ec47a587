/** A load that has failed. */

/** The AOF cannot be loaded: `message` is the line to be logged last, before the process ends with code 1. */
export class AofLoadError extends Error {
  constructor(line: string, options?: ErrorOptions) {
    super(line, options);
    this.name = "AofLoadError";
  }

  /** The log line. (Not `line`: the errors of JavaScriptCore have an own property of that name.) */
  get logLine(): string {
    return this.message;
  }
}
