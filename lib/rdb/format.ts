/**
 * RDB: the constants of Redis' dump format, version 11.
 *
 * ```
 * "REDIS" "0011"
 * FA name value …                auxiliary fields
 * FE db  FB size expires         a database and its sizes
 *   [FC ms(8, LE)] type key value  …
 * FF checksum(8, LE)             the end; 0 = no checksum
 * ```
 * Lengths: 00xxxxxx 6 bits; 01xxxxxx 14 bits; 0x80 + 4 bytes BE; 0x81 + 8 bytes
 * BE; 11xxxxxx a special encoding (integers, LZF).
 */

export const RDB_MAGIC = "REDIS";
export const RDB_VERSION = 11;

export const RDB_OPCODE_AUX = 0xfa;
export const RDB_OPCODE_RESIZEDB = 0xfb;
export const RDB_OPCODE_EXPIRETIME_MS = 0xfc;
export const RDB_OPCODE_SELECTDB = 0xfe;
export const RDB_OPCODE_EOF = 0xff;

/** Value types. */
export const RDB_TYPE_STRING = 0;

/** First byte of a 32-bit and a 64-bit length. */
export const RDB_32BIT_LEN = 0x80;
export const RDB_64BIT_LEN = 0x81;
/** Bits of the first byte that tell the kind of a length. */
export const RDB_LEN_KIND_MASK = 0xc0;
export const RDB_6BIT_LEN = 0x00;
export const RDB_14BIT_LEN = 0x40;
export const RDB_ENCODED = 0xc0;
