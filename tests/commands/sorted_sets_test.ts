import assert from "node:assert/strict";
import { SET_COMMANDS } from "../../lib/commands/sets.ts";
import { SORTED_SET_COMMANDS } from "../../lib/commands/sorted_sets.ts";
import { STRING_COMMANDS } from "../../lib/commands/strings.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { HandlerBench } from "../support/handler_bench.ts";
import { check, NOT_INTEGER, run, strings, SYNTAX, WRONG_TYPE } from "../support/handler_steps.ts";

const NOT_FLOAT = "-ERR value is not a valid float|";
const NOT_BOUND = "-ERR min or max is not a float|";
const NOT_LEX = "-ERR min or max not valid string range item|";

function bench(resp3 = false): HandlerBench {
  const b = new HandlerBench({ ...STRING_COMMANDS, ...SET_COMMANDS, ...SORTED_SET_COMMANDS });
  if (resp3) b.useResp3();
  return b;
}

/** The strings of a reply, as one line. */
function words(b: HandlerBench, line: string): string {
  const reply = run(b, line);
  assert.ok(reply.startsWith("*"), `${line}: ${reply}`);
  return strings(reply).join(" ");
}

/** A sorted set of `count` members m0000… with the scores 0… times `step`: in one block up to 128. */
function fill(b: HandlerBench, key: string, count: number, step = 1): void {
  for (let i = 0; i < count; i++) b.run("ZADD", key, String(i * step), `m${String(i).padStart(4, "0")}`);
}

Deno.test("ZADD: what is added, updated, replied and logged", () => {
  check(bench(), [
    ["ZADD z 1 a", ":1|", "typed"],
    ["ZADD z 2 a 3 b", ":1|", "typed"],
    ["ZADD z 2 a 3 b", ":0|"],
    ["ZADD z CH 5 a 3 b 4 c", ":2|", "typed"],
    ["ZADD z NX 9 a 9 d", ":1|", "typed"],
    ["ZADD z XX 9 a 9 e", ":0|", "typed"],
    ["ZADD z XX CH 8 a", ":1|", "typed"],
    ["ZADD z GT CH 7 a 10 b 1 new", ":2|", "typed"],
    ["ZADD z LT CH 7 a 11 b 1 other", ":2|", "typed"],
    ["ZADD z XX GT CH 1 a 12 b 1 none", ":1|", "typed"],
    ["ZADD z INCR 1.5 a", "$3|8.5|", "typed"],
    ["ZADD z nx incr 1 a", "$-1|"],
    ["ZADD z xx incr 1 none", "$-1|"],
    ["ZADD missing xx incr 1 none", "$-1|"],
    ["ZADD missing xx 1 none", ":0|"],
    ["ZADD z gt incr -1 a", "$-1|"],
    ["ZADD z incr 0 a", "$3|8.5|"],
    ["ZINCRBY z -0.5 a", "$1|8|", "typed"],
    ["ZINCRBY z2 3.0e3 a", "$4|3000|", "typed"],
    ["ZSCORE z a", "$1|8|"],
    ["ZSCORE z none", "$-1|"],
    ["ZSCORE missing a", "$-1|"],
    ["ZMSCORE z a none b", "*3|$1|8|$-1|$2|12|"],
    ["ZMSCORE missing a b", "*2|$-1|$-1|"],
    ["ZCARD z", ":6|"],
    ["ZCARD missing", ":0|"],
  ]);
});

Deno.test("ZADD: errors, in their order, and nothing changes", () => {
  check(bench(), [
    ["ZADD z 1", SYNTAX],
    ["ZADD z 1 a 2", SYNTAX],
    ["ZADD z NX XX", SYNTAX],
    ["ZADD z NX XX 1 a", "-ERR XX and NX options at the same time are not compatible|"],
    ["ZADD z NX GT 1 a", "-ERR GT, LT, and/or NX options at the same time are not compatible|"],
    ["ZADD z LT GT 1 a", "-ERR GT, LT, and/or NX options at the same time are not compatible|"],
    ["ZADD z INCR 1 a 2 b", "-ERR INCR option supports a single increment-element pair|"],
    ["ZADD z 1 a x b", NOT_FLOAT],
    ["ZADD z nan a", NOT_FLOAT],
    ["ZADD z WHAT 1 a", SYNTAX],
    ["ZADD z 1 WHAT", ":1|", "typed"],
    ["SET s 1", "+OK|", "typed"],
    ["ZADD s x a", NOT_FLOAT],
    ["ZADD s 1 a", WRONG_TYPE],
    ["ZADD s XX 1 a", WRONG_TYPE],
    ["ZINCRBY s 1 a", WRONG_TYPE],
    ["ZINCRBY z x a", NOT_FLOAT],
    ["ZREM s a", WRONG_TYPE],
    ["ZSCORE s a", WRONG_TYPE],
    ["ZMSCORE s a", WRONG_TYPE],
    ["ZCARD s", WRONG_TYPE],
    ["ZRANK s a", WRONG_TYPE],
    ["ZADD inf inf a", ":1|", "typed"],
    ["ZINCRBY inf -inf a", "-ERR resulting score is not a number (NaN)|"],
    ["ZADD inf INCR -inf a", "-ERR resulting score is not a number (NaN)|"],
    ["ZSCORE inf a", "$3|inf|"],
  ]);
});

Deno.test("scores are replied as doubles in RESP3", () => {
  check(bench(true), [
    ["ZADD z 1.5 a inf b -0 c", ":3|", "typed"],
    ["ZSCORE z a", ",1.5|"],
    ["ZSCORE z none", "_|"],
    ["ZMSCORE z b none", "*2|,inf|_|"],
    ["ZINCRBY z 1 a", ",2.5|", "typed"],
    ["ZRANK z a WITHSCORE", "*2|:1|,2.5|"],
    ["ZRANGE z 0 -1 WITHSCORES", "*3|*2|$1|c|,0|*2|$1|a|,2.5|*2|$1|b|,inf|"],
    ["ZRANGE z 0 0", "*1|$1|c|"],
    ["ZPOPMIN z", "*2|$1|c|,0|", "typed"],
    ["ZPOPMAX z 5", "*2|*2|$1|b|,inf|*2|$1|a|,2.5|", "typed"],
    ["ZUNION 1 z WITHSCORES", "*0|"],
    ["ZADD z 1 a", ":1|", "typed"],
    ["ZUNION 2 z z WITHSCORES", "*1|*2|$1|a|,2|"],
    ["ZRANDMEMBER z 1 WITHSCORES", "*1|*2|$1|a|,1|"],
    ["ZSCAN z 0", "*2|$1|0|*2|$1|a|$1|1|"],
    ["ZMPOP 1 none MIN", "_|"],
  ]);
});

Deno.test("-0 stays where Redis keeps it: not in a listpack", () => {
  const b = check(bench(), [
    ["ZADD z -0 a", ":1|", "typed"],
    ["ZSCORE z a", "$1|0|"],
    ["ZADD z incr -0 b", "$2|-0|", "typed"],
    ["ZSCORE z b", "$1|0|"],
  ]);
  b.run("ZADD", "z", "-0", "long".repeat(20));
  check(b, [[`ZSCORE z ${"long".repeat(20)}`, "$2|-0|"]]);
});

Deno.test("ZREM and ZRANK, and a key that empties goes", () => {
  for (const count of [3, 300]) {
    const b = bench();
    fill(b, "z", count);
    check(b, [
      ["ZRANK z m0002", ":2|"],
      ["ZREVRANK z m0002", `:${count - 3}|`],
      ["ZREVRANK z m0002 withscore", `*2|:${count - 3}|$1|2|`],
      ["ZRANK z none", "$-1|"],
      ["ZRANK z none WITHSCORE", "*-1|"],
      ["ZRANK missing a", "$-1|"],
      ["ZRANK missing a WITHSCORE", "*-1|"],
      ["ZRANK z m0001 x", SYNTAX],
      ["ZRANK z m0001 withscore x", "-ERR wrong number of arguments for 'zrank' command|"],
      ["ZREM z m0001 none m0000 m0001", ":2|", "typed"],
      ["ZREM z none", ":0|"],
      ["ZREM missing a", ":0|"],
      ["ZREMRANGEBYRANK z 0 -1", `:${count - 2}|`, "typed"],
      ["ZCARD z", ":0|"],
      ["ZREM z m0002", ":0|"],
    ]);
    assert.equal(b.ks.databases[0].dict.size, 0);
  }
});

for (const count of [10, 1000]) {
  Deno.test(`ZRANGE and its older forms over ${count} members`, () => {
    const b = bench();
    fill(b, "z", count);
    const last = `m${String(count - 1).padStart(4, "0")}`;
    const before = `m${String(count - 2).padStart(4, "0")}`;
    const cases: [string, string][] = [
      ["ZRANGE z 0 1", "m0000 m0001"],
      ["ZRANGE z -2 -1", `${before} ${last}`],
      ["ZRANGE z 5 2", ""],
      [`ZRANGE z ${count} ${count + 5}`, ""],
      ["ZRANGE z -99999 0", "m0000"],
      ["ZRANGE z 0 1 REV", `${last} ${before}`],
      ["ZREVRANGE z 0 1 WITHSCORES", `${last} ${count - 1} ${before} ${count - 2}`],
      ["ZRANGE z 2 3 withscores", "m0002 2 m0003 3"],
      ["ZRANGE z (2 5 BYSCORE", "m0003 m0004 m0005"],
      ["ZRANGE z 5 (2 BYSCORE REV LIMIT 1 1", "m0004"],
      ["ZRANGE z 2 inf BYSCORE LIMIT 1 2 WITHSCORES", "m0003 3 m0004 4"],
      ["ZRANGE z 2 inf BYSCORE LIMIT -1 2", ""],
      ["ZRANGE z 2 4 BYSCORE LIMIT 1 -7", "m0003 m0004"],
      ["ZRANGE z 2 4 BYSCORE LIMIT 1 0", ""],
      ["ZRANGE z 2 4 BYSCORE LIMIT 9999999 5", ""],
      ["ZRANGEBYSCORE z 2 (4", "m0002 m0003"],
      ["ZRANGEBYSCORE z 4 2", ""],
      ["ZRANGEBYSCORE z (2 (2", ""],
      ["ZRANGEBYSCORE z -inf 1 WITHSCORES", "m0000 0 m0001 1"],
      ["ZREVRANGEBYSCORE z 4 2 LIMIT 1 10", "m0003 m0002"],
      ["ZREVRANGEBYSCORE z (4 (2", "m0003"],
      ["ZRANGE missing 0 -1", ""],
      ["ZREVRANGEBYLEX missing + -", ""],
    ];
    for (const [line, reply] of cases) assert.equal(words(b, line), reply, line);
    check(b, [
      ["ZCOUNT z 2 (5", ":3|"],
      ["ZCOUNT z -inf +inf", `:${count}|`],
      ["ZCOUNT z 5 2", ":0|"],
      ["ZCOUNT missing 0 1", ":0|"],
      ["ZREMRANGEBYSCORE z (2 5", ":3|", "typed"],
      ["ZREMRANGEBYSCORE z (2 5", ":0|"],
      ["ZREMRANGEBYRANK z 1 2", ":2|", "typed"],
      ["ZREMRANGEBYRANK z 5 2", ":0|"],
      ["ZREMRANGEBYRANK missing 0 1", ":0|"],
    ]);
    assert.equal(words(b, "ZRANGE z 0 1"), "m0000 m0006");
  });

  Deno.test(`ranges by member over ${count} members of one score`, () => {
    const b = bench();
    fill(b, "z", count, 0);
    const last = `m${String(count - 1).padStart(4, "0")}`;
    const cases: [string, string][] = [
      ["ZRANGEBYLEX z - (m0002", "m0000 m0001"],
      ["ZRANGEBYLEX z [m0002 [m0003", "m0002 m0003"],
      ["ZRANGEBYLEX z (m0002 [m0004 LIMIT 1 5", "m0004"],
      [`ZRANGEBYLEX z [${last} +`, last],
      ["ZREVRANGEBYLEX z [m0003 (m0001", "m0003 m0002"],
      ["ZRANGE z - + BYLEX LIMIT 0 2", "m0000 m0001"],
      ["ZRANGE z + - BYLEX REV LIMIT 0 1", last],
      ["ZRANGE z + - BYLEX", ""],
      ["ZRANGEBYLEX z (m0001 (m0001", ""],
      ["ZRANGEBYLEX z [n +", ""],
      ["ZRANGEBYLEX z - [a", ""],
    ];
    for (const [line, reply] of cases) assert.equal(words(b, line), reply, line);
    check(b, [
      ["ZLEXCOUNT z - +", `:${count}|`],
      ["ZLEXCOUNT z (m0001 [m0004", ":3|"],
      ["ZLEXCOUNT z + -", ":0|"],
      ["ZLEXCOUNT missing - +", ":0|"],
      ["ZREMRANGEBYLEX z (m0001 [m0004", ":3|", "typed"],
      ["ZLEXCOUNT z - +", `:${count - 3}|`],
      ["ZREMRANGEBYLEX z - +", `:${count - 3}|`, "typed"],
      ["ZCARD z", ":0|"],
    ]);
  });
}

Deno.test("errors of ranges, in their order", () => {
  const b = bench();
  check(b, [
    ["SET s 1", "+OK|", "typed"],
    ["ZRANGE s 0 1 WHAT", SYNTAX],
    ["ZRANGE s 0 1 REV REV", SYNTAX],
    ["ZRANGE s 0 1 BYSCORE BYLEX", SYNTAX],
    ["ZRANGE s 0 1 LIMIT 0", SYNTAX],
    ["ZRANGE s 0 1 LIMIT x 1", NOT_INTEGER],
    [
      "ZRANGE s 0 1 LIMIT 0 1",
      "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX|",
    ],
    [
      "ZRANGE s - + BYLEX WITHSCORES",
      "-ERR syntax error, WITHSCORES not supported in combination with BYLEX|",
    ],
    ["ZRANGE s x 1", NOT_INTEGER],
    ["ZRANGE s 0 x BYSCORE", NOT_BOUND],
    ["ZRANGE s (nan 1 BYSCORE", NOT_BOUND],
    ["ZRANGE s 0 1 BYLEX", NOT_LEX],
    ["ZRANGE s - +x BYLEX", NOT_LEX],
    ["ZRANGE s 0 1", WRONG_TYPE],
    ["ZREVRANGE s 0 1 REV", SYNTAX],
    ["ZREVRANGE s 0 1 BYSCORE", SYNTAX],
    [
      "ZRANGEBYLEX s - + WITHSCORES",
      "-ERR syntax error, WITHSCORES not supported in combination with BYLEX|",
    ],
    ["ZRANGEBYSCORE s x 1", NOT_BOUND],
    ["ZCOUNT s x 1", NOT_BOUND],
    ["ZCOUNT s 0 1", WRONG_TYPE],
    ["ZLEXCOUNT s 0 1", NOT_LEX],
    ["ZLEXCOUNT s - +", WRONG_TYPE],
    ["ZREMRANGEBYRANK s x 1", NOT_INTEGER],
    ["ZREMRANGEBYSCORE s x 1", NOT_BOUND],
    ["ZREMRANGEBYLEX s x +", NOT_LEX],
    ["ZREMRANGEBYRANK s 0 1", WRONG_TYPE],
    ["ZRANGESTORE d s 0 1 WITHSCORES", SYNTAX],
    ["ZRANGESTORE d s 0 1", WRONG_TYPE],
    ["ZADD z 1 a", ":1|", "typed"],
    ["ZRANGE z 0 0 LIMIT 3 -1", "*1|$1|a|"],
  ]);
});

Deno.test("ZRANGESTORE stores what ZRANGE replies, and deletes when that is nothing", () => {
  for (const count of [10, 1000]) {
    const b = bench();
    fill(b, "z", count);
    check(b, [
      ["ZRANGESTORE d z 1 3", ":3|", "typed"],
      ["ZRANGE d 0 -1 WITHSCORES", "*6|$5|m0001|$1|1|$5|m0002|$1|2|$5|m0003|$1|3|"],
      ["ZRANGESTORE d z 5 (2 BYSCORE REV LIMIT 1 9", ":2|", "typed"],
      ["ZRANGE d 0 -1", "*2|$5|m0003|$5|m0004|"],
      ["ZRANGESTORE d z 5 2", ":0|", "typed"],
      ["ZCARD d", ":0|"],
      ["ZRANGESTORE d missing 0 -1", ":0|"],
      ["SET d x", "+OK|", "typed"],
      ["ZRANGESTORE d missing 0 -1", ":0|", "typed"],
      ["SET d x", "+OK|", "typed"],
      [`ZRANGESTORE d z 0 -1`, `:${count}|`, "typed"],
      ["ZRANGESTORE z z 0 0", ":1|", "typed"],
      ["ZRANGE z 0 -1", "*1|$5|m0000|"],
    ]);
  }
});

Deno.test("ZPOPMIN, ZPOPMAX, ZMPOP", () => {
  for (const count of [6, 600]) {
    const b = bench();
    fill(b, "z", count);
    const last = `m${String(count - 1).padStart(4, "0")}`;
    const size = String(count - 1).length;
    check(b, [
      ["ZPOPMIN z", "*2|$5|m0000|$1|0|", "typed"],
      ["ZPOPMAX z", `*2|$5|${last}|$${size}|${count - 1}|`, "typed"],
      ["ZPOPMIN z 2", "*4|$5|m0001|$1|1|$5|m0002|$1|2|", "typed"],
      ["ZPOPMIN z 0", "*0|"],
      ["ZPOPMIN missing", "*0|"],
      ["ZPOPMIN z -1", "-ERR value is out of range, must be positive|"],
      ["ZPOPMIN z x", "-ERR value is out of range, must be positive|"],
      ["ZPOPMIN z 1 2", SYNTAX],
      ["ZMPOP 2 missing z MIN", "*2|$1|z|*1|*2|$5|m0003|$1|3|", "ZPOPMIN z 1"],
      ["ZMPOP 1 missing MAX", "*-1|"],
    ]);
    const left = count - 5;
    assert.equal(strings(run(b, "ZMPOP 1 z MAX COUNT 9999")).length, 1 + 2 * left);
    assert.equal(b.logged, `ZPOPMAX z ${left}`);
    assert.equal(b.dirty, left);
    assert.equal(b.ks.databases[0].dict.size, 0);
    verifyKeyspace(b.ks);
  }
  check(bench(), [
    ["SET s 1", "+OK|", "typed"],
    ["ZPOPMIN s", WRONG_TYPE],
    ["ZPOPMIN s 0", WRONG_TYPE],
    ["ZMPOP 0 z MIN", "-ERR numkeys should be greater than 0|"],
    ["ZMPOP x z MIN", "-ERR numkeys should be greater than 0|"],
    ["ZMPOP 9 z MIN", SYNTAX],
    ["ZMPOP 1 z WHAT", SYNTAX],
    ["ZMPOP 1 z MIN COUNT", SYNTAX],
    ["ZMPOP 1 z MIN COUNT 0", "-ERR count should be greater than 0|"],
    ["ZMPOP 1 z MIN COUNT 1 COUNT 1", SYNTAX],
    ["ZMPOP 2 z s MIN", WRONG_TYPE],
  ]);
});

Deno.test("ZUNION, ZINTER, ZDIFF and their stores", () => {
  const b = check(bench(), [
    ["ZADD a 1 x 2 y 3 z", ":3|", "typed"],
    ["ZADD b 10 y 20 z 30 w", ":3|", "typed"],
    ["ZUNION 2 a b WITHSCORES", "*8|$1|x|$1|1|$1|y|$2|12|$1|z|$2|23|$1|w|$2|30|"],
    ["ZUNION 2 a b", "*4|$1|x|$1|y|$1|z|$1|w|"],
    [
      "ZUNION 2 a b WEIGHTS 2 -1 AGGREGATE MIN WITHSCORES",
      "*8|$1|w|$3|-30|$1|z|$3|-20|$1|y|$3|-10|$1|x|$1|2|",
    ],
    ["ZUNION 2 a b AGGREGATE MAX WEIGHTS 1 0 WITHSCORES", "*8|$1|w|$1|0|$1|x|$1|1|$1|y|$1|2|$1|z|$1|3|"],
    ["ZINTER 2 a b WITHSCORES", "*4|$1|y|$2|12|$1|z|$2|23|"],
    ["ZINTER 2 a missing", "*0|"],
    ["ZDIFF 2 a b WITHSCORES", "*2|$1|x|$1|1|"],
    ["ZDIFF 2 a a", "*0|"],
    ["ZDIFF 3 a missing missing", "*3|$1|x|$1|y|$1|z|"],
    ["ZINTERCARD 2 a b", ":2|"],
    ["ZINTERCARD 2 a b LIMIT 1", ":1|"],
    ["ZINTERCARD 2 a b LIMIT 0", ":2|"],
    ["ZUNIONSTORE d 2 a b", ":4|", "typed"],
    ["ZINTERSTORE d 2 a b WEIGHTS 1 2", ":2|", "typed"],
    ["ZRANGE d 0 -1 WITHSCORES", "*4|$1|y|$2|22|$1|z|$2|43|"],
    ["ZDIFFSTORE d 2 a b", ":1|", "typed"],
    ["ZDIFFSTORE d 2 a a", ":0|", "typed"],
    ["ZDIFFSTORE d 2 a a", ":0|"],
    ["ZUNIONSTORE a 2 a a", ":3|", "typed"],
    ["ZRANGE a 0 -1 WITHSCORES", "*6|$1|x|$1|2|$1|y|$1|4|$1|z|$1|6|"],
    ["ZADD i inf m", ":1|", "typed"],
    ["ZADD j -inf m", ":1|", "typed"],
    ["ZUNION 2 i j WITHSCORES", "*2|$1|m|$1|0|"],
    ["ZUNION 1 i WEIGHTS 0 WITHSCORES", "*2|$1|m|$1|0|"],
    ["ZINTER 2 i j WEIGHTS 0 0 WITHSCORES", "*2|$1|m|$1|0|"],
  ]);
  const used = b.ks.arena.usedBytes;
  run(b, "ZUNION 2 a b");
  assert.equal(b.ks.arena.usedBytes, used, "a reply alone leaves nothing behind");
});

Deno.test("sets count as sorted sets whose scores are 1, whatever they are made of", () => {
  const b = check(bench(), [
    ["SADD ints 1 2 3 4", ":4|", "typed"],
    ["SADD words 2 x y", ":3|", "typed"],
    ["ZADD z 10 2 20 x 30 9", ":3|", "typed"],
    [
      "ZUNION 3 ints words z WITHSCORES",
      "*14|$1|1|$1|1|$1|3|$1|1|$1|4|$1|1|$1|y|$1|1|$1|2|$2|12|$1|x|$2|21|$1|9|$2|30|",
    ],
    ["ZINTER 3 ints words z WEIGHTS 1 2 3 WITHSCORES", "*2|$1|2|$2|33|"],
    ["ZDIFF 2 z ints WITHSCORES", "*4|$1|x|$2|20|$1|9|$2|30|"],
    ["ZDIFFSTORE ints 2 ints words", ":3|", "typed"],
    ["ZRANGE ints 0 -1", "*3|$1|1|$1|3|$1|4|"],
    ["ZINTERCARD 2 words words", ":3|"],
  ]);
  for (let i = 0; i < 2000; i++) b.run("SADD", "big", i % 2 === 0 ? String(i) : `w${i}`);
  check(b, [
    ["ZINTERCARD 2 big z LIMIT 5", ":1|"],
    ["ZINTERCARD 2 big big LIMIT 1500", ":1500|"],
    ["ZUNIONSTORE d 2 big big", ":2000|", "typed"],
    ["ZCOUNT d 2 2", ":2000|"],
    ["ZDIFFSTORE d 2 d big", ":0|", "typed"],
  ]);
});

Deno.test("errors of ZUNION and its like, in their order", () => {
  check(bench(), [
    ["SET s 1", "+OK|", "typed"],
    ["ZUNION x a", NOT_INTEGER],
    ["ZUNION 0 a", "-ERR at least 1 input key is needed for 'zunion' command|"],
    ["ZINTERSTORE d -1 a", "-ERR at least 1 input key is needed for 'zinterstore' command|"],
    ["ZUNION 2 s", SYNTAX],
    ["ZUNION 1 s WHAT", WRONG_TYPE],
    ["ZUNION 1 a WHAT", SYNTAX],
    ["ZUNION 1 a WEIGHTS", SYNTAX],
    ["ZUNION 1 a WEIGHTS x", "-ERR weight value is not a float|"],
    ["ZUNION 1 a AGGREGATE WHAT", SYNTAX],
    ["ZUNIONSTORE d 1 a WITHSCORES", SYNTAX],
    ["ZDIFF 1 a WEIGHTS 1", SYNTAX],
    ["ZINTERCARD 1 a LIMIT -1", "-ERR LIMIT can't be negative|"],
    ["ZINTERCARD 1 a LIMIT x", "-ERR LIMIT can't be negative|"],
    ["ZINTERCARD 1 a WITHSCORES", SYNTAX],
  ]);
});

Deno.test("large unions come out in order, stored and replied", () => {
  const b = bench();
  for (let i = 0; i < 1500; i++) {
    b.run("ZADD", i & 1 ? "a" : "b", String((i * 7919) % 1000), `m${i}`);
    if (i % 3 === 0) b.run("ZADD", "c", "0.25", `m${i}`);
  }
  assert.equal(run(b, "ZUNIONSTORE d 3 a b c"), ":1500\r\n");
  verifyKeyspace(b.ks);
  const expected = Array.from({ length: 1500 }, (_, i) => ({
    member: `m${i}`,
    score: (i * 7919) % 1000 + (i % 3 === 0 ? 0.25 : 0),
  })).sort((x, y) => x.score - y.score || (x.member < y.member ? -1 : 1));
  const flat = expected.map(({ member, score }) => `${member} ${score}`).join(" ");
  assert.equal(words(b, "ZRANGE d 0 -1 WITHSCORES"), flat);
  assert.equal(words(b, "ZUNION 3 a b c WITHSCORES"), flat);
  assert.equal(run(b, "ZINTERCARD 2 d c"), ":500\r\n");
  assert.equal(run(b, "ZDIFFSTORE d 2 d c"), ":1000\r\n");
  verifyKeyspace(b.ks);
});

Deno.test("ZRANDMEMBER: counts, different members, scores", () => {
  for (const count of [20, 2000]) {
    const b = bench();
    fill(b, "z", count);
    for (const n of [1, 5, count - 1, count, count + 5]) {
      const drawn = strings(run(b, `ZRANDMEMBER z ${n}`));
      assert.equal(drawn.length, Math.min(n, count));
      assert.equal(new Set(drawn).size, drawn.length);
    }
    const often = strings(run(b, `ZRANDMEMBER z ${-3 * count}`));
    assert.equal(often.length, 3 * count);
    assert.ok(new Set(often).size > count / 2);
    const scored = strings(run(b, "ZRANDMEMBER z 3 WITHSCORES"));
    assert.equal(scored.length, 6);
    for (let i = 0; i < 6; i += 2) assert.equal(Number(scored[i].slice(1)), Number(scored[i + 1]));
    assert.match(strings(run(b, "ZRANDMEMBER z"))[0] ?? run(b, "ZRANDMEMBER z"), /m\d{4}/);
  }
  check(bench(), [
    ["ZRANDMEMBER missing", "$-1|"],
    ["ZRANDMEMBER missing 3", "*0|"],
    ["ZADD z 1 a", ":1|", "typed"],
    ["ZRANDMEMBER z 0", "*0|"],
    ["ZRANDMEMBER z x", NOT_INTEGER],
    ["ZRANDMEMBER z 1 WHAT", SYNTAX],
    ["ZRANDMEMBER z 1 WITHSCORES x", SYNTAX],
    ["ZRANDMEMBER z 9223372036854775807 WITHSCORES", "-ERR value is out of range|"],
    ["ZRANDMEMBER z -2", "*2|$1|a|$1|a|"],
  ]);
});

Deno.test("ZSCAN returns everything once, and filters", () => {
  for (const count of [50, 3000]) {
    const b = bench();
    fill(b, "z", count);
    const seen: string[] = [];
    let cursor = "0";
    do {
      const [next, ...pairs] = strings(run(b, `ZSCAN z ${cursor} COUNT 100`));
      cursor = next;
      for (let i = 0; i < pairs.length; i += 2) {
        assert.equal(Number(pairs[i].slice(1)), Number(pairs[i + 1]));
        seen.push(pairs[i]);
      }
    } while (cursor !== "0");
    assert.equal(seen.length, count);
    assert.equal(new Set(seen).size, count);
    assert.deepEqual(strings(run(b, "ZSCAN z 0 MATCH m0007 COUNT 100000")).slice(1), ["m0007", "7"]);
  }
  const b = check(bench(), [
    ["ZSCAN missing 0 WHAT", "*2|$1|0|*0|"],
    ["ZSCAN missing x", "-ERR invalid cursor|"],
    ["ZADD z 0.1 a", ":1|", "typed"],
    ["ZSCAN z 0 WHAT", SYNTAX],
    ["ZSCAN z 0 COUNT 0", SYNTAX],
    ["ZSCAN z 0", "*2|$1|0|*2|$1|a|$3|0.1|"],
  ]);
  const long = "x".repeat(65);
  b.run("ZADD", "z", "2", long);
  check(b, [["ZSCAN z 0", `*2|$1|0|*4|$1|a|$19|0.10000000000000001|$65|${long}|$1|2|`]]);
});
