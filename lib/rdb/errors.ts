/**
 * What can be wrong with RDB bytes.
 *
 * DESIGN. Both are thrown by everything in this folder that reads, and nothing
 * else is, but for the end of a stream, which is the stream's own error
 * (`UnexpectedEnd`, lib/rio/stream_reader.ts).
 */

/** The bytes are not what an RDB writer makes. */
export class CorruptRdb extends Error {
  constructor(what: string) {
    super(`Corrupt RDB stream: ${what}`);
    this.name = "CorruptRdb";
  }
}

/** The bytes may well be valid RDB, of a kind that we cannot take in. */
export class UnsupportedType extends Error {
  /** What it is, for a log: `stream`, `module value of type 'abc'`. */
  readonly what: string;

  constructor(what: string) {
    super(`Unsupported RDB content: ${what}`);
    this.name = "UnsupportedType";
    this.what = what;
  }
}
