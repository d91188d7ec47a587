import assert from "node:assert/strict";
import { latin1 } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { CorruptRdb } from "./errors.ts";
import { IntsetReader } from "./intset.ts";
import { ListpackReader } from "./listpack.ts";
import { type PackedReader } from "./packed.ts";
import { ZiplistReader } from "./ziplist.ts";
import { ZipmapReader } from "./zipmap.ts";

const digits = new Uint8Array(24);
const slice = new Slice();

/** All entries of a blob that lies somewhere in a buffer. */
function entries(reader: PackedReader, blob: readonly number[]): string[] {
  const buf = Uint8Array.from([9, 9, 9, ...blob, 0x41, 0x41]);
  const count = reader.open(buf, 3, blob.length);
  const all: string[] = [];
  while (reader.next(slice, digits)) all.push(latin1(slice.buf, slice.off, slice.off + slice.len));
  if (count >= 0) assert.equal(all.length, count);
  return all;
}

function u32(n: number): number[] {
  return [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];
}

function ziplist(count: number, tail: number, ...body: number[]): number[] {
  return [...u32(11 + body.length), ...u32(tail), count & 255, count >> 8, ...body, 255];
}

function listpack(count: number, ...body: number[]): number[] {
  return [...u32(7 + body.length), count & 255, count >> 8, ...body, 255];
}

function intset(width: number, count: number, ...body: number[]): number[] {
  return [...u32(width), ...u32(count), ...body];
}

type Bad = readonly (readonly [number[], RegExp])[];

/** Each blob must be refused for the reason it is there for. */
function refuses(reader: PackedReader, bad: Bad): void {
  for (const [blob, message] of bad) {
    assert.throws(() => entries(reader, blob), CorruptRdb, `${blob}`);
    assert.throws(() => entries(reader, blob), message, `${blob}`);
  }
}

Deno.test("ZiplistReader: every encoding", () => {
  const reader = new ZiplistReader();
  assert.deepEqual(entries(reader, ziplist(0, 10)), []);
  assert.deepEqual(entries(reader, ziplist(2, 13, 0, 1, 97, 3, 0xf1)), ["a", "0"]);
  assert.deepEqual(entries(reader, ziplist(65535, 13, 0, 1, 97, 3, 0xfd)), ["a", "12"]);
  assert.deepEqual(entries(reader, ziplist(1, 10, 254, 0, 0, 0, 0, 0xfe, 0x80)), ["-128"]);
  assert.deepEqual(entries(reader, ziplist(1, 10, 0, 0xc0, 0, 0x80)), ["-32768"]);
  assert.deepEqual(entries(reader, ziplist(1, 10, 0, 0xf0, 0, 0, 0x80)), ["-8388608"]);
  assert.deepEqual(entries(reader, ziplist(1, 10, 0, 0xd0, 0, 0, 0, 0x80)), ["-2147483648"]);
  assert.deepEqual(entries(reader, ziplist(1, 10, 0, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80)), [
    "-9223372036854775808",
  ]);
  assert.deepEqual(entries(reader, ziplist(1, 10, 0, 0x40, 2, 97, 98)), ["ab"]);
  assert.deepEqual(entries(reader, ziplist(1, 10, 0, 0x80, 0, 0, 0, 2, 97, 98)), ["ab"]);
});

Deno.test("ZiplistReader: what is wrong is told", () => {
  const good = ziplist(2, 13, 0, 1, 97, 3, 0xf1);
  refuses(new ZiplistReader(), [
    [[], /of 0 bytes/],
    [good.with(0, 17), /another size/],
    [good.with(-1, 0), /without end mark/],
    [ziplist(9, 13, 0, 1, 97, 3, 0xf1), /more entries than room/],
    [ziplist(3, 13, 0, 1, 97, 3, 0xf1), /wrong count/],
    [ziplist(2, 12, 0, 1, 97, 3, 0xf1), /wrong tail/],
    [ziplist(0, 11), /wrong tail/],
    [ziplist(2, 13, 0, 1, 97, 4, 0xf1), /wrong back link/],
    [ziplist(1, 10, 1, 1, 97), /wrong back link/],
    [ziplist(2, 13, 0, 1, 97, 255, 0xf1), /ends early/],
    [ziplist(1, 10, 0, 2, 97), /beyond the end/],
    [ziplist(1, 10, 0), /beyond the end/],
    [ziplist(1, 10, 254, 0, 0), /beyond the end/],
    [ziplist(1, 10, 0, 0x40), /beyond the end/],
    [ziplist(1, 10, 0, 0x80, 0, 0, 0), /beyond the end/],
    [ziplist(1, 10, 0, 0x80, 255, 255, 255, 255, 97), /beyond the end/],
    [ziplist(1, 10, 0, 0xe0, 0, 0, 0, 0, 0, 0, 0), /beyond the end/],
    [ziplist(1, 10, 0, 0xc1, 0, 0), /unknown encoding 193/],
    [ziplist(1, 10, 0, 0xff), /unknown encoding 255/],
  ]);
});

Deno.test("ListpackReader: every encoding", () => {
  const reader = new ListpackReader();
  assert.deepEqual(entries(reader, listpack(0)), []);
  assert.deepEqual(entries(reader, listpack(2, 127, 1, 0x81, 97, 2)), ["127", "a"]);
  assert.deepEqual(entries(reader, listpack(65535, 0, 1, 0x80, 1)), ["0", ""]);
  assert.deepEqual(entries(reader, listpack(2, 0xcf, 0xff, 2, 0xd0, 0x00, 2)), ["4095", "-4096"]);
  assert.deepEqual(entries(reader, listpack(1, 0xf1, 0, 0x80, 3)), ["-32768"]);
  assert.deepEqual(entries(reader, listpack(1, 0xf2, 0, 0, 0x80, 4)), ["-8388608"]);
  assert.deepEqual(entries(reader, listpack(1, 0xf3, 0, 0, 0, 0x80, 5)), ["-2147483648"]);
  assert.deepEqual(entries(reader, listpack(1, 0xf4, 0, 0, 0, 0, 0, 0, 0, 0x80, 9)), [
    "-9223372036854775808",
  ]);
  assert.deepEqual(entries(reader, listpack(1, 0xe0, 2, 97, 98, 4)), ["ab"]);
  assert.deepEqual(entries(reader, listpack(1, 0xf0, 2, 0, 0, 0, 97, 98, 7)), ["ab"]);
  const long = Array.from({ length: 200 }, () => 120);
  assert.deepEqual(entries(reader, listpack(1, 0xe0, 200, ...long, 1, 0x80 | 74)), ["x".repeat(200)]);
});

Deno.test("ListpackReader: what is wrong is told", () => {
  const good = listpack(2, 127, 1, 0x81, 97, 2);
  refuses(new ListpackReader(), [
    [[], /of 0 bytes/],
    [good.with(0, 13), /another size/],
    [good.with(-1, 0), /without end mark/],
    [listpack(9, 127, 1, 0x81, 97, 2), /more entries than room/],
    [listpack(3, 127, 1, 0x81, 97, 2), /wrong count/],
    [listpack(1, 127, 1, 0x81, 97, 2), /wrong count/],
    [listpack(2, 127, 1, 0x81, 97, 3), /wrong back length/],
    [listpack(1, 127, 0x81), /wrong back length/],
    [listpack(2, 127, 1, 255, 1), /ends early/],
    [listpack(1, 127), /beyond the end/],
    [listpack(1, 0xc0), /beyond the end/],
    [listpack(1, 0xe1), /beyond the end/],
    [listpack(1, 0x82, 97, 3), /beyond the end/],
    [listpack(1, 0xf0, 2, 0, 0), /beyond the end/],
    [listpack(1, 0xf0, 255, 255, 255, 255, 97, 6), /beyond the end/],
    [listpack(1, 0xf4, 0, 0, 0, 0, 0, 0, 0), /beyond the end/],
    [listpack(1, 0xf5, 1), /unknown encoding 245/],
  ]);
});

Deno.test("IntsetReader: every width", () => {
  const reader = new IntsetReader();
  assert.deepEqual(entries(reader, intset(2, 2, 0, 0x80, 255, 127)), ["-32768", "32767"]);
  assert.deepEqual(entries(reader, intset(4, 2, 255, 255, 255, 255, 0, 0, 1, 0)), ["-1", "65536"]);
  const ones = [255, 255, 255, 255];
  const big = intset(8, 3, 0, 0, 0, 0, 0, 0, 0, 0x80, ...u32(1), ...ones, ...u32(0xfffffffe), ...ones);
  assert.deepEqual(entries(reader, big), ["-9223372036854775808", "-4294967295", "-2"]);
});

Deno.test("IntsetReader: what is wrong is told", () => {
  refuses(new IntsetReader(), [
    [[2, 0, 0, 0, 1, 0, 0], /of 7 bytes/],
    [intset(3, 1, 0, 0, 0), /width 3/],
    [intset(2, 0), /without members/],
    [intset(2, 2, 0, 0), /another size/],
    [intset(2, 1, 0, 0, 0), /another size/],
    [intset(2, 2, 1, 0, 1, 0), /out of order/],
    [intset(4, 2, ...u32(5), ...u32(4)), /out of order/],
    [intset(8, 2, ...u32(5), ...u32(0), ...u32(5), ...u32(0)), /out of order/],
    [intset(8, 2, ...u32(0), ...u32(1), ...u32(9), ...u32(0)), /out of order/],
  ]);
});

Deno.test("ZipmapReader: fields and values in turn", () => {
  const reader = new ZipmapReader();
  assert.deepEqual(entries(reader, [1, 1, 97, 1, 0, 98, 255]), ["a", "b"]);
  assert.deepEqual(entries(reader, [1, 254, 1, 0, 0, 0, 97, 0, 2, 7, 7, 255]), ["a", ""]);
});

Deno.test("ZipmapReader: what is wrong is told", () => {
  refuses(new ZipmapReader(), [
    [[255], /of 1 bytes/],
    [[0, 255], /without fields/],
    [[1, 1, 97, 1, 0, 98, 98], /without end mark/],
    [[2, 1, 97, 1, 0, 98, 255], /wrong count/],
    [[1, 1, 97, 255], /beyond the end/],
    [[1, 2, 97, 1, 0, 98, 255], /beyond the end/],
    [[1, 1, 97, 1, 1, 98, 255], /beyond the end/],
    [[1, 1, 97, 1, 255], /beyond the end/],
    [[1, 254, 1, 0, 255], /beyond the end/],
    [[1, 254, 255, 255, 255, 255, 97, 255], /beyond the end/],
    [[1, 1, 97, 255, 0, 255], /ends early/],
  ]);
});
