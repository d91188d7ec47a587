import assert from "node:assert/strict";
import fc from "fast-check";
import { toAscii } from "../base/ascii.ts";
import { StreamReader, UnexpectedEnd } from "../rio/stream_reader.ts";
import { PAYLOADS } from "../../tests/support/rdb_payloads.ts";
import {
  canonical,
  type Decoded,
  decodePayload,
  fromHex,
  pullValue,
  scoreText,
  sliceText,
  VALUE_CASES,
} from "../../tests/support/rdb_values.ts";
import { CorruptRdb, UnsupportedType } from "./errors.ts";
import * as F from "./format.ts";
import { ByteRange } from "./source.ts";
import { ValueReader } from "./value_reader.ts";
import { RdbWriter } from "./writer.ts";

const FOOTER_BYTES = 10;

/** Type and value of a recorded payload. */
function recorded(version: string, name: string): Uint8Array {
  const found = PAYLOADS.find((one) => one.version === version && one.name === name);
  assert.ok(found, `${version} ${name}`);
  return fromHex(found.hex).subarray(0, -FOOTER_BYTES);
}

/** Decodes type and value, all of which must be used. */
function decode(bytes: Uint8Array): Decoded {
  const source = new ByteRange().set(bytes, 0, bytes.length);
  const reader = new ValueReader(source);
  reader.begin(source.byte());
  const value = pullValue(reader);
  assert.equal(source.left, 0);
  return value;
}

/** A stream that gives `bytes` in pieces of `piece`. */
function streamOf(bytes: Uint8Array, piece: number, capacity = 8): StreamReader {
  let read = 0;
  return new StreamReader((buf, start, end) => {
    const n = Math.min(end - start, bytes.length - read, piece);
    buf.set(bytes.subarray(read, read + n), start);
    read += n;
    return n;
  }, capacity);
}

/** Bytes and text in a row. */
function concat(...parts: (string | number | readonly number[] | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "number" ? [part] : [...typeof part === "string" ? toAscii(part) : part]
    ),
  );
}

function u32(n: number): number[] {
  return [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];
}

/** A blob with the type before it and its length. */
function packed(type: number, blob: Uint8Array): Uint8Array {
  const writer = new RdbWriter(64);
  writer.byte(type);
  writer.string(blob, 0, blob.length);
  return writer.take(0);
}

Deno.test("ValueReader: what Redis 7.2, 7.0 and 6.2 dump is read, in every encoding", () => {
  const types = new Set<number>();
  for (const { version, name, hex } of PAYLOADS) {
    const bytes = fromHex(hex);
    if (name === "stream") continue;
    types.add(bytes[0]);
    const source = VALUE_CASES.find((one) => one.name === name);
    assert.ok(source, name);
    assert.deepEqual(decodePayload(bytes), canonical(source.kind, source.elements), `${version} ${name}`);
  }
  assert.deepEqual([...types].sort((a, b) => a - b), [0, 2, 4, 5, 11, 12, 13, 14, 16, 17, 18, 20]);
});

Deno.test("ValueReader: the same comes out of a stream, whatever the pieces, and the stream goes on behind it", () => {
  for (const { name, hex } of PAYLOADS) {
    if (name === "stream") continue;
    const bytes = fromHex(hex);
    for (const piece of [1, 3, 700]) {
      const stream = streamOf(bytes, piece);
      const reader = new ValueReader(stream);
      reader.begin(stream.byte());
      const value = pullValue(reader);
      const source = VALUE_CASES.find((one) => one.name === name)!;
      assert.deepEqual(value, canonical(source.kind, source.elements), name);
      stream.need(FOOTER_BYTES);
      assert.deepEqual(
        stream.buf.slice(stream.position, stream.position + FOOTER_BYTES),
        bytes.slice(-FOOTER_BYTES),
      );
      stream.position += FOOTER_BYTES;
      assert.equal(stream.more(), false);
    }
  }
});

Deno.test("ValueReader: a list as one ziplist", () => {
  // A hash's ziplist is that of the list of its fields and values.
  const bytes = recorded("6.2.14", "hash, packed").slice();
  assert.equal(bytes[0], F.RDB_TYPE_HASH_ZIPLIST);
  const hash = decode(bytes);
  bytes[0] = F.RDB_TYPE_LIST_ZIPLIST;
  const list = decode(bytes);
  assert.equal(list.kind, "list");
  const pairs: [string, string][] = [];
  for (let i = 0; i < list.elements.length; i += 2) {
    pairs.push([list.elements[i] as string, list.elements[i + 1] as string]);
  }
  assert.deepEqual(canonical("hash", pairs), hash);
});

Deno.test("ValueReader: a sorted set with scores as text", () => {
  const member = (name: string, score: string) => concat(name.length, name, score.length, score);
  const bytes = concat(
    [F.RDB_TYPE_ZSET, 7],
    member("a", "1"),
    member("b", "-2.5"),
    member("c", "3.1400000000000001"),
    member("d", "1e+300"),
    concat(1, "e", 254),
    concat(1, "f", 255),
    member("", "-0"),
  );
  assert.deepEqual(decode(bytes).elements, [
    ["", "-0"],
    ["a", "1"],
    ["b", "-2.5"],
    ["c", "3.14"],
    ["d", "1e+300"],
    ["e", "Infinity"],
    ["f", "-Infinity"],
  ]);
  for (const score of [concat(253), concat(0), concat(1, "x"), concat(3, "nan"), concat(3, "1 2")]) {
    assert.throws(() => decode(concat([F.RDB_TYPE_ZSET, 1], 1, "a", score)), /score that is not a number/);
  }
});

Deno.test("ValueReader: a binary score of NaN is corrupt, -0 is not", () => {
  const writer = new RdbWriter(64);
  const one = (score: number): Uint8Array => {
    writer.byte(F.RDB_TYPE_ZSET_2);
    writer.lengthOf(1);
    writer.text("m");
    writer.double(score);
    return writer.take(64);
  };
  assert.deepEqual(decode(one(-0)).elements, [["m", "-0"]]);
  assert.throws(() => decode(one(NaN)), /score that is not a number/);
});

Deno.test("ValueReader: a hash as zipmap, with free bytes and a long value", () => {
  const long = "v".repeat(300);
  const zipmap = concat(2, 1, "f", 2, 3, "ab", "???", 0, 254, u32(300), 0, long, 255);
  assert.deepEqual(decode(packed(F.RDB_TYPE_HASH_ZIPMAP, zipmap)), {
    kind: "hash",
    elements: [["", long], ["f", "ab"]],
  });
  // From 254 pairs on the count says nothing.
  const many = Array.from({ length: 260 }, (_, i) => concat(3, String(100 + i), 1, 0, "x"));
  const value = decode(packed(F.RDB_TYPE_HASH_ZIPMAP, concat(254, ...many, 255)));
  assert.equal(value.elements.length, 260);
});

Deno.test("ValueReader: strings whose length is written in more bytes than it needs", () => {
  for (const head of [[0x40, 3], [0x80, 0, 0, 0, 3], [0x81, 0, 0, 0, 0, 0, 0, 0, 3]]) {
    assert.deepEqual(decode(concat(0, head, "abc")).elements, ["abc"]);
  }
});

Deno.test("ValueReader: a value without elements is told by its count", () => {
  const cases: [Uint8Array, number][] = [
    [concat(F.RDB_TYPE_LIST, 0), 0],
    [concat(F.RDB_TYPE_HASH, 0), 0],
    [concat(F.RDB_TYPE_LIST_QUICKLIST_2, 0), 0],
    [packed(F.RDB_TYPE_HASH_LISTPACK, concat(u32(7), [0, 0], 255)), 0],
    [packed(F.RDB_TYPE_ZSET_ZIPLIST, concat(u32(11), u32(10), [0, 0], 255)), 0],
    [concat(F.RDB_TYPE_LIST_QUICKLIST_2, 1, 2, packed(7, concat(u32(7), [0, 0], 255)).subarray(1)), -1],
  ];
  for (const [bytes, announced] of cases) {
    const source = new ByteRange().set(bytes, 0, bytes.length);
    const reader = new ValueReader(source);
    reader.begin(source.byte());
    assert.equal(reader.count, announced);
    assert.equal(reader.nextElement(), false);
    assert.equal(reader.count, 0);
    assert.equal(source.left, 0);
  }
});

Deno.test("ValueReader: streams and modules are told by name, other types are corrupt", () => {
  const begin = (type: number) => () => new ValueReader(new ByteRange()).begin(type);
  for (const version of ["7.2.6", "7.0.15", "6.2.14"]) {
    const stream = recorded(version, "stream");
    assert.throws(
      () => decode(stream),
      (error) => error instanceof UnsupportedType && /stream/.test(error.what),
    );
  }
  for (const type of [15, 19, 21]) assert.throws(begin(type), new RegExp(`stream \\(type ${type}\\)`));
  assert.throws(begin(6), /Unsupported RDB content: module value of a pre-release \(type 6\)/);
  // Nine characters of six bits: 0 is A, 63 is _.
  const id = BigInt.asUintN(
    64,
    [0, 1, 25, 26, 51, 52, 61, 62, 63].reduce((n, c) => (n << 6n) | BigInt(c), 0n) << 10n,
  );
  const module = concat(
    7,
    0x81,
    Array.from({ length: 8 }, (_, i) => Number((id >> BigInt(56 - 8 * i)) & 255n)),
  );
  assert.throws(() => decode(module), /module value of ABZaz09-_ \(type 7\)/);
  assert.throws(() => decode(concat(7, 5, [0, 0, 0, 0, 0, 0, 0, 0])), /module value of \? /);
  assert.throws(() => decode(concat(7, 0x81)), CorruptRdb);
  for (const type of [8, 22, 244, 255]) assert.throws(begin(type), CorruptRdb);
});

Deno.test("ValueReader: what is malformed is told", () => {
  const listpack = concat(u32(9), [1, 0], 1, 1, 255);
  const cases: [Uint8Array, RegExp][] = [
    [concat(0), /1 elements where 0 bytes are left/],
    [concat(0, 5, "abc"), /6 bytes expected where 4 are left/],
    [concat(0, 0x82), /unknown length byte 130/],
    [concat(0, 0xc4), /string of unknown encoding 4/],
    [concat(0, 0x81, [0, 0, 1, 0, 0, 0, 0, 0]), /string of 1099511627776 bytes/],
    [concat(0, 0xc3, 3, 10, [0x20, 0, 0]), /invalid compressed string/],
    [concat(0, 0xc3, 2, 0x81, [127, 0, 0, 0, 0, 0, 0, 0], [0, 65]), /invalid compressed string/],
    [concat(F.RDB_TYPE_LIST, 0xc0, 1), /byte 192 where a length is expected/],
    [concat(F.RDB_TYPE_LIST, 3, 1, "a"), /3 elements where 2 bytes are left/],
    [concat(F.RDB_TYPE_HASH, 1, 1), /1 elements where 1 bytes are left/],
    [concat(F.RDB_TYPE_ZSET_2, 1, 0, [0, 0]), /1 elements where 3 bytes are left/],
    [
      concat(F.RDB_TYPE_SET, 0x81, [255, 255, 255, 255, 255, 255, 255, 255], 0),
      /elements where 1 bytes are left/,
    ],
    [packed(F.RDB_TYPE_HASH_LISTPACK, listpack), /odd number of entries/],
    [packed(F.RDB_TYPE_HASH_LISTPACK, concat(u32(9), [255, 255], 1, 1, 255)), /odd number of entries/],
    [concat(F.RDB_TYPE_LIST_QUICKLIST_2, 1, 3, 1, "a"), /list node of unknown kind 3/],
    [concat(F.RDB_TYPE_LIST_QUICKLIST_2, 1, 1, 0), /empty list node/],
    [concat(F.RDB_TYPE_LIST_QUICKLIST, 1, 0, 0), /empty list node/],
    [concat(F.RDB_TYPE_LIST_QUICKLIST_2, 1, 2, listpack.length, listpack.with(7, 2)), /wrong back length/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => decode(bytes), CorruptRdb);
    assert.throws(() => decode(bytes), message);
  }
});

Deno.test("ValueReader: a lie about a length takes no memory, in a range or in a stream", () => {
  const lies = [
    concat(0, 0x80, [0xff, 0xff, 0xff, 0xff], "abc"),
    concat(F.RDB_TYPE_LIST, 0x80, [0xff, 0xff, 0xff, 0xff], 1, "a"),
    concat(F.RDB_TYPE_HASH_LISTPACK, 0x80, [0x7f, 0xff, 0xff, 0xff], "abc"),
    concat(0, 0xc3, 4, 0x80, [0xff, 0xff, 0xff, 0xff], [0, 65, 0x20, 0]),
  ];
  for (const bytes of lies) {
    assert.throws(() => decode(bytes), CorruptRdb);
    const stream = streamOf(bytes, 5);
    const reader = new ValueReader(stream);
    const all = () => {
      reader.begin(stream.byte());
      reader.skip();
    };
    assert.throws(all, (error) => error instanceof UnexpectedEnd || error instanceof CorruptRdb);
    assert.ok(stream.buf.length <= 64 * 1024 * 1024, `${stream.buf.length}`);
  }
});

Deno.test("ValueReader: a value larger than the buffer streams through it", () => {
  const fields = 100_000;
  const writer = new RdbWriter(1 << 20);
  writer.byte(F.RDB_TYPE_HASH);
  writer.lengthOf(fields);
  for (let i = 0; i < fields; i++) {
    writer.text(`field:${i}`);
    writer.text(`value:${i}`);
  }
  const stream = streamOf(writer.take(0), 1000, 4096);
  const reader = new ValueReader(stream);
  reader.begin(stream.byte());
  assert.equal(reader.count, fields);
  for (let i = 0; i < fields; i++) {
    assert.equal(reader.nextElement(), true);
    assert.equal(reader.read, i + 1);
    if (sliceText(reader.element) !== `field:${i}` || sliceText(reader.value) !== `value:${i}`) {
      assert.fail(`${i}`);
    }
  }
  assert.equal(reader.unfinished, true);
  assert.equal(reader.nextElement(), false);
  assert.equal(reader.unfinished, false);
  assert.equal(stream.buf.length, 4096);
});

Deno.test("ValueReader: bytes that are flipped or cut off are corrupt or another value, and nothing beyond is read", () => {
  const values = PAYLOADS.map(({ hex }) => fromHex(hex).subarray(0, -FOOTER_BYTES));
  /** Decodes between two walls of `wall` bytes, which must not matter. */
  const attempt = (bytes: Uint8Array, wall: number): string => {
    const buf = new Uint8Array(bytes.length + 600).fill(wall);
    buf.set(bytes, 300);
    const source = new ByteRange().set(buf, 300, bytes.length);
    const reader = new ValueReader(source);
    let result = "";
    try {
      reader.begin(source.byte());
      while (reader.nextElement()) {
        result += `${sliceText(reader.element)},${sliceText(reader.value)},${scoreText(reader.score)};`;
        // The densest element: a match of LZF that makes zero bytes, each an entry of a list.
        if (reader.read > bytes.length * 300) return "too many elements";
      }
    } catch (error) {
      if (!(error instanceof CorruptRdb || error instanceof UnsupportedType)) throw error;
      result += error.message;
    }
    return result;
  };
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(
      fc.nat(values.length - 1),
      flips,
      fc.option(fc.nat()),
      fc.boolean(),
      (index, changes, cut, near) => {
        let bytes = values[index].slice();
        for (const [at, value] of changes) {
          bytes[at % (near ? Math.min(bytes.length, 24) : bytes.length)] = value;
        }
        if (cut !== null) bytes = bytes.subarray(0, cut % (bytes.length + 1));
        const first = attempt(bytes, 0xff);
        assert.notEqual(first, "too many elements");
        assert.equal(attempt(bytes, 0x01), first);
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("ValueReader: the same through a stream ends as well, and as corrupt", () => {
  const values = PAYLOADS.map(({ hex }) => fromHex(hex).subarray(0, -FOOTER_BYTES));
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.nat(values.length - 1), flips, (index, changes) => {
      const bytes = values[index].slice();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const stream = streamOf(bytes, 97);
      const reader = new ValueReader(stream);
      try {
        reader.begin(stream.byte());
        reader.skip();
      } catch (error) {
        const known = error instanceof CorruptRdb || error instanceof UnsupportedType ||
          error instanceof UnexpectedEnd;
        if (!known) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});
