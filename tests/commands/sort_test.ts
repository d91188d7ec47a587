import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { HASH_COMMANDS } from "../../lib/commands/hashes.ts";
import { KEY_COMMANDS } from "../../lib/commands/keys.ts";
import { LIST_COMMANDS } from "../../lib/commands/lists.ts";
import { SET_COMMANDS } from "../../lib/commands/sets.ts";
import { SORT_COMMANDS } from "../../lib/commands/sort.ts";
import { SORTED_SET_COMMANDS } from "../../lib/commands/sorted_sets.ts";
import { STRING_COMMANDS } from "../../lib/commands/strings.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { HandlerBench, NOW_MS } from "../support/handler_bench.ts";
import { encodingOf, NOT_INTEGER, run, SYNTAX, WRONG_TYPE } from "../support/handler_steps.ts";

const SCORES = "-ERR One or more scores can't be converted into double|";

function bench(): HandlerBench {
  const families = [STRING_COMMANDS, HASH_COMMANDS, LIST_COMMANDS, SET_COMMANDS, SORTED_SET_COMMANDS];
  return new HandlerBench(Object.assign({}, ...families, KEY_COMMANDS, SORT_COMMANDS));
}

/** A line and what it replies: an error or number as it goes out, else the strings of an array, `~` for null. */
type Step = readonly [line: string, reply: string];

function check(b: HandlerBench, steps: readonly Step[]): void {
  for (const [line, reply] of steps) {
    assert.equal(textOf(run(b, line)), reply, line);
    verifyKeyspace(b.ks);
  }
}

/** An array reply as words; any other reply as it is. */
function textOf(reply: string): string {
  if (!reply.startsWith("*")) return reply.replaceAll("\r\n", "|");
  return [...reply.matchAll(/\$-1\r\n|_\r\n|\$\d+\r\n([^\r]*)\r\n/g)].map((match) => match[1] ?? "~").join(
    " ",
  );
}

Deno.test("SORT orders numbers, equal ones by their text", () => {
  const b = bench();
  run(b, "RPUSH l 3 1 10 -2 1.5 01 1e1 -inf");
  check(b, [
    ["SORT l", "-inf -2 01 1 1.5 3 10 1e1"],
    ["SORT l ASC", "-inf -2 01 1 1.5 3 10 1e1"],
    ["SORT l desc", "1e1 10 3 1.5 1 01 -2 -inf"],
    ["SORT l LIMIT 1 3", "-2 01 1"],
    ["SORT l LIMIT -5 2", "-inf -2"],
    ["SORT l LIMIT 6 -1", "10 1e1"],
    ["SORT l LIMIT 8 1", ""],
    ["SORT l LIMIT 2 0", ""],
    ["SORT l LIMIT 9223372036854775807 9223372036854775807", ""],
    ["SORT l LIMIT 0 9223372036854775807 DESC", "1e1 10 3 1.5 1 01 -2 -inf"],
    ["SORT none", ""],
    ["SORT_RO l LIMIT 0 1", "-inf"],
  ]);
  assert.equal(b.logged, "");
});

Deno.test("SORT takes what strtod takes for a number, and nothing else", () => {
  const b = bench();
  const numbers = ["", " 1", "\t1", "+1", "0x10", "inf", "-INFINITY", "1\0x", "\0", "1e308", "1e-307"];
  for (const text of numbers) {
    b.run("DEL", "l");
    b.run("RPUSH", "l", text);
    assert.equal(b.run("SORT", "l"), `*1\r\n$${text.length}\r\n${text}\r\n`, JSON.stringify(text));
  }
  for (const text of ["x", "1 ", " ", "1x", "nan", "1e400", "1e-400", "1e-310", "--1", "0x"]) {
    b.run("DEL", "l");
    b.run("RPUSH", "l", text);
    assert.equal(b.run("SORT", "l").replaceAll("\r\n", "|"), SCORES, JSON.stringify(text));
  }
});

Deno.test("SORT ALPHA orders bytes, without STORE up to a zero byte", () => {
  const b = bench();
  run(b, "RPUSH l b a ab B aa 10 9");
  check(b, [
    ["SORT l", SCORES],
    ["SORT l ALPHA", "10 9 B a aa ab b"],
    ["SORT l ALPHA DESC LIMIT 0 3", "b ab aa"],
  ]);
  b.run("RPUSH", "z", "a\0c", "a\0b", "a", "\xff", "a\0a", "abcdefgh", "abcdefga");
  assert.equal(textOf(b.run("SORT", "z", "ALPHA")), "a\0c a\0b a a\0a abcdefga abcdefgh \xff");
  assert.equal(textOf(b.run("SORT", "z", "ALPHA", "DESC")), "\xff abcdefgh abcdefga a\0c a\0b a a\0a");
  b.run("SORT", "z", "ALPHA", "STORE", "d");
  assert.equal(textOf(b.run("LRANGE", "d", "0", "-1")), "a a\0a a\0b a\0c abcdefga abcdefgh \xff");
});

Deno.test("SORT BY strings and fields of hashes; what is missing counts as 0, or comes first", () => {
  const b = bench();
  for (const line of ["RPUSH l 1 2 3 4", "MSET w_1 9 w_2 5 w_4 -1", "HSET h_1 f b n 3", "HSET h_2 f a"]) {
    run(b, line);
  }
  check(b, [
    ["SORT l BY w_*", "4 3 2 1"],
    ["SORT l BY w_* DESC", "1 2 3 4"],
    ["SORT l BY h_*->n", "2 3 4 1"],
    ["SORT l BY h_*->f ALPHA", "3 4 2 1"],
    ["SORT l BY h_*->f ALPHA DESC", "1 2 3 4"],
    ["SORT l BY h_*->f", SCORES],
    ["SORT l BY w_*->f", "1 2 3 4"],
    ["SORT l BY h_*", "1 2 3 4"],
    ["SORT l BY h_*-> DESC", "4 3 2 1"],
    ["SORT l BY * DESC", "4 3 2 1"],
    ["SORT l BY nosort", "1 2 3 4"],
    ["SORT l BY nosort DESC LIMIT 1 2", "3 2"],
    ["SORT l BY nosort BY w_* DESC", "4 3 2 1"],
    ["SORT l BY w_* BY nosort", "1 2 3 4"],
  ]);
});

Deno.test("SORT BY nosort keeps the order of a sorted set", () => {
  const b = bench();
  run(b, "ZADD z 3 a 1 b 2 c 5 d");
  check(b, [
    ["SORT z BY x", "b c a d"],
    ["SORT z BY x DESC", "d a c b"],
    ["SORT z BY x LIMIT 1 2", "c a"],
    ["SORT z BY x LIMIT 1 2 DESC", "a c"],
    ["SORT z BY x LIMIT 9 2", ""],
    ["SORT z ALPHA DESC", "d c b a"],
  ]);
  assert.equal(encodingOf(b, "z"), "skiplist", "Redis sorts no listpack");
  const members = Array.from({ length: 500 }, (_, i) => `m${i}`);
  b.run("ZADD", "big", ...members.flatMap((member, i) => [`${i}`, member]));
  assert.equal(textOf(b.run("SORT", "big", "BY", "x", "LIMIT", "490", "3", "DESC")), "m9 m8 m7");
});

Deno.test("SORT GET fetches values, nulls for what is missing", () => {
  const b = bench();
  for (const line of ["SADD s 2 1 3", "MSET w_1 one w_3 three", "HSET h_2 f two"]) run(b, line);
  check(b, [
    ["SORT s GET w_*", "one ~ three"],
    ["SORT s GET # GET w_* GET h_*->f", "1 one ~ 2 ~ two 3 three ~"],
    ['SORT s GET x GET "" LIMIT 0 1', "~ ~"],
    ["SORT s GET h_* GET w_*->f LIMIT 1 1", "~ ~"],
    ["SORT s GET h_*->nosuch", "~ ~ ~"],
    ["SORT s GET w_* STORE d", ":3|"],
    ["LRANGE d 0 -1", "one  three"],
    ["SORT s GET # GET w_* STORE s", ":6|"],
    ["LRANGE s 0 -1", "1 one 2  3 three"],
  ]);
  b.useResp3();
  assert.equal(run(b, "SORT s GET nosuch_* ALPHA LIMIT 0 1"), "*1\r\n_\r\n");
});

Deno.test("SORT STORE makes a list of whatever was there, and is logged as typed", () => {
  const b = bench();
  run(b, "RPUSH l 2 1");
  run(b, "SET d x PXAT 1800000000000");
  check(b, [["SORT l STORE d", ":2|"], ["LRANGE d 0 -1", "1 2"], ["TTL d", ":-1|"]]);
  run(b, "SORT l STORE d");
  assert.deepEqual([b.dirty, b.logged], [2, "typed"]);
  run(b, "SORT none STORE d");
  assert.deepEqual([b.dirty, b.logged], [1, "typed"]);
  check(b, [["EXISTS d", ":0|"], ["SORT none STORE d", ":0|"]]);
  assert.equal(b.dirty, 0);
  check(b, [["SORT l STORE l DESC", ":2|"], ["LRANGE l 0 -1", "2 1"]]);
  assert.equal(encodingOf(b, "l"), "listpack");
  b.run("RPUSH", "long", ...Array.from({ length: 3000 }, (_, i) => `${i}`));
  check(b, [["SORT long STORE d", ":3000|"]]);
  assert.equal(encodingOf(b, "d"), "quicklist");
  run(b, "SADD s c a b");
  check(b, [["SORT s BY x DESC STORE d", ":3|"], ["LRANGE d 0 -1", "c b a"]]);
});

Deno.test("SORT's errors", () => {
  const b = bench();
  run(b, "SET t x");
  check(b, [
    ["SORT t", WRONG_TYPE],
    ["SORT t FOO", SYNTAX],
    ["SORT l LIMIT 1", SYNTAX],
    ["SORT l LIMIT x 1", NOT_INTEGER],
    ["SORT l LIMIT 1 x", NOT_INTEGER],
    ["SORT l BY", SYNTAX],
    ["SORT l GET", SYNTAX],
    ["SORT l STORE", SYNTAX],
    ["SORT_RO l STORE d", SYNTAX],
  ]);
});

Deno.test("SORT leaves expired keys out, and what it found before them is right", () => {
  const b = bench();
  const ids = Array.from({ length: 300 }, (_, i) => `${i}`);
  b.run("RPUSH", "l", ...ids);
  for (const id of ids) {
    b.run("SET", `w_${id}`, `value of ${id}`, "PXAT", `${NOW_MS + (Number(id) % 2) * 1000}`);
  }
  b.ks.nowMs += 500;
  const expected = ids.map((id) => Number(id) % 2 === 0 ? "~" : `value of ${id}`);
  assert.equal(textOf(b.run("SORT", "l", "GET", "w_*")), expected.join(" "));
  verifyKeyspace(b.ks);
});

Deno.test("SORT of many elements, all ties and both directions, agrees with a sort of them", () => {
  const text = fc.oneof(
    fc.integer({ min: -20, max: 20 }).map(String),
    fc.string({ unit: "binary-ascii", maxLength: 9 }).map((s) => s.replace(/[\0\r\n]/g, "-")),
    fc.constantFrom("prefix-", "prefix", "prefix-a", "prefix-b", "prefi"),
  );
  const compare = (x: string, y: string) => x < y ? -1 : x > y ? 1 : 0;
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 200, size: "max" }),
      fc.boolean(),
      (items, desc) => {
        const b = bench();
        b.run("RPUSH", "l", ...items);
        const direction = desc ? "DESC" : "ASC";
        const sign = desc ? -1 : 1;
        const byText = items.toSorted((x, y) => sign * compare(x, y));
        assert.deepEqual(replied(b.run("SORT", "l", "ALPHA", direction)), byText);
        const numbers = items.map((item) => `${item.length}`);
        b.run("DEL", "l");
        b.run("RPUSH", "l", ...numbers);
        const byNumber = numbers.toSorted((x, y) => sign * (Number(x) - Number(y)));
        assert.deepEqual(replied(b.run("SORT", "l", direction)), byNumber);
      },
    ),
    { numRuns: 100 },
  );
});

function replied(reply: string): string[] {
  const bytes = toAscii(reply);
  const items: string[] = [];
  for (let at = reply.indexOf("\r\n") + 2; at < bytes.length;) {
    const end = reply.indexOf("\r\n", at);
    const len = Number(reply.slice(at + 1, end));
    items.push(latin1(bytes, end + 2, end + 2 + len));
    at = end + 4 + len;
  }
  return items;
}
