/**
 * The list family: replies, what is logged, and what stays.
 *
 * The replies are those of Redis 7.2.6 to the same commands.
 */

import assert from "node:assert/strict";
import { type CommandContext } from "../../lib/commands/context.ts";
import { LIST_COMMANDS } from "../../lib/commands/lists.ts";
import { STRING_COMMANDS } from "../../lib/commands/strings.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { HandlerBench } from "../support/handler_bench.ts";
import { check, encodingOf, NOT_INTEGER, run, WRONG_TYPE } from "../support/handler_steps.ts";

function bench(): HandlerBench {
  return new HandlerBench({ ...LIST_COMMANDS, ...STRING_COMMANDS, exists: existsCommand });
}

function existsCommand(c: CommandContext): void {
  c.out.integer(c.peek(1) === 0 ? 0 : 1);
}

Deno.test("LPUSH, RPUSH, LPUSHX, RPUSHX: order, length, and lists that must exist", () => {
  check(bench(), [
    ["LPUSH l a b c", ":3|", "typed"],
    ["RPUSH l d e", ":5|", "typed"],
    ["LRANGE l 0 -1", "*5|$1|c|$1|b|$1|a|$1|d|$1|e|", ""],
    ["LPUSHX l z", ":6|", "typed"],
    ["RPUSHX l y", ":7|", "typed"],
    ["LPUSHX none z", ":0|", ""],
    ["RPUSHX none y", ":0|", ""],
    ["EXISTS none", ":0|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LPUSH s a", WRONG_TYPE, ""],
    ["RPUSH s a", WRONG_TYPE, ""],
    ["LPUSHX s a", WRONG_TYPE, ""],
    ["RPUSHX s a", WRONG_TYPE, ""],
    ['RPUSH l ""', ":8|", "typed"],
    ["LLEN l", ":8|", ""],
    ["LLEN none", ":0|", ""],
    ["LLEN s", WRONG_TYPE, ""],
  ]);
});

Deno.test("LPOP, RPOP: one, several, none", () => {
  check(bench(), [
    ["RPUSH l a b c d e f g", ":7|", "typed"],
    ["LPOP l", "$1|a|", "typed"],
    ["RPOP l", "$1|g|", "typed"],
    ["LPOP l 2", "*2|$1|b|$1|c|", "typed"],
    ["RPOP l 2", "*2|$1|f|$1|e|", "typed"],
    ["LPOP l 0", "*0|", ""],
    ["RPOP l 0", "*0|", ""],
    ["LPOP none", "$-1|", ""],
    ["LPOP none 1", "*-1|", ""],
    ["RPOP none 0", "*-1|", ""],
    ["LPOP l -1", "-ERR value is out of range, must be positive|", ""],
    ["LPOP l x", "-ERR value is out of range, must be positive|", ""],
    ["LPOP l 1.5", "-ERR value is out of range, must be positive|", ""],
    ["LPOP l 9223372036854775808", "-ERR value is out of range, must be positive|", ""],
    ["LPOP none -1", "-ERR value is out of range, must be positive|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LPOP s", WRONG_TYPE, ""],
    ["LPOP s 1", WRONG_TYPE, ""],
    ["LPOP s x", "-ERR value is out of range, must be positive|", ""],
    ["LPOP s 0", WRONG_TYPE, ""],
    ["LPOP l 1 2", "-ERR wrong number of arguments for 'lpop' command|", ""],
    ["RPOP l 1 2", "-ERR wrong number of arguments for 'rpop' command|", ""],
    ["RPOP l 9223372036854775807", "*1|$1|d|", "typed"],
    ["EXISTS l", ":0|", ""],
    ["LPOP l", "$-1|", ""],
    ["RPUSH l x", ":1|", "typed"],
    ["LPOP l", "$1|x|", "typed"],
    ["EXISTS l", ":0|", ""],
  ]);
});

Deno.test("LRANGE: indexes from both ends", () => {
  check(bench(), [
    ["RPUSH l a b c d e", ":5|", "typed"],
    ["LRANGE l 0 0", "*1|$1|a|", ""],
    ["LRANGE l 1 3", "*3|$1|b|$1|c|$1|d|", ""],
    ["LRANGE l -2 -1", "*2|$1|d|$1|e|", ""],
    ["LRANGE l -100 100", "*5|$1|a|$1|b|$1|c|$1|d|$1|e|", ""],
    ["LRANGE l 3 1", "*0|", ""],
    ["LRANGE l 5 9", "*0|", ""],
    ["LRANGE l -1 -2", "*0|", ""],
    ["LRANGE l 0 -6", "*0|", ""],
    ["LRANGE l 9223372036854775807 -1", "*0|", ""],
    ["LRANGE l -9223372036854775808 9223372036854775807", "*5|$1|a|$1|b|$1|c|$1|d|$1|e|", ""],
    ["LRANGE l 0 9223372036854775808", NOT_INTEGER, ""],
    ["LRANGE l x 1", NOT_INTEGER, ""],
    ["LRANGE none x 1", NOT_INTEGER, ""],
    ["LRANGE none 0 1", "*0|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LRANGE s 0 1", WRONG_TYPE, ""],
    ["LRANGE s x 1", NOT_INTEGER, ""],
  ]);
});

Deno.test("LINDEX, LSET: one place", () => {
  check(bench(), [
    ["RPUSH l a b c", ":3|", "typed"],
    ["LINDEX l 0", "$1|a|", ""],
    ["LINDEX l -1", "$1|c|", ""],
    ["LINDEX l 3", "$-1|", ""],
    ["LINDEX l -4", "$-1|", ""],
    ["LINDEX l 9223372036854775807", "$-1|", ""],
    ["LINDEX l -9223372036854775808", "$-1|", ""],
    ["LINDEX l x", NOT_INTEGER, ""],
    ["LINDEX none x", "$-1|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LINDEX s x", WRONG_TYPE, ""],
    ["LSET l 1 B", "+OK|", "typed"],
    ["LSET l -1 C", "+OK|", "typed"],
    ["LSET l 3 x", "-ERR index out of range|", ""],
    ["LSET l -4 x", "-ERR index out of range|", ""],
    ["LSET l x x", NOT_INTEGER, ""],
    ["LSET none x x", "-ERR no such key|", ""],
    ["LSET s x x", WRONG_TYPE, ""],
    ["LSET l 4294967296 A", "+OK|", "typed"],
    ["LSET l -4294967295 BB", "+OK|", "typed"],
    ["LSET l 9223372036854775807 last", "+OK|", "typed"],
    ["LSET l 9223372036854775808 x", NOT_INTEGER, ""],
    ["LRANGE l 0 -1", "*3|$1|A|$2|BB|$4|last|", ""],
  ]);
});

Deno.test("LINSERT: beside the first match", () => {
  check(bench(), [
    ["RPUSH l a b a", ":3|", "typed"],
    ["LINSERT l BEFORE a x", ":4|", "typed"],
    ["LINSERT l AFTER a y", ":5|", "typed"],
    ["LINSERT l after b z", ":6|", "typed"],
    ["LINSERT l before none z", ":-1|", ""],
    ["LINSERT none BEFORE a z", ":0|", ""],
    ["LINSERT l BETWEEN a z", "-ERR syntax error|", ""],
    ["LINSERT none BETWEEN a z", "-ERR syntax error|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LINSERT s BEFORE a z", WRONG_TYPE, ""],
    ["LINSERT s FOO a z", "-ERR syntax error|", ""],
    ["LRANGE l 0 -1", "*6|$1|x|$1|a|$1|y|$1|b|$1|z|$1|a|", ""],
  ]);
});

Deno.test("LREM: from the head, from the tail, all", () => {
  check(bench(), [
    ["RPUSH l a b a c a b a", ":7|", "typed"],
    ["LREM l 1 a", ":1|", "typed"],
    ["LREM l -1 a", ":1|", "typed"],
    ["LRANGE l 0 -1", "*5|$1|b|$1|a|$1|c|$1|a|$1|b|", ""],
    ["LREM l 0 b", ":2|", "typed"],
    ["LREM l 5 none", ":0|", ""],
    ["LREM l -9223372036854775808 c", ":1|", "typed"],
    ["LREM l x a", NOT_INTEGER, ""],
    ["LREM none x a", NOT_INTEGER, ""],
    ["LREM none 1 a", ":0|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LREM s 1 a", WRONG_TYPE, ""],
    ["LREM s x a", NOT_INTEGER, ""],
    ["LREM l 10 a", ":2|", "typed"],
    ["EXISTS l", ":0|", ""],
  ]);
});

Deno.test("LTRIM: what lies between stays", () => {
  check(bench(), [
    ["RPUSH l a b c d e f g", ":7|", "typed"],
    ["LTRIM l 1 -2", "+OK|", "typed"],
    ["LRANGE l 0 -1", "*5|$1|b|$1|c|$1|d|$1|e|$1|f|", ""],
    ["LTRIM l 0 -1", "+OK|", ""],
    ["LTRIM l -3 100", "+OK|", "typed"],
    ["LRANGE l 0 -1", "*3|$1|d|$1|e|$1|f|", ""],
    ["LTRIM l x 1", NOT_INTEGER, ""],
    ["LTRIM l 0 x", NOT_INTEGER, ""],
    ["LTRIM none x 1", NOT_INTEGER, ""],
    ["LTRIM none 0 1", "+OK|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LTRIM s 0 1", WRONG_TYPE, ""],
    ["LTRIM s 0 x", NOT_INTEGER, ""],
    ["LTRIM l 5 1", "+OK|", "typed"],
    ["EXISTS l", ":0|", ""],
    ["RPUSH l a b", ":2|", "typed"],
    ["LTRIM l 0 -9223372036854775808", "+OK|", "typed"],
    ["EXISTS l", ":0|", ""],
    ["RPUSH l a b", ":2|", "typed"],
    ["LTRIM l 9223372036854775807 -1", "+OK|", "typed"],
    ["EXISTS l", ":0|", ""],
  ]);
});

Deno.test("LPOS: ranks, counts and lengths", () => {
  check(bench(), [
    ["RPUSH l a b c a b c a b c", ":9|", "typed"],
    ["LPOS l a", ":0|", ""],
    ["LPOS l c RANK 2", ":5|", ""],
    ["LPOS l c RANK -1", ":8|", ""],
    ["LPOS l c RANK -3", ":2|", ""],
    ["LPOS l c RANK 4", "$-1|", ""],
    ["LPOS l none", "$-1|", ""],
    ["LPOS l a COUNT 0", "*3|:0|:3|:6|", ""],
    ["LPOS l a COUNT 2", "*2|:0|:3|", ""],
    ["LPOS l a COUNT 2 RANK -1", "*2|:6|:3|", ""],
    ["LPOS l a count 0 rank -2", "*2|:3|:0|", ""],
    ["LPOS l c MAXLEN 2", "$-1|", ""],
    ["LPOS l c MAXLEN 3", ":2|", ""],
    ["LPOS l c MAXLEN 3 COUNT 0 RANK -1", "*1|:8|", ""],
    ["LPOS l none COUNT 1", "*0|", ""],
    ["LPOS l a RANK 2 COUNT 1 MAXLEN 3", "*0|", ""],
    ["LPOS l a RANK 2 COUNT 1 MAXLEN 4", "*1|:3|", ""],
    ["LPOS none a", "$-1|", ""],
    ["LPOS none a COUNT 1", "*0|", ""],
    [
      "LPOS l a RANK 0",
      "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list|",
      "",
    ],
    ["LPOS l a RANK x", NOT_INTEGER, ""],
    [
      "LPOS l a RANK -9223372036854775808",
      "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807|",
      "",
    ],
    ["LPOS l a RANK -9223372036854775807", "$-1|", ""],
    ["LPOS l a RANK 9223372036854775807 COUNT 0", "*0|", ""],
    ["LPOS l a RANK 9223372036854775808", NOT_INTEGER, ""],
    ["LPOS l a COUNT -1", "-ERR COUNT can't be negative|", ""],
    ["LPOS l a COUNT x", "-ERR COUNT can't be negative|", ""],
    ["LPOS l a MAXLEN -1", "-ERR MAXLEN can't be negative|", ""],
    ["LPOS l a MAXLEN x", "-ERR MAXLEN can't be negative|", ""],
    ["LPOS l a RANK", "-ERR syntax error|", ""],
    ["LPOS l a FOO 1", "-ERR syntax error|", ""],
    ["LPOS l a COUNT -1 FOO", "-ERR COUNT can't be negative|", ""],
    ["LPOS l a RANK 1 RANK 2", ":3|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LPOS s a", WRONG_TYPE, ""],
    [
      "LPOS s a RANK 0",
      "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list|",
      "",
    ],
    ["LPOS none a FOO", "-ERR syntax error|", ""],
  ]);
});

Deno.test("LMOVE, RPOPLPUSH: between lists, within one, to none", () => {
  check(bench(), [
    ["RPUSH l a b c d", ":4|", "typed"],
    ["LMOVE l m LEFT RIGHT", "$1|a|", "typed"],
    ["LMOVE l m right left", "$1|d|", "typed"],
    ["LRANGE m 0 -1", "*2|$1|d|$1|a|", ""],
    ["LMOVE l l LEFT RIGHT", "$1|b|", "typed"],
    ["LRANGE l 0 -1", "*2|$1|c|$1|b|", ""],
    ["LMOVE l l LEFT LEFT", "$1|c|", "typed"],
    ["LMOVE l m UP LEFT", "-ERR syntax error|", ""],
    ["LMOVE l m LEFT UP", "-ERR syntax error|", ""],
    ["LMOVE none m LEFT RIGHT", "$-1|", ""],
    ["LMOVE none m LEFT UP", "-ERR syntax error|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LMOVE s m LEFT LEFT", WRONG_TYPE, ""],
    ["LMOVE l s LEFT LEFT", WRONG_TYPE, ""],
    ["LMOVE none s LEFT LEFT", "$-1|", ""],
    ["RPOPLPUSH l m", "$1|b|", "typed"],
    ["RPOPLPUSH l m", "$1|c|", "typed"],
    ["EXISTS l", ":0|", ""],
    ["LRANGE m 0 -1", "*4|$1|c|$1|b|$1|d|$1|a|", ""],
    ["RPOPLPUSH none m", "$-1|", ""],
    ["RPOPLPUSH s m", WRONG_TYPE, ""],
    ["RPOPLPUSH m s", WRONG_TYPE, ""],
    ["RPUSH one x", ":1|", "typed"],
    ["RPOPLPUSH one one", "$1|x|", "typed"],
    ["LRANGE one 0 -1", "*1|$1|x|", ""],
    ["LMOVE one one LEFT RIGHT", "$1|x|", "typed"],
    ["RPOPLPUSH one two", "$1|x|", "typed"],
    ["EXISTS one", ":0|", ""],
  ]);
});

Deno.test("LMPOP: from the first list that is there", () => {
  check(bench(), [
    ["RPUSH l a b c d e", ":5|", "typed"],
    ["RPUSH m x y", ":2|", "typed"],
    ["LMPOP 1 l LEFT", "*2|$1|l|*1|$1|a|", "LPOP l 1"],
    ["LMPOP 2 none l RIGHT COUNT 2", "*2|$1|l|*2|$1|e|$1|d|", "RPOP l 2"],
    ["LMPOP 2 none1 none2 LEFT", "*-1|", ""],
    ["LMPOP 2 m l left count 9", "*2|$1|m|*2|$1|x|$1|y|", "LPOP m 2"],
    ["LMPOP 2 m l RIGHT COUNT 9223372036854775807", "*2|$1|l|*2|$1|c|$1|b|", "RPOP l 2"],
    ["LMPOP 1 l LEFT", "*-1|", ""],
    ["LMPOP 0 l LEFT", "-ERR numkeys should be greater than 0|", ""],
    ["LMPOP -1 l LEFT", "-ERR numkeys should be greater than 0|", ""],
    ["LMPOP x l LEFT", "-ERR numkeys should be greater than 0|", ""],
    ["LMPOP 9223372036854775808 l LEFT", "-ERR numkeys should be greater than 0|", ""],
    ["LMPOP 2 l LEFT", "-ERR syntax error|", ""],
    ["LMPOP 3 l m LEFT", "-ERR syntax error|", ""],
    ["LMPOP 1 l UP", "-ERR syntax error|", ""],
    ["LMPOP 1 l LEFT COUNT", "-ERR syntax error|", ""],
    ["LMPOP 1 l LEFT COUNT 0", "-ERR count should be greater than 0|", ""],
    ["LMPOP 1 l LEFT COUNT x", "-ERR count should be greater than 0|", ""],
    ["LMPOP 1 l LEFT COUNT -1", "-ERR count should be greater than 0|", ""],
    ["LMPOP 1 l LEFT COUNT 1 COUNT 1", "-ERR syntax error|", ""],
    ["LMPOP 1 l LEFT COUNT 0 FOO", "-ERR count should be greater than 0|", ""],
    ["LMPOP 1 l LEFT FOO 1", "-ERR syntax error|", ""],
    ["LMPOP 1 l LEFT FOO", "-ERR syntax error|", ""],
    ["SET s v", "+OK|", "typed"],
    ["LMPOP 2 none s LEFT", WRONG_TYPE, ""],
    ["LMPOP 1 s LEFT COUNT 0", "-ERR count should be greater than 0|", ""],
    ["RPUSH l a", ":1|", "typed"],
    ["LMPOP 2 s l LEFT", WRONG_TYPE, ""],
    ["LMPOP 2 l s LEFT", "*2|$1|l|*1|$1|a|", "LPOP l 1"],
  ]);
});

Deno.test("lists: nulls in RESP3", () => {
  const b = bench();
  b.useResp3();
  for (
    const line of [
      "LPOP none",
      "LPOP none 1",
      "LINDEX none 0",
      "LPOS none a",
      "LMPOP 1 none LEFT",
      "LMOVE none m LEFT LEFT",
    ]
  ) {
    assert.equal(run(b, line), "_\r\n", line);
  }
  run(b, "RPUSH l a");
  assert.equal(run(b, "LINDEX l 1"), "_\r\n");
  assert.equal(run(b, "LPOS l b"), "_\r\n");
  assert.equal(run(b, "LPOP l 0"), "*0\r\n");
});

Deno.test("lists: many and large items, through all forms and back", () => {
  const b = bench();
  const model: string[] = [];
  const add = (text: string) => {
    assert.equal(b.run("RPUSH", "l", text), `:${model.push(text)}\r\n`);
  };
  for (let i = 0; i < 3000; i++) {
    add(i % 500 === 0 ? "big".repeat(30000) : i % 50 === 0 ? "x".repeat(3000) : `item ${i}`);
  }
  verifyKeyspace(b.ks);
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
  const array = (items: readonly string[]) => `*${items.length}\r\n${items.map(bulk).join("")}`;
  assert.equal(b.run("LRANGE", "l", "0", "-1"), array(model));
  assert.equal(b.run("LRANGE", "l", "495", "1010"), array(model.slice(495, 1011)));
  assert.equal(b.run("LINDEX", "l", "-1000"), bulk(model[2000]));
  assert.equal(b.run("LPOS", "l", "item 2999"), ":2999\r\n");
  assert.equal(b.run("RPOPLPUSH", "l", "l"), bulk(model[2999]));
  model.unshift(model.pop()!);
  assert.equal(b.run("LMOVE", "l", "m", "RIGHT", "LEFT"), bulk(model.pop()!));
  assert.equal(b.run("LSET", "l", "1500", "y".repeat(100000)), "+OK\r\n");
  model[1500] = "y".repeat(100000);
  verifyKeyspace(b.ks);
  assert.equal(b.run("LREM", "l", "0", "x".repeat(3000)), ":54\r\n");
  const left = model.filter((text) => text !== "x".repeat(3000));
  assert.equal(b.run("LPOP", "l", "1000"), array(left.splice(0, 1000)));
  assert.equal(b.run("RPOP", "l", "1000"), array(left.splice(-1000).reverse()));
  assert.equal(b.run("LTRIM", "l", "3", "-4"), "+OK\r\n");
  left.splice(0, 3);
  left.splice(-3);
  assert.equal(b.run("LRANGE", "l", "0", "-1"), array(left));
  verifyKeyspace(b.ks);
  assert.equal(b.run("LTRIM", "l", "0", "9"), "+OK\r\n");
  assert.equal(encodingOf(b, "l"), "listpack");
  verifyKeyspace(b.ks);
  assert.equal(b.run("LPOP", "l", "10"), array(left.slice(0, 10)));
  assert.equal(run(b, "EXISTS l"), ":0\r\n");
  verifyKeyspace(b.ks);
});

Deno.test("lists: the name changes where it does in Redis", () => {
  // Items pushed one by one when a listpack of 8 KiB is full, and what is left when popping makes it one again.
  const cases = [
    ["", 4093, 2044],
    ["x", 2729, 1363],
    ["127", 4092, 2044],
    ["128", 2728, 1363],
    ["-1", 2728, 1363],
    ["4095", 2728, 1363],
    ["-4097", 2046, 1022],
    ["32768", 1637, 817],
    ["8388607", 1636, 817],
    ["2147483648", 818, 408],
    ["00", 2046, 1022],
    ["hello", 1169, 584],
    ["a".repeat(20), 372, 185],
    ["b".repeat(63), 125, 62],
    ["c".repeat(64), 122, 61],
    ["d".repeat(126), 62, 31],
    ["e".repeat(300), 26, 13],
    ["f".repeat(4000), 2, 1],
  ] as const;
  for (const [text, most, again] of cases) {
    const b = bench();
    for (let i = 0; i < most; i++) b.run("RPUSH", "l", text);
    assert.equal(encodingOf(b, "l"), "listpack", text);
    b.run("RPUSH", "l", text);
    assert.equal(encodingOf(b, "l"), "quicklist", text);
    for (let i = most + 1; i > again + 1; i--) b.run("RPOP", "l");
    assert.equal(encodingOf(b, "l"), "quicklist", text);
    b.run("RPOP", "l");
    assert.equal(encodingOf(b, "l"), "listpack", text);
    verifyKeyspace(b.ks);
  }
});

Deno.test("LINSERT, LSET: the name changes before it is known whether anything else will", () => {
  const b = bench();
  const long = "x".repeat(9000);
  run(b, "RPUSH a x");
  assert.equal(run(b, `LINSERT a BEFORE none ${long}`), ":-1\r\n");
  assert.equal(encodingOf(b, "a"), "quicklist");
  run(b, "RPUSH b x");
  assert.equal(run(b, `LSET b 5 ${long}`), "-ERR index out of range\r\n");
  assert.equal(encodingOf(b, "b"), "quicklist");
  run(b, "LSET b 0 y");
  assert.equal(encodingOf(b, "b"), "listpack");
});
