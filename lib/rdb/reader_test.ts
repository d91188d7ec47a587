import assert from "node:assert/strict";
import fc from "fast-check";
import { canonical, type Kind, pullValue, scoreText, sliceText } from "../../tests/support/rdb_values.ts";
import { latin1, toAscii } from "../base/ascii.ts";
import { Crc64 } from "../base/crc64.ts";
import { StreamReader, UnexpectedEnd } from "../rio/stream_reader.ts";
import * as F from "./format.ts";
import { CorruptRdb, RdbReader, UnsupportedType } from "./reader.ts";
import { PLAIN_STRINGS, RdbWriter, type StringEncoding } from "./writer.ts";

const FILE_STRINGS: StringEncoding = { integers: true, compress: true };

/** A key of a file. */
interface Key {
  readonly db: number;
  readonly key: string;
  readonly expireMs: number;
  readonly kind: Kind;
  readonly elements: (string | [string, string])[];
}

const TYPES = {
  string: F.RDB_TYPE_STRING,
  list: F.RDB_TYPE_LIST,
  set: F.RDB_TYPE_SET,
  zset: F.RDB_TYPE_ZSET_2,
  hash: F.RDB_TYPE_HASH,
};

/** A stream that gives `bytes` in uneven pieces. */
function streamOf(bytes: Uint8Array, crc: Crc64 | null = null): StreamReader {
  let read = 0;
  return new StreamReader(
    (buf, start, end) => {
      const n = Math.min(end - start, bytes.length - read, 1 + (read % 61));
      buf.set(bytes.subarray(read, read + n), start);
      read += n;
      return n;
    },
    16,
    crc,
  );
}

function writeKey(writer: RdbWriter, { kind, key, elements, expireMs }: Key): void {
  if (expireMs !== -1) writer.expireMs(expireMs);
  writer.byte(TYPES[kind]);
  writer.text(key);
  if (kind !== "string") writer.lengthOf(elements.length);
  for (const element of elements) {
    if (typeof element === "string") {
      writer.text(element);
      continue;
    }
    writer.text(element[0]);
    if (kind === "zset") writer.double(Number(element[1]));
    else writer.text(element[1]);
  }
}

/** A whole file, taken from the writer in several pieces. */
function write(keys: readonly Key[], encoding: StringEncoding, crc: Crc64 | null): Uint8Array {
  const writer = new RdbWriter(8, encoding, crc);
  const pieces: Uint8Array[] = [];
  writer.header();
  writer.aux("redis-ver", "7.2.6");
  let db = -1;
  for (const key of keys) {
    if (key.db !== db) {
      writer.selectDb(db = key.db);
      writer.resizeDb(keys.length, 0);
    }
    writeKey(writer, key);
    pieces.push(writer.take(8));
  }
  writer.eof();
  pieces.push(writer.take(0));
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** Magic, version and a body. */
function file(version: string, ...body: (string | number)[]): Uint8Array {
  return Uint8Array.from(
    [`REDIS${version}`, ...body].flatMap((part) => typeof part === "number" ? [part] : [...toAscii(part)]),
  );
}

function readerOf(bytes: Uint8Array): RdbReader {
  const reader = new RdbReader(streamOf(bytes));
  reader.header();
  return reader;
}

const text = fc.oneof(
  fc.integer().map(String),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => latin1(bytes, 0, bytes.length)),
  fc.tuple(fc.constantFrom("a", "ab", "key:"), fc.nat(60)).map(([word, times]) => word.repeat(times)),
);
const score = fc.double({ noNaN: true }).map(scoreText);
const elements: Record<Kind, fc.Arbitrary<(string | [string, string])[]>> = {
  string: text.map((one) => [one]),
  list: fc.array(text, { minLength: 1 }),
  set: fc.uniqueArray(text, { minLength: 1 }),
  hash: fc.uniqueArray(fc.tuple(text, text), { minLength: 1, selector: ([field]) => field }),
  zset: fc.uniqueArray(fc.tuple(text, score), { minLength: 1, selector: ([member]) => member }),
};
const anyKey: fc.Arbitrary<Key> = fc.constantFrom<Kind>("string", "list", "set", "zset", "hash").chain((
  kind,
) =>
  fc.record({
    db: fc.nat(2),
    key: text,
    expireMs: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 45 })),
    kind: fc.constant(kind),
    elements: elements[kind],
  })
);

Deno.test("RdbReader: any data set comes back from the wire and from a file with a checksum", () => {
  fc.assert(
    fc.property(fc.array(anyKey), fc.boolean(), (keys, isFile) => {
      const bytes = isFile ? write(keys, FILE_STRINGS, new Crc64()) : write(keys, PLAIN_STRINGS, null);
      const stream = streamOf(Uint8Array.from([...bytes, 42]), new Crc64());
      const reader = new RdbReader(stream);
      reader.header();
      for (const key of keys) {
        assert.equal(reader.next(), true);
        assert.equal(reader.dbId, key.db);
        assert.equal(reader.dbSize, keys.length);
        assert.equal(reader.expireMs, key.expireMs);
        assert.equal(reader.type, TYPES[key.kind]);
        assert.deepEqual(pullValue(reader.value), canonical(key.kind, key.elements));
        assert.equal(sliceText(reader.key), key.key);
      }
      assert.equal(reader.next(), false);
      assert.equal(reader.checksumOk, isFile ? true : undefined);
      assert.equal(stream.byte(), 42);
    }),
    { numRuns: 300 },
  );
});

Deno.test("RdbReader: values that nobody pulls to the end are skipped", () => {
  const keys: Key[] = ["a", "b", "c"].map((key) => ({
    db: 0,
    key,
    expireMs: -1,
    kind: "list",
    elements: ["1", "two", "3".repeat(40)],
  }));
  const reader = readerOf(write(keys, FILE_STRINGS, null));
  const seen: string[] = [];
  for (let pulled = 0; reader.next(); pulled++) {
    seen.push(sliceText(reader.key));
    for (let i = 0; i < pulled; i++) assert.equal(reader.value.nextElement(), true);
  }
  assert.deepEqual(seen, ["a", "b", "c"]);
});

Deno.test("RdbReader: everything that may stand before a key, and that it holds for one key only", () => {
  const reader = readerOf(file(
    "0011",
    ...[0xfa, 9, "redis-ver", 5, "7.2.6", 0xfa, 5, "ctime", 0xc0, 12],
    ...[0xf5, 0xc3, 5, 10, 0, "a", 0xe0, 0, 0],
    ...[0xfe, 3, 0xfb, 2, 1],
    ...[0xfd, 0xff, 0xff, 0xff, 0x7f, 0xf8, 0x40, 100, 0, 1, "k", 1, "v"],
    ...[0xfc, 0, 0, 0, 0, 1, 0, 0, 0, 0xf9, 200, 0, 0xc0, 7, 0xc0, 8],
    ...[0, 1, "z", 0],
    ...[0xff, 1, 2, 3, 4, 5, 6, 7, 8],
  ));
  const aux: string[] = [];
  reader.onAux = (name, value) => aux.push(`${name}=${value}`);
  const facts = (): unknown[] => {
    assert.equal(reader.next(), true);
    assert.equal(reader.value.nextElement(), true);
    const { dbId, expireMs, lruIdle, lfuFreq } = reader;
    return [sliceText(reader.key), sliceText(reader.value.element), dbId, expireMs, lruIdle, lfuFreq];
  };
  assert.deepEqual(facts(), ["k", "v", 3, 2147483647000, 100, -1]);
  assert.deepEqual(facts(), ["7", "8", 3, 2 ** 32, -1, 200]);
  assert.deepEqual(facts(), ["z", "", 3, -1, -1, -1]);
  assert.equal(reader.next(), false);
  assert.deepEqual(aux, ["redis-ver=7.2.6", "ctime=12"]);
  assert.equal(reader.functions, 1);
  assert.deepEqual([reader.dbSize, reader.expiresSize], [2, 1]);
  assert.deepEqual([...reader.storedChecksum], [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("RdbReader: a wrong checksum is told, before version 5 there is none", () => {
  const bytes = write(
    [{ db: 0, key: "k", expireMs: -1, kind: "string", elements: ["v"] }],
    FILE_STRINGS,
    new Crc64(),
  );
  bytes[bytes.length - 10] ^= 1;
  const reader = new RdbReader(streamOf(bytes, new Crc64()));
  reader.header();
  while (reader.next());
  assert.equal(reader.checksumOk, false);
  const stream = streamOf(file("0004", 0xff, 42));
  const old = new RdbReader(stream);
  old.header();
  assert.equal(old.version, 4);
  assert.equal(old.next(), false);
  assert.equal(stream.byte(), 42);
});

Deno.test("RdbReader: what it cannot read", () => {
  for (const version of ["0000", "0012", "9999", "x011", " 011"]) {
    assert.throws(() => readerOf(file(version)), /cannot read format version/);
  }
  assert.throws(() => readerOf(toAscii("REDAS0011")), /wrong magic/);
  assert.throws(() => readerOf(toAscii("REDIS")), UnexpectedEnd);
  const next = (...body: (string | number)[]) => () => readerOf(file("0011", ...body)).next();
  // Some module.
  const id = [0x81, 0x45, 0xe2, 0x52, 0x38, 0xdf, 0xa4, 0x4c, 0x03];
  assert.throws(next(0xf7, ...id), /auxiliary data of module \S{9}$/);
  assert.throws(next(0xf6, 0), UnsupportedType);
  assert.throws(next(7, 1, "k", ...id), UnsupportedType);
  assert.throws(next(15, 1, "k"), /stream/);
  for (const opcode of [8, 22, 0xf4]) assert.throws(next(opcode, 1, "k"), CorruptRdb);
  assert.throws(next(0xfe), UnexpectedEnd);
  assert.throws(next(0, 3, "k"), UnexpectedEnd);
});

Deno.test("RdbWriter: integers and compression only where they save something", () => {
  const encoded = (value: string, encoding: StringEncoding): number[] => {
    const writer = new RdbWriter(0, encoding);
    writer.text(value);
    return [...writer.take(0)];
  };
  assert.deepEqual(encoded("-128", FILE_STRINGS), [0xc0, 0x80]);
  assert.deepEqual(encoded("128", FILE_STRINGS), [0xc1, 0x80, 0]);
  assert.deepEqual(encoded("-32769", FILE_STRINGS), [0xc2, 0xff, 0x7f, 0xff, 0xff]);
  assert.deepEqual(encoded("2147483648", FILE_STRINGS), [10, ...toAscii("2147483648")]);
  for (const same of ["", "-0", "01", "1.0", "a".repeat(20), "The quick brown fox jumps over"]) {
    assert.deepEqual(encoded(same, FILE_STRINGS), [same.length, ...toAscii(same)], same);
  }
  for (const plain of ["1", "a".repeat(60)]) {
    assert.deepEqual(encoded(plain, PLAIN_STRINGS), [plain.length, ...toAscii(plain)]);
  }
  assert.equal(encoded("a".repeat(21), FILE_STRINGS)[0], 0xc3);
});
