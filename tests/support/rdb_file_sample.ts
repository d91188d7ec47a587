/**
 * The data set of the recorded RDB files (rdb_files.ts), as commands that every Redis since 2.8 has, and settings
 * under which little data already takes the forms of much: lists of several nodes, compressed ones, hash tables.
 */

/** Set where a server knows them. */
export const SAMPLE_SETTINGS: readonly (readonly [string, string])[] = [
  ["hash-max-ziplist-entries", "8"],
  ["zset-max-ziplist-entries", "8"],
  ["set-max-intset-entries", "8"],
  ["list-max-ziplist-entries", "8"],
  ["list-max-ziplist-size", "8"],
  ["list-compress-depth", "1"],
  ["rdbcompression", "yes"],
];

/** In the year 2100. */
const DEADLINE_MS = "4102444800123";

const numbered = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, i) => `${name}:${i}`);
const flat = (names: readonly string[], value: (i: number) => string): string[] =>
  names.flatMap((name, i) => [name, value(i)]);

/** Arguments are latin1. */
export const SAMPLE_COMMANDS: readonly (readonly string[])[] = [
  ...["0", "-1", "127", "-32768", "2147483647", "-2147483649", "007"].map((
    text,
  ) => ["SET", `int ${text}`, text]),
  ["SET", "empty", ""],
  ["SET", "bytes", "\x00\xff\r\n\x80"],
  ["SET", "compressed", "compressible ".repeat(60)],
  ["SET", "key ".repeat(30), "of a long name"],
  ["SET", "brief", "v"],
  ["PEXPIREAT", "brief", DEADLINE_MS],
  ["RPUSH", "list", "a", "12", "-7", "", "1234567890123456789", "x".repeat(300)],
  ["RPUSH", "long list", ...numbered(40, "item")],
  ["RPUSH", "compressed list", ...numbered(40, "repeated ".repeat(8))],
  ["RPUSH", "numbers", ...Array.from({ length: 30 }, (_, i) => String((-3) ** i))],
  ["SADD", "int16 set", "1", "-2", "300"],
  ["SADD", "int32 set", "1", "-70000"],
  ["SADD", "int64 set", "1", "-2", "9223372036854775807"],
  ["SADD", "set", "x", "", "12"],
  ["SADD", "large set", ...numbered(30, "member")],
  ["ZADD", "zset", "1", "one", "-inf", "least", "2.5", "two and a half", "1", "also one"],
  ["ZADD", "large zset", ...numbered(30, "member").flatMap((name, i) => [String(i % 7 - 0.5), name])],
  ["ZADD", "scores", "inf", "a", "-inf", "b", "1e300", "c", "-0.000001", "d", "3", "e", "4", "f", "5", "g"],
  ["ZADD", "scores", "6", "h", "1234567.125", "i", "17179869184", "j"],
  ["HMSET", "hash", "field", "value", "n", "42", "", "of an empty name"],
  ["HMSET", "large hash", ...flat(numbered(30, "field"), (i) => `value ${i * i}`)],
  ["HMSET", "long hash", "field", "long ".repeat(50)],
  ["PEXPIREAT", "hash", DEADLINE_MS],
  ["PEXPIREAT", "large zset", DEADLINE_MS],
  ["SELECT", "3"],
  ["SET", "elsewhere", "v"],
  ["SADD", "other set", "m"],
  ["SELECT", "15"],
  ["RPUSH", "last", "1"],
];
