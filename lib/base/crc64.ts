/**
 * CRC-64/Jones, the checksum at the end of an RDB file and of a DUMP payload.
 *
 * DESIGN. Reflected, polynomial 0xad93d23594c935a9, initial value 0, no final
 * xor: the value of `123456789` is 0xe9c6d914c4b8d9ca. The register is two int32
 * halves, as BigInt would cost a hundred times as much; eight bytes are taken
 * at once with eight tables ("slicing by 8"). The tables, 16 KiB, are computed
 * at first use.
 */

/** The polynomial, bits reversed. */
const POLY_LOW = 0xac4bc9b5 | 0;
const POLY_HIGH = 0x95ac9329 | 0;

/** Eight tables of 256 entries, low and high halves in turn. */
let tables = new Int32Array(0);

function buildTables(): Int32Array<ArrayBuffer> {
  const t = new Int32Array(8 * 512);
  for (let i = 0; i < 256; i++) {
    let low = i;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry !== 0) {
        low ^= POLY_LOW;
        high ^= POLY_HIGH;
      }
    }
    t[i * 2] = low;
    t[i * 2 + 1] = high;
  }
  // Table n holds what a byte becomes when n zero bytes follow it.
  for (let i = 512; i < t.length; i += 2) {
    const low = t[i - 512];
    const high = t[i - 511];
    const entry = (low & 255) << 1;
    t[i] = ((low >>> 8) | (high << 24)) ^ t[entry];
    t[i + 1] = (high >>> 8) ^ t[entry + 1];
  }
  return t;
}

/** A running checksum. */
export class Crc64 {
  #low = 0;
  #high = 0;

  constructor() {
    if (tables.length === 0) tables = buildTables();
  }

  /** Starts over. */
  reset(): void {
    this.#low = 0;
    this.#high = 0;
  }

  /** Takes in `buf[start, start + len)`. Allocates nothing. */
  update(buf: Uint8Array, start: number, len: number): void {
    const t = tables;
    let low = this.#low;
    let high = this.#high;
    let at = start | 0;
    const end = (start + len) | 0;
    const blocksEnd = (end - 7) | 0;
    for (; at < blocksEnd; at = (at + 8) | 0) {
      low ^= buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16) | (buf[at + 3] << 24);
      high ^= buf[at + 4] | (buf[at + 5] << 8) | (buf[at + 6] << 16) | (buf[at + 7] << 24);
      const i7 = 3584 + ((low & 255) << 1);
      const i6 = 3072 + ((low >>> 7) & 510);
      const i5 = 2560 + ((low >>> 15) & 510);
      const i4 = 2048 + ((low >>> 23) & 510);
      const i3 = 1536 + ((high & 255) << 1);
      const i2 = 1024 + ((high >>> 7) & 510);
      const i1 = 512 + ((high >>> 15) & 510);
      const i0 = (high >>> 23) & 510;
      low = t[i7] ^ t[i6] ^ t[i5] ^ t[i4] ^ t[i3] ^ t[i2] ^ t[i1] ^ t[i0];
      high = t[i7 + 1] ^ t[i6 + 1] ^ t[i5 + 1] ^ t[i4 + 1] ^ t[i3 + 1] ^ t[i2 + 1] ^ t[i1 + 1] ^ t[i0 + 1];
    }
    for (; at < end; at = (at + 1) | 0) {
      const entry = ((low ^ buf[at]) & 255) << 1;
      low = ((low >>> 8) | (high << 24)) ^ t[entry];
      high = (high >>> 8) ^ t[entry + 1];
    }
    this.#low = low;
    this.#high = high;
  }

  /** The checksum so far as an unsigned 64-bit integer. For logs and tests. */
  value(): bigint {
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
  }

  /**
   * Writes the checksum as RDB stores it: 8 bytes, little endian.
   *
   * @returns the offset after them
   */
  writeTo(out: Uint8Array, at: number): number {
    for (let i = 0; i < 4; i++) {
      out[at + i] = this.#low >>> (8 * i);
      out[at + 4 + i] = this.#high >>> (8 * i);
    }
    return at + 8;
  }

  /** Whether the 8 bytes at `buf[at]` are this checksum, little endian. */
  matches(buf: Uint8Array, at: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (buf[at + i] !== ((this.#low >>> (8 * i)) & 255)) return false;
      if (buf[at + 4 + i] !== ((this.#high >>> (8 * i)) & 255)) return false;
    }
    return true;
  }
}
