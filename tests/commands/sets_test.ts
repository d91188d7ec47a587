import assert from "node:assert/strict";
import { KEY_COMMANDS } from "../../lib/commands/keys.ts";
import { SET_COMMANDS } from "../../lib/commands/sets.ts";
import { STRING_COMMANDS } from "../../lib/commands/strings.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { HandlerBench, NOW_MS } from "../support/handler_bench.ts";
import {
  check,
  encodingOf,
  NOT_INTEGER,
  run,
  strings,
  SYNTAX,
  WRONG_TYPE,
} from "../support/handler_steps.ts";

const POSITIVE = "-ERR value is out of range, must be positive|";

function bench(): HandlerBench {
  return new HandlerBench({ ...STRING_COMMANDS, ...KEY_COMMANDS, ...SET_COMMANDS });
}

/** Members `<prefix>0`…, in one command. */
function fill(b: HandlerBench, key: string, count: number, prefix = "m"): string[] {
  const members = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  b.run("SADD", key, ...members);
  return members;
}

Deno.test("SADD, SREM, SCARD: what is added and removed, replied and logged", () => {
  const b = bench();
  check(b, [
    ["SADD s a b a", ":2|", "typed"],
    ["SADD s a", ":0|", ""],
    ['SADD s ""', ":1|", "typed"],
    ["SCARD s", ":3|"],
    ["SREM s x", ":0|", ""],
    ["SREM s a x a", ":1|", "typed"],
    ['SREM s b "" b', ":2|", "typed"],
    ["SCARD s", ":0|"],
    ["SREM s a", ":0|", ""],
    ["SET t x", "+OK|", "typed"],
    ["SADD t a", WRONG_TYPE],
    ["SREM t a", WRONG_TYPE],
    ["SCARD t", WRONG_TYPE],
  ]);
  run(b, "SADD s 1 2 3 2");
  assert.equal(b.dirty, 3);
  run(b, "SREM s 1 2 9");
  assert.equal(b.dirty, 2);
});

Deno.test("SISMEMBER, SMISMEMBER: of what is there and of what is not", () => {
  check(bench(), [
    ["SADD s a 7", ":2|", "typed"],
    ["SISMEMBER s a", ":1|"],
    ["SISMEMBER s 07", ":0|"],
    ["SISMEMBER none a", ":0|"],
    ["SMISMEMBER s a b 7 a", "*4|:1|:0|:1|:1|"],
    ["SMISMEMBER none a b", "*2|:0|:0|"],
    ["SET t x", "+OK|", "typed"],
    ["SISMEMBER t a", WRONG_TYPE],
    ["SMISMEMBER t a b", WRONG_TYPE],
  ]);
});

Deno.test("SMEMBERS replies integers in ascending order, and a set in RESP3", () => {
  const b = bench();
  check(b, [
    ["SADD s 10 -3 70000 2", ":4|", "typed"],
    ["SMEMBERS s", "*4|$2|-3|$1|2|$2|10|$5|70000|"],
    ["SMEMBERS none", "*0|"],
  ]);
  b.useResp3();
  check(b, [["SMEMBERS s", "~4|$2|-3|$1|2|$2|10|$5|70000|"], ["SMEMBERS none", "~0|"]]);
});

Deno.test("SMOVE moves a member, and creates and removes keys by it", () => {
  const b = bench();
  check(b, [
    ["SADD a 1 2", ":2|", "typed"],
    ["SADD b 2", ":1|", "typed"],
    ["SMOVE a c 9", ":0|", ""],
    ["SMOVE a a 1", ":1|", ""],
    ["SMOVE a a 9", ":0|", ""],
    ["SMOVE a b 1", ":1|", "typed"],
    ["SMOVE a b 2", ":1|", "typed"],
    ["EXISTS a", ":0|"],
    ["SMEMBERS b", "*2|$1|1|$1|2|"],
    ["SMOVE b new 1", ":1|", "typed"],
    ["SMEMBERS new", "*1|$1|1|"],
    ["SET t x", "+OK|", "typed"],
    ["SMOVE t b 1", WRONG_TYPE],
    ["SMOVE b t 1", WRONG_TYPE],
    ["SMOVE none t 1", ":0|"],
  ]);
  run(b, "SADD a 5");
  run(b, "SADD c 5");
  run(b, "SMOVE a c 5");
  assert.equal(b.dirty, 1, "the destination had it");
});

Deno.test("names of encodings follow what SADD brings, one way", () => {
  const b = bench();
  const numbers = Array.from({ length: 513 }, (_, i) => `${i}`);
  const cases: [string[][], string][] = [
    [[["1", "2"]], "intset"],
    [[["1", "x"]], "listpack"],
    [[["x", "1"]], "listpack"],
    [[["1"], ["x".repeat(64)]], "listpack"],
    [[["1"], ["x".repeat(65)]], "hashtable"],
    [[numbers.slice(0, 512)], "intset"],
    [[numbers], "hashtable"],
    [[numbers.slice(0, 512), ["512"]], "hashtable"],
    [[numbers.slice(0, 127), ["x"]], "listpack"],
    [[numbers.slice(0, 128), ["x"]], "hashtable"],
    [[["x"], numbers.slice(0, 127)], "listpack"],
    [[["x"], numbers.slice(0, 128)], "hashtable"],
    [[["x"], Array(129).fill("y")], "hashtable"],
    [[["1"], Array(513).fill("2")], "hashtable"],
    [[["x", ...Array(127).fill("1")]], "listpack"],
    [[["x", ...Array(128).fill("1")]], "hashtable"],
  ];
  for (const [commands, name] of cases) {
    b.run("DEL", "s");
    for (const members of commands) b.run("SADD", "s", ...members);
    assert.equal(
      encodingOf(b, "s"),
      name,
      commands.map((members) => members.join(" ").slice(0, 50)).join(" | "),
    );
  }
  b.run("SADD", "s", "1", "x");
  b.run("SREM", "s", "x");
  assert.equal(encodingOf(b, "s"), "hashtable");
  verifyKeyspace(b.ks);
});

Deno.test("SPOP takes one out and logs SREM, even of the last", () => {
  const b = bench();
  check(b, [
    ["SADD s a", ":1|", "typed"],
    ["SPOP s", "$1|a|", "SREM s a"],
    ["EXISTS s", ":0|"],
    ["SPOP s", "$-1|"],
    ["SPOP s 1", "*0|"],
    ["SPOP s x", POSITIVE],
    ["SPOP s -1", POSITIVE],
    ["SPOP s 1 2", SYNTAX],
    ["SET t x", "+OK|", "typed"],
    ["SPOP t", WRONG_TYPE],
    ["SPOP t 0", WRONG_TYPE],
    ["SADD s a", ":1|", "typed"],
    ["SPOP s 0", "*0|", ""],
    ["SPOP s 9223372036854775807", "*1|$1|a|", "DEL s"],
    ["EXISTS s", ":0|"],
  ]);
  b.useResp3();
  check(b, [["SPOP s", "_|"], ["SPOP s 3", "~0|"]]);
});

for (const size of [5, 100, 128, 500, 2000, 5000]) {
  for (const prefix of ["", "m"]) {
    Deno.test(`SPOP with a count from ${size} ${prefix === "" ? "integers" : "strings"}`, () => {
      const counts = [1, 3, Math.floor(size / 2), Math.floor(size * 5 / 6), size - 1].filter((n) => n < size);
      for (const count of new Set(counts)) {
        const b = bench();
        const all = new Set(fill(b, "s", size, prefix));
        b.run("PEXPIREAT", "s", `${NOW_MS + 5000}`);
        const popped = strings(b.run("SPOP", "s", `${count}`));
        assert.equal(b.dirty, count);
        assert.equal(new Set(popped).size, count);
        const lines = b.logged.split("\n").map((line) => line.split(" "));
        assert.ok(lines.every(([name, key]) => name === "SREM" && key === "s"));
        assert.deepEqual(lines.flatMap((line) => line.slice(2)), popped);
        assert.equal(lines.length, Math.ceil(count / 1024));
        for (const member of popped) assert.ok(all.delete(member));
        assert.deepEqual(new Set(strings(b.run("SMEMBERS", "s"))), all);
        assert.equal(b.run("PTTL", "s"), ":5000\r\n");
        verifyKeyspace(b.ks);
      }
    });
  }
}

Deno.test("SPOP of nearly all gives those that stay the name of a new set", () => {
  const b = bench();
  fill(b, "s", 600);
  b.run("SPOP", "s", "100");
  assert.equal(encodingOf(b, "s"), "hashtable");
  b.run("SPOP", "s", "490");
  assert.equal(encodingOf(b, "s"), "listpack");
  fill(b, "i", 600, "");
  assert.equal(encodingOf(b, "i"), "hashtable");
  b.run("SPOP", "i", "590");
  assert.equal(encodingOf(b, "i"), "listpack");
  fill(b, "j", 500, "");
  b.run("SPOP", "j", "490");
  assert.equal(encodingOf(b, "j"), "intset");
});

Deno.test("SPOP of all is logged as UNLINK where Redis frees lazily", () => {
  const b = bench();
  Object.assign(b.server.config, { lazyfreeLazyServerDel: true });
  check(b, [["SADD s 1 2 3", ":3|", "typed"], ["SPOP s 3", "*3|$1|1|$1|2|$1|3|", "UNLINK s"]]);
  assert.equal(b.dirty, 3);
});

for (const size of [7, 100, 500, 1000]) {
  for (const prefix of ["", "m"]) {
    Deno.test(`SRANDMEMBER of ${size} ${prefix === "" ? "integers" : "strings"}`, () => {
      const b = bench();
      const all = new Set(fill(b, "s", size, prefix));
      for (const count of [1, 2, Math.floor(size / 4), size - 1, size, size + 5]) {
        const drawn = strings(b.run("SRANDMEMBER", "s", `${count}`));
        assert.equal(drawn.length, Math.min(count, size));
        assert.equal(new Set(drawn).size, drawn.length);
        for (const member of drawn) assert.ok(all.has(member));
        assert.equal(b.logged, "");
      }
      const drawn = strings(b.run("SRANDMEMBER", "s", `${-3 * size}`));
      assert.equal(drawn.length, 3 * size);
      for (const member of drawn) assert.ok(all.has(member));
      assert.ok(all.has(strings(b.run("SRANDMEMBER", "s"))[0]));
    });

    Deno.test(`SPOP and SRANDMEMBER pick from ${size} ${prefix === "" ? "integers" : "strings"} with equal chances`, () => {
      const b = bench();
      const all = fill(b, "s", size, prefix);
      const limit = (picks: number) => size - 1 + 5 * Math.sqrt(2 * (size - 1)) * Math.max(1, 10 / picks);
      for (const count of ["1", `${Math.ceil(size / 5)}`, `${Math.ceil(size / 2)}`]) {
        const each = Math.ceil(30 * size / Number(count));
        const hits = new Map(all.map((member) => [member, 0]));
        for (let i = 0; i < each; i++) {
          for (const member of strings(b.run("SRANDMEMBER", "s", count))) {
            hits.set(member, hits.get(member)! + 1);
          }
        }
        assertEven(hits, limit(30), `SRANDMEMBER ${count}`);
      }
      const hits = new Map(all.map((member) => [member, 0]));
      for (let i = 0; i < 30 * size; i++) {
        const [member] = strings(b.run("SPOP", "s"));
        hits.set(member, hits.get(member)! + 1);
        b.run("SADD", "s", member);
      }
      assertEven(hits, limit(30), "SPOP");
    });
  }
}

function assertEven(hits: Map<string, number>, limit: number, what: string): void {
  const mean = [...hits.values()].reduce((sum, n) => sum + n, 0) / hits.size;
  let chiSquare = 0;
  for (const n of hits.values()) chiSquare += (n - mean) ** 2 / mean;
  assert.ok(chiSquare <= limit, `${what}: chi square is ${chiSquare}, not up to ${limit}`);
}

Deno.test("SRANDMEMBER's errors and empty replies", () => {
  const b = bench();
  check(b, [
    ["SRANDMEMBER none", "$-1|"],
    ["SRANDMEMBER none 5", "*0|"],
    ["SRANDMEMBER none -5", "*0|"],
    ["SRANDMEMBER none x", NOT_INTEGER],
    ["SRANDMEMBER none 1 2", SYNTAX],
    [
      "SRANDMEMBER none -9223372036854775808",
      "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807|",
    ],
    ["SADD s a", ":1|", "typed"],
    ["SRANDMEMBER s 0", "*0|"],
    ["SRANDMEMBER s -3", "*3|$1|a|$1|a|$1|a|"],
    ["SET t x", "+OK|", "typed"],
    ["SRANDMEMBER t", WRONG_TYPE],
    ["SRANDMEMBER t 1", WRONG_TYPE],
  ]);
  b.useResp3();
  check(b, [["SRANDMEMBER s 3", "*1|$1|a|"], ["SRANDMEMBER none", "_|"]]);
});

Deno.test("SINTER, SUNION, SDIFF: what comes out", () => {
  const b = bench();
  check(b, [
    ["SADD a 1 2 3 4", ":4|", "typed"],
    ["SADD b 3 4 5", ":3|", "typed"],
    ["SADD c 4 x", ":2|", "typed"],
    ["SINTER a b", "*2|$1|3|$1|4|"],
    ["SINTER a b c", "*1|$1|4|"],
    ["SINTER a none b", "*0|"],
    ["SINTER a", "*4|$1|1|$1|2|$1|3|$1|4|"],
    ["SINTER a a", "*4|$1|1|$1|2|$1|3|$1|4|"],
    ["SINTERCARD 2 a b", ":2|"],
    ["SINTERCARD 2 a b LIMIT 1", ":1|"],
    ["SINTERCARD 2 a b limit 0", ":2|"],
    ["SINTERCARD 2 a none", ":0|"],
    ["SUNION a b", "*5|$1|1|$1|2|$1|3|$1|4|$1|5|"],
    ["SUNION none c none", "*2|$1|4|$1|x|"],
    ["SUNION none", "*0|"],
    ["SDIFF a b", "*2|$1|1|$1|2|"],
    ["SDIFF a none c", "*3|$1|1|$1|2|$1|3|"],
    ["SDIFF a b a", "*0|"],
    ["SDIFF none a", "*0|"],
    ["SET t x", "+OK|", "typed"],
    ["SINTER a t", WRONG_TYPE],
    ["SINTER none t", WRONG_TYPE],
    ["SUNION a t", WRONG_TYPE],
    ["SDIFF none t", WRONG_TYPE],
    ["SINTERCARD 2 none t", WRONG_TYPE],
  ]);
  b.useResp3();
  check(b, [["SINTER a b", "~2|$1|3|$1|4|"], ["SDIFF none a", "~0|"], ["SUNION none", "~0|"]]);
});

Deno.test("SINTERCARD's errors", () => {
  check(bench(), [
    ["SINTERCARD 0 a", "-ERR numkeys should be greater than 0|"],
    ["SINTERCARD x a", "-ERR numkeys should be greater than 0|"],
    ["SINTERCARD 2 a", "-ERR Number of keys can't be greater than number of args|"],
    ["SINTERCARD 1 a LIMIT", SYNTAX],
    ["SINTERCARD 1 a b", SYNTAX],
    ["SINTERCARD 1 a LIMIT -1", "-ERR LIMIT can't be negative|"],
    ["SINTERCARD 1 a LIMIT x", "-ERR LIMIT can't be negative|"],
    ["SINTERCARD 1 a LIMIT 1 LIMIT 2", ":0|"],
  ]);
});

Deno.test("SINTERSTORE, SUNIONSTORE, SDIFFSTORE: what is stored, replied and logged", () => {
  check(bench(), [
    ["SADD a 1 2 3", ":3|", "typed"],
    ["SADD b 3 x", ":2|", "typed"],
    ["SINTERSTORE d a b", ":1|", "typed"],
    ["SMEMBERS d", "*1|$1|3|"],
    ["SUNIONSTORE d a b", ":4|", "typed"],
    ["SDIFFSTORE a a b", ":2|", "typed"],
    ["SMEMBERS a", "*2|$1|1|$1|2|"],
    ["SDIFFSTORE d a a", ":0|", "typed"],
    ["EXISTS d", ":0|"],
    ["SDIFFSTORE d a a", ":0|", ""],
    ["SINTERSTORE d a none", ":0|", ""],
    ["SET d x", "+OK|", "typed"],
    ["SINTERSTORE d a none", ":0|", "typed"],
    ["EXISTS d", ":0|"],
    ["SET d x PXAT 1800000000000", "+OK|", "typed"],
    ["SUNIONSTORE d b", ":2|", "typed"],
    ["TTL d", ":-1|"],
    ["SUNIONSTORE d none", ":0|", "typed"],
    ["SUNIONSTORE d none", ":0|", ""],
    ["SET t x", "+OK|", "typed"],
    ["SINTERSTORE d none t", WRONG_TYPE],
    ["SUNIONSTORE d a t", WRONG_TYPE],
    ["SDIFFSTORE d a t", WRONG_TYPE],
    ["SUNIONSTORE t a", ":2|", "typed"],
  ]);
});

Deno.test("names of encodings of what is stored", () => {
  const b = bench();
  fill(b, "ints", 300, "");
  fill(b, "more", 600, "");
  fill(b, "text", 100);
  fill(b, "long", 300);
  fill(b, "few", 20, "");
  const cases: [string, string][] = [
    ["SUNIONSTORE d ints", "intset"],
    ["SUNIONSTORE d more", "hashtable"],
    ["SUNIONSTORE d text", "listpack"],
    ["SUNIONSTORE d text long", "hashtable"],
    ["SINTERSTORE d ints more", "intset"],
    ["SINTERSTORE d more more", "hashtable"],
    ["SINTERSTORE d long text", "listpack"],
    ["SDIFFSTORE d more ints", "intset"],
    // Many sets to remove: all members of the first are added before.
    ["SDIFFSTORE d more few few few few few few few few", "hashtable"],
    ["SUNIONSTORE d few text", "listpack"],
  ];
  for (const [line, name] of cases) {
    run(b, line);
    assert.equal(encodingOf(b, "d"), name, line);
    verifyKeyspace(b.ks);
  }
});

Deno.test("operations on sets of all forms agree with those on Sets", () => {
  const b = bench();
  const models = new Map<string, Set<string>>();
  const ranges: [string, number, number, string][] = [
    ["few", 0, 20, ""],
    ["ints", 10, 400, ""],
    ["many", 200, 3000, ""],
    ["words", 0, 100, "w"],
    ["table", 50, 2000, "w"],
  ];
  for (const [key, from, count, prefix] of ranges) {
    const members = Array.from({ length: count }, (_, i) => `${prefix}${from + i}`);
    b.run("SADD", key, ...members);
    models.set(key, new Set(members));
  }
  b.run("SADD", "words", "5", "15", "300");
  for (const member of ["5", "15", "300"]) models.get("words")!.add(member);
  const names = [...models.keys()];
  for (const x of names) {
    for (const y of names) {
      for (const z of names) {
        const [p, q, r] = [x, y, z].map((key) => models.get(key)!);
        const common = p.intersection(q).intersection(r);
        const all = p.union(q).union(r);
        const rest = p.difference(q).difference(r);
        for (const [name, model] of [["SINTER", common], ["SUNION", all], ["SDIFF", rest]] as const) {
          const reply = strings(b.run(name, x, y, z));
          assert.equal(reply.length, model.size);
          assert.deepEqual(new Set(reply), model, `${name} ${x} ${y} ${z}`);
          assert.equal(b.run(`${name}STORE`, "d", x, y, z), `:${model.size}\r\n`);
          assert.deepEqual(new Set(strings(b.run("SMEMBERS", "d"))), model);
        }
        assert.equal(b.run("SINTERCARD", "3", x, y, z), `:${common.size}\r\n`);
      }
    }
  }
  verifyKeyspace(b.ks);
});

Deno.test("SSCAN returns every member exactly once, and what MATCH lets through", () => {
  for (const [size, prefix] of [[50, ""], [100, "m"], [5000, "m"]] as const) {
    const b = bench();
    const all = fill(b, "s", size, prefix);
    const seen: string[] = [];
    let cursor = "0";
    do {
      const [next, ...members] = strings(b.run("SSCAN", "s", cursor, "COUNT", "100"));
      seen.push(...members);
      cursor = next;
    } while (cursor !== "0");
    assert.deepEqual(seen.toSorted(), all.toSorted());
  }
  const b = bench();
  check(b, [
    ["SADD s a1 a2 b", ":3|", "typed"],
    ["SSCAN s 0 MATCH a*", "*2|$1|0|*2|$2|a1|$2|a2|"],
    ["SSCAN s 77", "*2|$1|0|*3|$2|a1|$2|a2|$1|b|"],
    ["SSCAN none 0", "*2|$1|0|*0|"],
    ["SSCAN s x", "-ERR invalid cursor|"],
    ["SSCAN s 0 COUNT 0", SYNTAX],
    ["SSCAN s 0 TYPE set", SYNTAX],
    ["SET t x", "+OK|", "typed"],
    ["SSCAN t 0", WRONG_TYPE],
  ]);
});
