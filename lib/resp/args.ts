/**
 * The arguments of one command: offsets and lengths over one buffer.
 *
 * DESIGN. Arguments are never copied out of the input buffer. One `Args` is
 * filled again and again; whoever keeps a command past its call (MULTI, a
 * blocked client, a half-received request) takes {@link Args.clone} or the
 * object itself. The parser's progress within a half-received request stands
 * here too, so that parsing goes on where the bytes ended.
 */

const NO_BYTES = new Uint8Array(0);

/** argc, and where each argument lies in `buf`. */
export class Args {
  buf: Uint8Array = NO_BYTES;
  off: Int32Array = new Int32Array(16);
  len: Int32Array = new Int32Array(16);
  argc = 0;
  /** The request's own bytes are `buf[rawStart, rawEnd)`… */
  rawStart = 0;
  rawEnd = 0;
  /** …and are a well-formed RESP array that can be logged as it is. */
  canonical = false;

  /** Progress of the parser: arguments still to come; -1 before the header. */
  pending = -1;
  /** Length of the bulk being received; -1 before its header. */
  bulk = -1;
  /** Where parsing goes on. */
  position = 0;

  /** Forgets what was parsed; the arrays stay. */
  reset(): void {
    this.argc = 0;
    this.pending = -1;
    this.bulk = -1;
    this.canonical = false;
  }

  /** Adds an argument. */
  push(off: number, len: number): void {
    if (this.argc === this.off.length) this.#grow();
    this.off[this.argc] = off;
    this.len[this.argc++] = len;
  }

  /** The bytes were moved by `delta` into `buf`. */
  rebase(buf: Uint8Array, delta: number): void {
    this.buf = buf;
    for (let i = 0; i < this.argc; i++) this.off[i] += delta;
    this.rawStart += delta;
    this.rawEnd += delta;
    this.position += delta;
  }

  /** A copy that owns its bytes: the request's, canonical if this one's are. */
  clone(): Args {
    const copy = new Args();
    if (this.argc > copy.off.length) {
      copy.off = new Int32Array(this.argc);
      copy.len = new Int32Array(this.argc);
    }
    copy.argc = this.argc;
    copy.canonical = this.canonical;
    let size = 0;
    for (let i = 0; i < this.argc; i++) size += this.len[i];
    if (this.canonical) {
      copy.buf = this.buf.slice(this.rawStart, this.rawEnd);
      copy.rawEnd = this.rawEnd - this.rawStart;
      for (let i = 0; i < this.argc; i++) copy.off[i] = this.off[i] - this.rawStart;
    } else {
      copy.buf = new Uint8Array(size);
      let at = 0;
      for (let i = 0; i < this.argc; i++) {
        copy.buf.set(this.buf.subarray(this.off[i], this.off[i] + this.len[i]), at);
        copy.off[i] = at;
        at += this.len[i];
      }
      copy.rawEnd = size;
    }
    copy.len.set(this.len.subarray(0, this.argc));
    return copy;
  }

  #grow(): void {
    const off = new Int32Array(this.off.length * 2);
    off.set(this.off);
    this.off = off;
    const len = new Int32Array(this.len.length * 2);
    len.set(this.len);
    this.len = len;
  }
}

/** Arguments from separate byte strings, for commands that the server itself makes. */
export function argsOf(parts: readonly Uint8Array[]): Args {
  const args = new Args();
  const buf = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    buf.set(part, at);
    args.push(at, part.length);
    at += part.length;
  }
  args.buf = buf;
  return args;
}
