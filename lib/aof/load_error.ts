/** A load that has failed. */

/** The AOF cannot be loaded: `message` is the line to be logged last, before the process ends with code 1. */
export class AofLoadError extends Error {
  constructor(line: string, options?: ErrorOptions) {
    super(line, options);
    this.name = "AofLoadError";
  }

  /** The log line. */
  get line(): string {
    return this.message;
  }
}
