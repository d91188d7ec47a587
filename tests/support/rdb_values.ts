/**
 * Values in every encoding of RDB, and what they look like decoded: for recording payloads of real servers and for
 * comparing with them. Text is latin1.
 */

import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { type Slice } from "../../lib/base/slice.ts";
import { checkPayload } from "../../lib/rdb/dump_payload.ts";
import { CorruptRdb } from "../../lib/rdb/errors.ts";
import {
  RDB_KIND_HASH,
  RDB_KIND_LIST,
  RDB_KIND_SET,
  RDB_KIND_STRING,
  RDB_KIND_ZSET,
} from "../../lib/rdb/format.ts";
import { ByteRange } from "../../lib/rdb/source.ts";
import { ValueReader } from "../../lib/rdb/value_reader.ts";

export type Kind = "string" | "list" | "set" | "zset" | "hash";

/** A value: elements of sets sorted, pairs (sorted too) as `[field, value]`, scores printed by JavaScript. */
export interface Decoded {
  readonly kind: Kind;
  readonly elements: readonly (string | readonly [string, string])[];
}

const KINDS: Kind[] = [];
KINDS[RDB_KIND_STRING] = "string";
KINDS[RDB_KIND_LIST] = "list";
KINDS[RDB_KIND_SET] = "set";
KINDS[RDB_KIND_ZSET] = "zset";
KINDS[RDB_KIND_HASH] = "hash";

export function sliceText(slice: Slice): string {
  return latin1(slice.buf, slice.off, slice.off + slice.len);
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** Brings a value into the form in which two of them can be compared. */
export function canonical(kind: Kind, elements: (string | [string, string])[]): Decoded {
  const sorted = kind === "string" || kind === "list"
    ? elements
    : [...elements].sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return { kind, elements: sorted };
}

/** Pulls a value that was begun to its end, checking what the reader says about it. */
export function pullValue(reader: ValueReader): Decoded {
  const kind = KINDS[reader.kind];
  const announced = reader.count;
  const elements: (string | [string, string])[] = [];
  while (reader.nextElement()) {
    const element = sliceText(reader.element);
    if (kind === "hash") elements.push([element, sliceText(reader.value)]);
    else if (kind === "zset") elements.push([element, scoreText(reader.score)]);
    else elements.push(element);
  }
  if (reader.count !== elements.length || (announced !== -1 && announced !== reader.count)) {
    throw new Error(`Count must be ${elements.length}: it is ${announced}, then ${reader.count}`);
  }
  if (reader.nextElement()) throw new Error("Reader must stay at the end");
  return canonical(kind, elements);
}

/** A score such that -0 is not 0. */
export function scoreText(score: number): string {
  return Object.is(score, -0) ? "-0" : String(score);
}

/** Decodes a payload of DUMP. @throws {CorruptRdb} also for bytes that are left over */
export function decodePayload(bytes: Uint8Array): Decoded {
  // Off the start and with something behind: reading out of bounds would be seen.
  const buf = new Uint8Array(bytes.length + 20).fill(0xff);
  buf.set(bytes, 7);
  const length = checkPayload(buf, 7, bytes.length);
  if (length < 0) throw new CorruptRdb("footer");
  const source = new ByteRange().set(buf, 7, length);
  const reader = new ValueReader(source);
  reader.begin(source.byte());
  const value = pullValue(reader);
  if (source.left !== 0) throw new CorruptRdb(`${source.left} bytes behind the value`);
  return value;
}

/** Integers at the edges of every width that an encoding has. */
export const EDGES: readonly string[] = [
  ...[
    "0",
    "1",
    "12",
    "13",
    "-1",
    "63",
    "64",
    "127",
    "128",
    "-128",
    "-129",
    "255",
    "4095",
    "4096",
    "-4096",
    "-4097",
  ],
  ...[
    "8191",
    "8192",
    "32767",
    "32768",
    "-32768",
    "-32769",
    "65535",
    "8388607",
    "8388608",
    "-8388608",
    "-8388609",
  ],
  ...["2147483647", "2147483648", "-2147483648", "-2147483649", "9007199254740991", "9007199254740993"],
  ...["-9007199254740993", "1000000000000000000", "9223372036854775807", "-9223372036854775808"],
  ...["9223372036854775808", "01", "-0", "+1"],
];

/** Strings whose lengths are at the edges of what a header can say. */
export const LENGTHS: readonly string[] = [
  0,
  1,
  20,
  21,
  62,
  63,
  64,
  126,
  127,
  128,
  251,
  252,
  253,
  254,
  300,
  4095,
  4096,
]
  .map((n) => "abcdefghij".repeat(n / 10 + 1).slice(0, n));

const BYTES = latin1(Uint8Array.from({ length: 256 }, (_, i) => i * 167), 0, 256);

/** What a list has: everything that is difficult. */
const LIST = [...EDGES, ...LENGTHS, BYTES];
const PAIRS: [string, string][] = LIST.map((text, i) => [text, LIST[(i * 7 + 3) % LIST.length]]);
const SCORES = [
  "0",
  "1",
  "-1",
  "3.5",
  "0.1",
  "-1e-7",
  "1e+300",
  "5e-324",
  "Infinity",
  "-Infinity",
  "123456789012",
];
const MEMBERS: [string, string][] = LIST.map((text, i) => [text, SCORES[i % SCORES.length]]);

/** A value to be made by a real server, with the settings that make the server encode it in a certain way. */
export interface ValueCase {
  readonly name: string;
  readonly kind: Kind;
  readonly elements: (string | [string, string])[];
  /** CONFIG SET before it is made; names that all versions know. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Items of a list from this size on get a node of their own; for servers since 7.0. */
  readonly plainFrom?: string;
}

/** Packed as long as it can be, and never packed. */
const PACKED = {
  "list-max-ziplist-size": "-5",
  "hash-max-ziplist-value": "9999",
  "zset-max-ziplist-value": "9999",
};
const NODES = { "list-max-ziplist-size": "3", "list-compress-depth": "0" };
const COMPRESSED = { "list-max-ziplist-size": "5", "list-compress-depth": "1" };
const UNPACKED = {
  "hash-max-ziplist-entries": "0",
  "zset-max-ziplist-entries": "0",
  "set-max-intset-entries": "0",
};

export const VALUE_CASES: readonly ValueCase[] = [
  ...[
    "",
    "12",
    "-128",
    "-129",
    "-32768",
    "40000",
    "2147483647",
    "-2147483648",
    "2147483648",
    "01",
    BYTES,
    LENGTHS[16],
  ]
    .map((text, i): ValueCase => ({ name: `string ${i}`, kind: "string", elements: [text] })),
  { name: "list", kind: "list", elements: LIST, settings: PACKED },
  { name: "list of one", kind: "list", elements: ["x"] },
  { name: "list of nodes", kind: "list", elements: LIST, settings: NODES },
  { name: "list of plain nodes", kind: "list", elements: LIST, settings: NODES, plainFrom: "100B" },
  { name: "list of compressed nodes", kind: "list", elements: LIST, settings: COMPRESSED },
  { name: "intset 16", kind: "set", elements: ["-32768", "-1", "0", "1", "32767"] },
  { name: "intset 32", kind: "set", elements: ["-2147483648", "-32769", "5", "32768", "2147483647"] },
  {
    name: "intset 64",
    kind: "set",
    elements: [
      "-9223372036854775808",
      "-9007199254740993",
      "-2147483649",
      "7",
      "2147483648",
      "9223372036854775807",
    ],
  },
  { name: "set, short", kind: "set", elements: EDGES.slice() },
  { name: "set, long", kind: "set", elements: LIST, settings: UNPACKED },
  { name: "zset, packed", kind: "zset", elements: MEMBERS, settings: PACKED },
  { name: "zset", kind: "zset", elements: MEMBERS, settings: UNPACKED },
  { name: "hash, packed", kind: "hash", elements: PAIRS, settings: PACKED },
  { name: "hash", kind: "hash", elements: PAIRS, settings: UNPACKED },
];

/** What a server is set to before a case says otherwise. */
export const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  "list-max-ziplist-size": "-2",
  "list-compress-depth": "0",
  "hash-max-ziplist-entries": "512",
  "hash-max-ziplist-value": "64",
  "zset-max-ziplist-entries": "128",
  "zset-max-ziplist-value": "64",
  "set-max-intset-entries": "512",
};

/** The command that makes a value. */
export function makeCommand(key: string, kind: Kind, elements: ValueCase["elements"]): string[] {
  const flat = elements.flatMap((element) => {
    if (typeof element === "string") return [element];
    return kind === "zset" ? [redisScore(element[1]), element[0]] : element;
  });
  const name = { string: "SET", list: "RPUSH", set: "SADD", zset: "ZADD", hash: "HSET" }[kind];
  return [name, key, ...flat];
}

function redisScore(text: string): string {
  return text === "Infinity" ? "inf" : text === "-Infinity" ? "-inf" : text;
}

/** Bytes of latin1 text. */
export const bytesOf = toAscii;
