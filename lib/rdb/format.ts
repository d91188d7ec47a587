/**
 * RDB: the constants of Redis' dump format, version 11.
 *
 * ```
 * "REDIS" "0011"
 * FA name value …                auxiliary fields
 * F5 code …                      function libraries
 * FE db  FB size expires         a database and its sizes
 *   [FC ms(8, LE) | FD s(4, LE)] [F8 idle | F9 frequency] type key value  …
 * FF checksum(8, LE)             the end; 0 = no checksum
 * ```
 * Lengths: 00xxxxxx 6 bits; 01xxxxxx 14 bits; 0x80 + 4 bytes BE; 0x81 + 8 bytes
 * BE; 11xxxxxx a string in a special encoding (integers, LZF).
 */

export const RDB_MAGIC = "REDIS";
export const RDB_VERSION = 11;
/** From this version on a file ends with a checksum. */
export const RDB_CHECKSUM_SINCE = 5;

export const RDB_OPCODE_FUNCTION2 = 0xf5;
export const RDB_OPCODE_FUNCTION_PRE_GA = 0xf6;
export const RDB_OPCODE_MODULE_AUX = 0xf7;
export const RDB_OPCODE_IDLE = 0xf8;
export const RDB_OPCODE_FREQ = 0xf9;
export const RDB_OPCODE_AUX = 0xfa;
export const RDB_OPCODE_RESIZEDB = 0xfb;
export const RDB_OPCODE_EXPIRETIME_MS = 0xfc;
export const RDB_OPCODE_EXPIRETIME = 0xfd;
export const RDB_OPCODE_SELECTDB = 0xfe;
export const RDB_OPCODE_EOF = 0xff;

/** Value types. */
export const RDB_TYPE_STRING = 0;
export const RDB_TYPE_LIST = 1;
export const RDB_TYPE_SET = 2;
export const RDB_TYPE_ZSET = 3;
export const RDB_TYPE_HASH = 4;
export const RDB_TYPE_ZSET_2 = 5;
export const RDB_TYPE_MODULE_PRE_GA = 6;
export const RDB_TYPE_MODULE_2 = 7;
export const RDB_TYPE_HASH_ZIPMAP = 9;
export const RDB_TYPE_LIST_ZIPLIST = 10;
export const RDB_TYPE_SET_INTSET = 11;
export const RDB_TYPE_ZSET_ZIPLIST = 12;
export const RDB_TYPE_HASH_ZIPLIST = 13;
export const RDB_TYPE_LIST_QUICKLIST = 14;
export const RDB_TYPE_STREAM_LISTPACKS = 15;
export const RDB_TYPE_HASH_LISTPACK = 16;
export const RDB_TYPE_ZSET_LISTPACK = 17;
export const RDB_TYPE_LIST_QUICKLIST_2 = 18;
export const RDB_TYPE_STREAM_LISTPACKS_2 = 19;
export const RDB_TYPE_SET_LISTPACK = 20;
export const RDB_TYPE_STREAM_LISTPACKS_3 = 21;

/** What a value of any encoding is; the numbers are those of the keyspace's own types. */
export const RDB_KIND_STRING = 0;
export const RDB_KIND_LIST = 1;
export const RDB_KIND_SET = 2;
export const RDB_KIND_ZSET = 3;
export const RDB_KIND_HASH = 4;

/** How a node of a LIST_QUICKLIST_2 holds its items: one item as it is, or a listpack of many. */
export const QUICKLIST_NODE_PLAIN = 1;
export const QUICKLIST_NODE_PACKED = 2;

/** First byte of a 32-bit and a 64-bit length. */
export const RDB_32BIT_LEN = 0x80;
export const RDB_64BIT_LEN = 0x81;
/** Bits of the first byte that tell the kind of a length. */
export const RDB_LEN_KIND_MASK = 0xc0;
export const RDB_6BIT_LEN = 0x00;
export const RDB_14BIT_LEN = 0x40;
export const RDB_ENCODED = 0xc0;

/** First bytes of strings in a special encoding. */
export const RDB_ENC_INT8 = 0xc0;
export const RDB_ENC_INT16 = 0xc1;
export const RDB_ENC_INT32 = 0xc2;
export const RDB_ENC_LZF = 0xc3;

/** No string is longer; a length beyond it is a lie. In bytes. */
export const RDB_STRING_MAX = 0xffffffff;
