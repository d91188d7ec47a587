import assert from "node:assert/strict";
import { HASH_COMMANDS } from "../../lib/commands/hashes.ts";
import { STRING_COMMANDS } from "../../lib/commands/strings.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { checkEqualChances } from "../support/equal_chances.ts";
import { HandlerBench, NOW_MS } from "../support/handler_bench.ts";
import { check, NOT_INTEGER, run, type Step, strings, WRONG_TYPE } from "../support/handler_steps.ts";

function bench(): HandlerBench {
  return new HandlerBench({ ...STRING_COMMANDS, ...HASH_COMMANDS });
}

/** A hash of `count` fields f0… with values v0…: in one block up to 128. */
function fill(b: HandlerBench, key: string, count: number): void {
  for (let i = 0; i < count; i++) b.run("HSET", key, `f${i}`, `v${i}`);
}

Deno.test("HSET, HMSET, HSETNX: what is set, replied and logged", () => {
  check(bench(), [
    ["HSET h a 1", ":1|", "typed"],
    ["HSET h a 2", ":0|", "typed"],
    ["HSET h a 3 b 4 a 5", ":1|", "typed"],
    ["HGET h a", "$1|5|"],
    ["HMSET h c 6 d 7", "+OK|", "typed"],
    ["HLEN h", ":4|"],
    ["HSETNX h a 9", ":0|", ""],
    ["HSETNX h e 8", ":1|", "typed"],
    ["HSETNX new f 1", ":1|", "typed"],
    ["HGETALL new", "*2|$1|f|$1|1|"],
    ['HSET h "" ""', ":1|", "typed"],
    ['HGET h ""', "$0||"],
    ["HSET h a", "-ERR wrong number of arguments for 'hset' command|"],
    ["HSET h a 1 b", "-ERR wrong number of arguments for 'hset' command|"],
    ["HMSET h a 1 b", "-ERR wrong number of arguments for 'hmset' command|"],
    ["SET s x", "+OK|", "typed"],
    ["HSET s a", "-ERR wrong number of arguments for 'hset' command|"],
    ["HSET s a 1", WRONG_TYPE],
    ["HMSET s a 1", WRONG_TYPE],
    ["HSETNX s a 1", WRONG_TYPE],
  ]);
});

Deno.test("HSET counts a change for every pair", () => {
  const b = bench();
  run(b, "HSET h a 1 b 2 a 3");
  assert.equal(b.dirty, 3);
  run(b, "HSETNX h a 1");
  assert.equal(b.dirty, 0);
  run(b, "HDEL h a b c");
  assert.equal(b.dirty, 2);
});

Deno.test("HGET, HMGET, HEXISTS, HSTRLEN, HLEN: of what is there and of what is not", () => {
  check(bench(), [
    ["HSET h a 1 b two", ":2|", "typed"],
    ["HGET h b", "$3|two|"],
    ["HGET h x", "$-1|"],
    ["HGET none x", "$-1|"],
    ["HMGET h b x a b", "*4|$3|two|$-1|$1|1|$3|two|"],
    ["HMGET none a b", "*2|$-1|$-1|"],
    ["HEXISTS h a", ":1|"],
    ["HEXISTS h x", ":0|"],
    ["HEXISTS none a", ":0|"],
    ["HSTRLEN h b", ":3|"],
    ["HSTRLEN h x", ":0|"],
    ["HSTRLEN none x", ":0|"],
    ["HLEN h", ":2|"],
    ["HLEN none", ":0|"],
    ["SET s x", "+OK|", "typed"],
    ["HGET s a", WRONG_TYPE],
    ["HMGET s a", WRONG_TYPE],
    ["HEXISTS s a", WRONG_TYPE],
    ["HSTRLEN s a", WRONG_TYPE],
    ["HLEN s", WRONG_TYPE],
    ["GET h", WRONG_TYPE],
  ]);
});

Deno.test("HDEL removes fields, and the key with the last one", () => {
  const b = bench();
  check(b, [
    ["HSET h a 1 b 2 c 3", ":3|", "typed"],
    ["HDEL h x", ":0|", ""],
    ["HDEL h a x a", ":1|", "typed"],
    ["HDEL h c b a", ":2|", "typed"],
    ["HLEN h", ":0|"],
    ["HDEL h a", ":0|", ""],
    ["SET s x", "+OK|", "typed"],
    ["HDEL s a", WRONG_TYPE],
  ]);
  assert.equal(b.ks.databases[0].dict.size, 1);
  fill(b, "big", 1000);
  for (let i = 0; i < 1000; i++) assert.equal(run(b, `HDEL big f${i}`), ":1\r\n");
  verifyKeyspace(b.ks);
  assert.equal(b.ks.databases[0].dict.size, 1);
});

Deno.test("HINCRBY: sums, their ends, and what is no number", () => {
  check(bench(), [
    ["HINCRBY h n 5", ":5|", "typed"],
    ["HINCRBY h n -7", ":-2|", "typed"],
    ["HGET h n", "$2|-2|"],
    ["HINCRBY h n 9223372036854775807", ":9223372036854775805|", "typed"],
    ["HINCRBY h n 2", ":9223372036854775807|", "typed"],
    ["HINCRBY h n 1", "-ERR increment or decrement would overflow|"],
    ["HINCRBY h n -9223372036854775808", ":-1|", "typed"],
    ["HINCRBY h n -9223372036854775808", "-ERR increment or decrement would overflow|"],
    ["HINCRBY h m 9007199254740993", ":9007199254740993|", "typed"],
    ["HINCRBY h m 1", ":9007199254740994|", "typed"],
    ["HINCRBY h n x", NOT_INTEGER],
    ["HINCRBY h n 9223372036854775808", NOT_INTEGER],
    ["HSET h s text f 1.5 p 01", ":3|", "typed"],
    ["HINCRBY h s 1", "-ERR hash value is not an integer|"],
    ["HINCRBY h f 1", "-ERR hash value is not an integer|"],
    ["HINCRBY h p 1", "-ERR hash value is not an integer|"],
    ["SET s x", "+OK|", "typed"],
    ["HINCRBY s n x", NOT_INTEGER],
    ["HINCRBY s n 1", WRONG_TYPE],
    ["HINCRBY none n x", NOT_INTEGER],
    ["HLEN none", ":0|"],
  ]);
});

Deno.test("HINCRBYFLOAT: sums are computed as Redis does, and logged", () => {
  check(bench(), [
    ["HINCRBYFLOAT h n 10.5", "$4|10.5|", "HSET h n 10.5"],
    ["HINCRBYFLOAT h n 0.1", "$4|10.6|", "HSET h n 10.6"],
    ["HINCRBYFLOAT h n 5.0e3", "$22|5010.60000000000000009|", "HSET h n 5010.60000000000000009"],
    ["HINCRBYFLOAT h n -5010.6", "$1|0|", "HSET h n 0"],
    ["HINCRBYFLOAT h n x", "-ERR value is not a valid float|"],
    ["HINCRBYFLOAT h n nan", "-ERR value is not a valid float|"],
    ["HINCRBYFLOAT h n inf", "-ERR value is NaN or Infinity|"],
    ["HINCRBYFLOAT h n -inf", "-ERR value is NaN or Infinity|"],
    ["HSET h s text i inf big 1e4932", ":3|", "typed"],
    ["HINCRBYFLOAT h s 1", "-ERR hash value is not a float|"],
    ["HINCRBYFLOAT h i 1", "-ERR increment would produce NaN or Infinity|"],
    ["HINCRBYFLOAT h big 1e4932", "-ERR increment would produce NaN or Infinity|"],
    ["SET s x", "+OK|", "typed"],
    ["HINCRBYFLOAT s n x", "-ERR value is not a valid float|"],
    ["HINCRBYFLOAT s n inf", "-ERR value is NaN or Infinity|"],
    ["HINCRBYFLOAT s n 1", WRONG_TYPE],
  ]);
});

Deno.test("numbers of a large hash are changed as those of a small one", () => {
  const b = bench();
  fill(b, "h", 300);
  check(b, [
    ["HINCRBY h n 5", ":5|", "typed"],
    ["HINCRBY h n 12345678901", ":12345678906|", "typed"],
    ["HINCRBYFLOAT h n 0.5", "$13|12345678906.5|", "HSET h n 12345678906.5"],
    ["HINCRBY h f7 1", "-ERR hash value is not an integer|"],
    ["HGET h n", "$13|12345678906.5|"],
  ]);
});

Deno.test("HGETALL, HKEYS, HVALS: everything, and nothing of what is not there", () => {
  const steps: Step[] = [
    ["HSET h a 1 b 2", ":2|", "typed"],
    ["HKEYS h", "*2|$1|a|$1|b|"],
    ["HVALS h", "*2|$1|1|$1|2|"],
    ["HKEYS none", "*0|"],
    ["HVALS none", "*0|"],
    ["SET s x", "+OK|", "typed"],
    ["HGETALL s", WRONG_TYPE],
    ["HKEYS s", WRONG_TYPE],
    ["HVALS s", WRONG_TYPE],
  ];
  check(bench(), [...steps, ["HGETALL h", "*4|$1|a|$1|1|$1|b|$1|2|"], ["HGETALL none", "*0|"]]);
  const b = bench();
  b.useResp3();
  check(b, [...steps, ["HGETALL h", "%2|$1|a|$1|1|$1|b|$1|2|"], ["HGETALL none", "%0|"]]);
  fill(b, "big", 1000);
  const reply = run(b, "HGETALL big");
  assert.ok(reply.startsWith("%1000\r\n"));
  const all = strings(reply);
  const fields = new Map(all.flatMap((name, i) => i % 2 === 0 ? [[name, all[i + 1]] as const] : []));
  assert.equal(fields.size, 1000);
  for (let i = 0; i < 1000; i++) assert.equal(fields.get(`f${i}`), `v${i}`);
  assert.deepEqual(new Set(strings(run(b, "HKEYS big"))), new Set(fields.keys()));
  assert.deepEqual(new Set(strings(run(b, "HVALS big"))), new Set(fields.values()));
});

Deno.test("HSCAN: cursors, options and their errors, in Redis' order", () => {
  check(bench(), [
    ["HSET h a 1 b 2 ab 3", ":3|", "typed"],
    ["HSCAN h 0", "*2|$1|0|*6|$1|a|$1|1|$1|b|$1|2|$2|ab|$1|3|"],
    ["HSCAN h 0 COUNT 1", "*2|$1|0|*6|$1|a|$1|1|$1|b|$1|2|$2|ab|$1|3|"],
    ["HSCAN h 0 MATCH a*", "*2|$1|0|*4|$1|a|$1|1|$2|ab|$1|3|"],
    ["HSCAN h 0 match * count 100", "*2|$1|0|*6|$1|a|$1|1|$1|b|$1|2|$2|ab|$1|3|"],
    ["HSCAN h 0 MATCH x", "*2|$1|0|*0|"],
    ["HSCAN h 99999999999 MATCH b", "*2|$1|0|*2|$1|b|$1|2|"],
    ["HSCAN h x", "-ERR invalid cursor|"],
    ["HSCAN none x COUNT 0", "-ERR invalid cursor|"],
    ["HSCAN none 0 COUNT 0", "*2|$1|0|*0|"],
    ["HSCAN h 0 COUNT 0", "-ERR syntax error|"],
    ["HSCAN h 0 COUNT x", NOT_INTEGER],
    ["HSCAN h 0 TYPE hash", "-ERR syntax error|"],
    ["HSCAN h 0 NOVALUES", "-ERR syntax error|"],
    ["HSCAN h 0 MATCH", "-ERR syntax error|"],
    ["SET s x", "+OK|", "typed"],
    ["HSCAN s x", "-ERR invalid cursor|"],
    ["HSCAN s 0 COUNT 0", WRONG_TYPE],
  ]);
});

Deno.test("HSCAN of a large hash returns every field once, in steps of about COUNT", () => {
  const b = bench();
  fill(b, "h", 2000);
  const seen = new Map<string, string>();
  let cursor = "0";
  let steps = 0;
  do {
    const [next, ...fields] = strings(run(b, `HSCAN h ${cursor} COUNT 100`));
    for (let i = 0; i < fields.length; i += 2) {
      assert.ok(!seen.has(fields[i]));
      seen.set(fields[i], fields[i + 1]);
    }
    cursor = next;
    steps++;
  } while (cursor !== "0");
  assert.ok(steps >= 15 && steps <= 20, `${steps} steps`);
  assert.equal(seen.size, 2000);
  for (let i = 0; i < 2000; i++) assert.equal(seen.get(`f${i}`), `v${i}`);
  assert.equal(run(b, "HSCAN h 4294967296"), "*2\r\n$1\r\n0\r\n*0\r\n");
  const matched = strings(run(b, "HSCAN h 0 COUNT 5000 MATCH f199?"));
  assert.equal(matched.length, 1 + 20);
});

Deno.test("HRANDFIELD: shapes and errors, in Redis' order", () => {
  const steps: Step[] = [
    ["HSET h a 1", ":1|", "typed"],
    ["HRANDFIELD h", "$1|a|"],
    ["HRANDFIELD h 5", "*1|$1|a|"],
    ["HRANDFIELD h -2", "*2|$1|a|$1|a|"],
    ["HRANDFIELD h 0", "*0|"],
    ["HRANDFIELD h -0", NOT_INTEGER],
    ["HRANDFIELD none 3", "*0|"],
    ["HRANDFIELD none 3 WITHVALUES", "*0|"],
    ["HRANDFIELD h x", NOT_INTEGER],
    ["HRANDFIELD h x y z", NOT_INTEGER],
    ["HRANDFIELD h 1 WITHSCORES", "-ERR syntax error|"],
    ["HRANDFIELD h 1 WITHVALUES x", "-ERR syntax error|"],
    ["HRANDFIELD h 9223372036854775807", "*1|$1|a|"],
    ["HRANDFIELD h 9223372036854775808", NOT_INTEGER],
    [
      "HRANDFIELD h -9223372036854775808",
      "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807|",
    ],
    ["HRANDFIELD h 4611686018427387904 WITHVALUES", "-ERR value is out of range|"],
    ["HRANDFIELD h -9223372036854770000 WITHVALUES", "-ERR value is out of range|"],
    ["HRANDFIELD h -9223372036854770000 WITHSCORES", "-ERR syntax error|"],
    ["SET s x", "+OK|", "typed"],
    ["HRANDFIELD s", WRONG_TYPE],
    ["HRANDFIELD s 1", WRONG_TYPE],
    ["HRANDFIELD s x", NOT_INTEGER],
  ];
  check(bench(), [
    ...steps,
    ["HRANDFIELD none", "$-1|"],
    ["HRANDFIELD h 4611686018427387903 withvalues", "*2|$1|a|$1|1|"],
    ["HRANDFIELD h -2 WITHVALUES", "*4|$1|a|$1|1|$1|a|$1|1|"],
  ]);
  const b = bench();
  b.useResp3();
  check(b, [
    ...steps,
    ["HRANDFIELD none", "_|"],
    ["HRANDFIELD h 7 withvalues", "*1|*2|$1|a|$1|1|"],
    ["HRANDFIELD h -2 WITHVALUES", "*2|*2|$1|a|$1|1|*2|$1|a|$1|1|"],
  ]);
});

for (const size of [10, 120, 600]) {
  Deno.test(`HRANDFIELD of ${size} fields: a positive count gives different ones with equal chances`, () => {
    const b = bench();
    fill(b, "h", size);
    for (const count of [1, Math.floor(size / 5), Math.floor(size / 2), size - 1, size, size + 7]) {
      const wanted = Math.min(count, size);
      const hits = new Map(Array.from({ length: size }, (_, i) => [`f${i}`, 0]));
      const rounds = Math.ceil(200 * size / wanted);
      for (let round = 0; round < rounds; round++) {
        const names = strings(run(b, `HRANDFIELD h ${count}`));
        assert.equal(names.length, wanted);
        assert.equal(new Set(names).size, wanted, "no field twice");
        for (const name of names) hits.set(name, hits.get(name)! + 1);
      }
      // Drawn without putting back, a count's variance is that of a coin with `wanted` in `size` chances.
      const expected = rounds * wanted / size;
      const variance = expected * (1 - wanted / size);
      for (const [name, n] of hits) {
        assert.ok(Math.abs(n - expected) <= 6 * Math.sqrt(variance), `${name}: ${n} instead of ${expected}`);
      }
    }
  });

  Deno.test(`HRANDFIELD of ${size} fields: a negative count draws each time from all, values with their fields`, () => {
    const b = bench();
    fill(b, "h", size);
    const reply = strings(run(b, `HRANDFIELD h -${size * 100} WITHVALUES`));
    assert.equal(reply.length, size * 200);
    const hits = new Map(Array.from({ length: size }, (_, i) => [`f${i}`, 0]));
    for (let i = 0; i < reply.length; i += 2) {
      assert.equal(reply[i + 1], reply[i].replace("f", "v"));
      hits.set(reply[i], hits.get(reply[i])! + 1);
    }
    checkEqualChances(hits, 100);
  });
}

Deno.test("values of every size come back as they were set", () => {
  const b = bench();
  const sizes = [0, 1, 126, 127, 128, 16_383, 16_384, 32_768, 32_769, 65_536, 65_537, 1_000_000];
  for (const size of sizes) {
    const value = "x".repeat(size);
    const name = `${size}`.padEnd(Math.min(size, 70_000), "n");
    assert.equal(b.run("HSET", "h", name, value), ":1\r\n");
    verifyKeyspace(b.ks);
    assert.equal(b.run("HGET", "h", name), `$${size}\r\n${value}\r\n`);
    assert.equal(b.run("HSTRLEN", "h", name), `:${size}\r\n`);
  }
  for (const size of sizes.toReversed()) {
    const name = `${size}`.padEnd(Math.min(size, 70_000), "n");
    assert.equal(b.run("HSET", "h", name, "short"), ":0\r\n");
    assert.equal(b.run("HGET", "h", name), "$5\r\nshort\r\n");
    verifyKeyspace(b.ks);
  }
});

Deno.test("an expired hash is gone to every command", () => {
  const b = bench();
  const [db] = b.ks.databases;
  run(b, "HSET h a 1");
  const ref = b.ks.peek(db, new Uint8Array([104]), 0, 1);
  b.ks.setExpire(db, ref, NOW_MS - 1);
  assert.equal(run(b, "HINCRBY h a 1"), ":1\r\n");
  assert.equal(run(b, "HGETALL h"), "*2\r\n$1\r\na\r\n$1\r\n1\r\n");
  verifyKeyspace(b.ks);
});
