/**
 * Random HyperLogLog commands: few and many elements, both representations and
 * the way between them, every limit of a sparse string, and bytes that are no
 * HyperLogLog or a broken one.
 *
 * DESIGN. What Redis reads or writes beyond the end of a broken string is not
 * asked for: broken sparse values end in a whole opcode. A PFADD of several
 * elements that fails at a later one changes the value and is not logged by
 * Redis, so broken values get one element at a time.
 */

import {
  chance,
  type Command,
  type CommandGenerator,
  int,
  mixCase,
  pick,
  randomBytes,
  type RandomSource,
  spoil,
  weighted,
} from "./choose.ts";

const KEYS = ["h1", "h2", "h3", "h4", "h5"];
/** Hold what `broken` makes. */
const BROKEN_KEYS = ["broken1", "broken2"];
const LIST_KEY = "h list";

/** Commands to send once before all others. */
export const hyperloglogFixtures: readonly Command[] = [["RPUSH", LIST_KEY, "x"]];

const SPARSE_HEADER = "HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80";
const DENSE_HEADER = "HYLL\0\0\0\0\0\0\0\0\0\0\0\x80";

function key(random: RandomSource): string {
  return weighted(random, [[90, pick(random, KEYS)], [3, LIST_KEY], [3, `h absent:${int(random, 9)}`]]);
}

function element(random: RandomSource): string {
  switch (int(random, 5)) {
    case 0:
      return String(int(random, 100));
    case 1:
      return randomBytes(random, int(random, 40));
    default:
      return `element:${int(random, 1e9)}`;
  }
}

function elements(random: RandomSource): string[] {
  const count = pick(random, [0, 1, 1, 1, 2, 3, 5, 10, 30, 100, chance(random, 10) ? 2000 : 50]);
  return Array.from({ length: count }, () => element(random));
}

/** Opcodes for at most `registers` registers; runs of zero and values in any order. */
function opcodes(random: RandomSource, registers: number): string {
  let text = "";
  for (let left = registers; left > 0;) {
    let run = Math.min(left, 1 + int(random, pick(random, [1, 4, 64, 400, 16384])));
    const kind = int(random, 3);
    if (kind === 0) {
      run = Math.min(run, 4);
      text += String.fromCharCode(0x80 | (int(random, 32) << 2) | (run - 1));
    } else if (kind === 1) {
      run = Math.min(run, 64);
      text += String.fromCharCode(run - 1);
    } else text += String.fromCharCode(0x40 | ((run - 1) >> 8), (run - 1) & 0xff);
    left -= run;
  }
  return text;
}

/** The most opcodes that a sparse value made here has; `hll-sparse-max-bytes` is 3000. */
const MANY_OPCODES = 6000;

function validSparse(random: RandomSource): string {
  for (;;) {
    const text = opcodes(random, 16384);
    if (text.length < MANY_OPCODES) return SPARSE_HEADER + text;
  }
}

/** Registers of all values that the hash can bring, few of them high. */
function dense(random: RandomSource): string {
  const bytes = pick(random, [
    () => "\0".repeat(12288),
    () => "\xff".repeat(12288),
    () => randomBytes(random, 12288),
    () => "\x41\x10\x04".repeat(4096),
    () => "\xb2\x2c\xcb".repeat(4096),
  ])();
  return DENSE_HEADER + bytes;
}

function broken(random: RandomSource): string {
  return pick(random, [
    () => SPARSE_HEADER,
    () => SPARSE_HEADER + opcodes(random, 16000),
    () => SPARSE_HEADER + opcodes(random, 20000),
    () => validSparse(random) + opcodes(random, 1 + int(random, 100)),
    () => `HYLL\x01\0\0\0\x05\0\0\0\0\0\0\0${opcodes(random, 5)}`,
  ])();
}

/** What is not even the beginning of a HyperLogLog. */
const NO_HLL = [
  "",
  "12345",
  "HYLL",
  "HYLL\x01\0\0\0\0\0\0\0\0\0\0",
  "HYLX\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff",
  "HYLL\x02\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff",
  DENSE_HEADER + "\0".repeat(12287),
  DENSE_HEADER + "\0".repeat(12289),
];

/** Whole values, with cached cardinalities that only the bytes know, or none. */
function value(random: RandomSource): string {
  const text = weighted(random, [
    [4, validSparse(random)],
    [2, dense(random)],
    [1, pick(random, NO_HLL)],
    [1, `${SPARSE_HEADER}\x7f\xff`],
  ]);
  if (!chance(random, 20) || text.length < 16) return text;
  return text.slice(0, 5) + randomBytes(random, 10) + pick(random, ["\0", "\x7f", "\x80"]) + text.slice(16);
}

function keys(random: RandomSource): string[] {
  return Array.from(
    { length: 1 + int(random, 4) },
    () => chance(random, 4) ? brokenKey(random) : key(random),
  );
}

function brokenKey(random: RandomSource): string {
  return pick(random, BROKEN_KEYS);
}

function commands(random: RandomSource): Command[] {
  const k = key(random);
  const b = brokenKey(random);
  const debug = pick(random, [
    "GETREG",
    "DECODE",
    "ENCODING",
    "TODENSE",
    "encoding",
    "ToDense",
    "FOO\r\nBAR",
  ]);
  return weighted<() => Command[]>(random, [
    [30, () => [[mixCase(random, "PFADD"), k, ...elements(random)]]],
    [12, () => [["PFCOUNT", k], ["GET", k]]],
    [6, () => [["PFCOUNT", ...keys(random)]]],
    [6, () => [["PFMERGE", k, ...keys(random).slice(1)], ["GET", k], ["PFCOUNT", k]]],
    [4, () => [["SET", k, value(random)], ["PFADD", k, element(random)], ["GET", k]]],
    [2, () => [["SET", k, value(random)], ["PFCOUNT", k], ["GET", k]]],
    [3, () => [["SET", b, broken(random)], ["PFADD", b, element(random)], ["GET", b]]],
    [2, () => [["PFADD", b, element(random)], ["PFCOUNT", b], ["PFCOUNT", b, k]]],
    [1, () => [["SET", b, broken(random)], ["PFDEBUG", debug, b], ["PFMERGE", b, k], ["GET", b]]],
    [3, () => [["PFDEBUG", debug, k]]],
    [2, () => [["DEL", k]]],
    [1, () => [["SETRANGE", k, String(16 + int(random, 2000)), "\x84\x00\x80"], ["PFCOUNT", k], ["DEL", k]]],
    [1, () => [["OBJECT", "ENCODING", k], ["STRLEN", k], ["EXPIRE", k, "100000"]]],
  ])();
}

/** HyperLogLog commands, and string commands that make what they meet. */
export const hyperloglogCommands: CommandGenerator = (random) => {
  return commands(random).map((command) =>
    /^PF(ADD|COUNT)$/.test(command[0]) ? spoil(random, command, 1) : command
  );
};
