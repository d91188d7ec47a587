import assert from "node:assert/strict";
import { BITMAP_COMMANDS } from "../../lib/commands/bitmaps.ts";
import { LCS_COMMANDS } from "../../lib/commands/lcs.ts";
import { STRING_COMMANDS } from "../../lib/commands/strings.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { HandlerBench } from "../support/handler_bench.ts";
import { check, run } from "../support/handler_steps.ts";

function bench(): HandlerBench {
  return new HandlerBench({ ...STRING_COMMANDS, ...LCS_COMMANDS, ...BITMAP_COMMANDS });
}

Deno.test("SET: options decide what is stored, replied and logged", () => {
  check(bench(), [
    ["SET k v", "+OK|", "typed"],
    ["SET k v NX", "$-1|", ""],
    ["SET n v XX", "$-1|", ""],
    ["SET k w XX GET", "$1|v|", "SET k w XX"],
    ["SET k w get GET NX", "$1|w|", ""],
    ["SET new v NX GET", "$-1|", "SET new v NX"],
    ["SET k v EX 10", "+OK|", "SET k v PXAT 1700000010000"],
    ["SET k v PX 10 GET", "$1|v|", "SET k v PXAT 1700000000010"],
    ["SET k v EXAT 1800000000 NX", "$-1|", ""],
    ["SET k v EXAT 1800000000", "+OK|", "SET k v PXAT 1800000000000"],
    ["SET k v PXAT 1800000000000", "+OK|", "typed"],
    ["SET k v PXAT 1800000000000 GET", "$1|v|", "typed"],
    ["SET k v KEEPTTL GET", "$1|v|", "SET k v KEEPTTL"],
    ["SET k v NX XX", "-ERR syntax error|", ""],
    ["SET k v EX 1 KEEPTTL", "-ERR syntax error|", ""],
    ["SET k v EX", "-ERR syntax error|", ""],
    ["SET k v PERSIST", "-ERR syntax error|", ""],
    ["SET k v EX 0", "-ERR invalid expire time in 'set' command|", ""],
    ["SET k v EX x", "-ERR value is not an integer or out of range|", ""],
    ["SET k v EX 9223372036854775", "-ERR invalid expire time in 'set' command|", ""],
    ["SET k v PX 9223372036854775807", "-ERR invalid expire time in 'set' command|", ""],
    ["SET k v PXAT 9223372036854775807", "+OK|", "typed"],
  ]);
});

Deno.test("SET: a deadline in the past leaves no key, KEEPTTL does not revive one", () => {
  const b = bench();
  run(b, "SET k v PXAT 1");
  assert.equal(run(b, "GET k"), "$-1\r\n");
  run(b, "SET k v PX 5");
  b.ks.nowMs += 10;
  run(b, "SET k w KEEPTTL");
  assert.equal(run(b, "GET k"), "$1\r\nw\r\n");
  verifyKeyspace(b.ks);
});

Deno.test("SETEX, PSETEX, SETNX, GETSET, GETDEL, GETEX: logged with absolute times, as plain commands", () => {
  check(bench(), [
    ["SETEX k 10 v", "+OK|", "SET k v PXAT 1700000010000"],
    ["PSETEX k 10 v", "+OK|", "SET k v PXAT 1700000000010"],
    ["SETEX k 0 v", "-ERR invalid expire time in 'setex' command|", ""],
    ["PSETEX k -1 v", "-ERR invalid expire time in 'psetex' command|", ""],
    ["SETNX k v", ":0|", ""],
    ["SETNX n v", ":1|", "typed"],
    ["GETSET k w", "$1|v|", "SET k w"],
    ["GETSET g w", "$-1|", "SET g w"],
    ["GETEX k", "$1|w|", ""],
    ["GETEX k PERSIST", "$1|w|", ""],
    ["GETEX k EX 10", "$1|w|", "PEXPIREAT k 1700000010000"],
    ["GETEX k PERSIST", "$1|w|", "PERSIST k"],
    ["GETEX k PXAT 1700000000000", "$1|w|", "DEL k"],
    ["GETEX k PX 5", "$-1|", ""],
    ["GETEX g EX 1 PX 1", "-ERR syntax error|", ""],
    ["GETEX g EX -1", "-ERR invalid expire time in 'getex' command|", ""],
    ["GETDEL g", "$1|w|", "DEL g"],
    ["GETDEL g", "$-1|", ""],
  ]);
});

Deno.test("GETEX: what is past is unlinked under lazyfree-lazy-expire, kept while loading", () => {
  const b = bench();
  run(b, "MSET k v l w");
  b.server.config.lazyfreeLazyExpire = true;
  run(b, "GETEX k EXAT 1");
  assert.equal(b.logged, "UNLINK k");
  b.server.loading = true;
  run(b, "GETEX l EXAT 1");
  assert.equal(b.logged, "PEXPIREAT l 1000");
});

Deno.test("INCR and relatives: int64 without loss, its limits refused", () => {
  check(bench(), [
    ["INCR k", ":1|", "typed"],
    ["DECRBY k 3", ":-2|", "typed"],
    ["SET k 9007199254740991", "+OK|", "typed"],
    ["INCR k", ":9007199254740992|", "typed"],
    ["INCR k", ":9007199254740993|", "typed"],
    ["INCRBY k 9214364837600034814", ":9223372036854775807|", "typed"],
    ["INCR k", "-ERR increment or decrement would overflow|", ""],
    ["DECRBY k 9223372036854775807", ":0|", "typed"],
    ["DECRBY k -9223372036854775808", "-ERR decrement would overflow|", ""],
    ["DECRBY k 9223372036854775807", ":-9223372036854775807|", "typed"],
    ["DECR k", ":-9223372036854775808|", "typed"],
    ["DECR k", "-ERR increment or decrement would overflow|", ""],
    ["INCRBY k 9223372036854775807", ":-1|", "typed"],
    ["INCRBY k 1.0", "-ERR value is not an integer or out of range|", ""],
    ["SET k 01", "+OK|", "typed"],
    ["INCR k", "-ERR value is not an integer or out of range|", ""],
  ]);
});

Deno.test("INCRBYFLOAT: the sum is logged", () => {
  check(bench(), [
    ["INCRBYFLOAT k 10.5", "$4|10.5|", "SET k 10.5 KEEPTTL"],
    ["INCRBYFLOAT k 0.1", "$4|10.6|", "SET k 10.6 KEEPTTL"],
    ["INCRBYFLOAT k -10.6", "$1|0|", "SET k 0 KEEPTTL"],
    ["INCRBYFLOAT k x", "-ERR value is not a valid float|", ""],
    ["INCRBYFLOAT k inf", "-ERR increment would produce NaN or Infinity|", ""],
    ["SET k x", "+OK|", "typed"],
    ["INCRBYFLOAT k 1", "-ERR value is not a valid float|", ""],
  ]);
});

Deno.test("APPEND, SETRANGE, GETRANGE: grow with zeros, up to proto-max-bulk-len", () => {
  const b = bench();
  b.server.config.protoMaxBulkLen = 100_000;
  assert.equal(run(b, 'APPEND k ""'), ":0\r\n");
  assert.equal(b.dirty, 1);
  assert.equal(run(b, "SETRANGE k 99990 0123456789"), ":100000\r\n");
  const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
  assert.equal(run(b, "APPEND k x"), tooLong);
  assert.equal(run(b, "SETRANGE k 99991 0123456789"), tooLong);
  assert.equal(run(b, "SETRANGE k 9223372036854775807 x"), tooLong);
  assert.equal(run(b, "SETRANGE k -1 x"), "-ERR offset is out of range\r\n");
  assert.equal(run(b, 'SETRANGE absent 5 ""'), ":0\r\n");
  assert.equal(b.dirty, 0);
  assert.equal(run(b, "GETRANGE k 99988 -8"), "$5\r\n\0\x00012\r\n");
  assert.equal(run(b, "GETRANGE k -9223372036854775807 -9223372036854775808"), "$0\r\n\r\n");
  verifyKeyspace(b.ks);
});

Deno.test("MSET, MSETNX: all pairs or none", () => {
  check(bench(), [
    ["MSET a 1 b 2", "+OK|", "typed"],
    ["MSET a 1 b", "-ERR wrong number of arguments for 'mset' command|", ""],
    ["MSETNX c 1 a 2", ":0|", ""],
    ["MSETNX c 1 c 2", ":1|", "typed"],
    ["MGET a b c d", "*4|$1|1|$1|2|$1|2|$-1|", ""],
  ]);
});

Deno.test("LCS: string, length and ranges; a map in RESP3", () => {
  const b = bench();
  run(b, "MSET a ohmytext b mynewtext");
  assert.equal(run(b, "LCS a b"), "$6\r\nmytext\r\n");
  assert.equal(run(b, "LCS a b LEN"), ":6\r\n");
  const body = "$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n$3\r\nlen\r\n:6\r\n";
  assert.equal(run(b, "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"), `*4\r\n${body}`);
  b.useResp3();
  assert.equal(run(b, "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"), `%2\r\n${body}`);
  assert.match(run(b, "LCS a b IDX LEN"), /^-ERR If you want both the length and indexes/);
});

Deno.test("SETBIT, BITFIELD: only what changes is counted", () => {
  check(bench(), [
    ["SETBIT k 7 1", ":0|", "typed"],
    ["SETBIT k 7 1", ":1|", ""],
    ["SETBIT k 15 0", ":0|", "typed"],
    ["GETBIT k 7", ":1|", ""],
    ["SETBIT k 4294967296 1", "-ERR bit offset is not an integer or out of range|", ""],
    ["SETBIT k 1 2", "-ERR bit is not an integer or out of range|", ""],
    ["BITFIELD k SET u8 0 1 GET u8 #1", "*2|:1|:0|", ""],
    ["BITFIELD k OVERFLOW FAIL INCRBY u2 6 3", "*1|$-1|", ""],
    ["BITFIELD k OVERFLOW SAT INCRBY u2 6 9", "*1|:3|", "typed"],
    ["BITFIELD k SET i8 0 -9223372036854775808", "*1|:3|", "typed"],
    ["BITFIELD_RO k SET u8 0 1", "-ERR BITFIELD_RO only supports the GET subcommand|", ""],
  ]);
});

Deno.test("BITFIELD: a string that only grew is logged", () => {
  const b = bench();
  assert.equal(run(b, "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256"), "*1\r\n$-1\r\n");
  assert.equal(run(b, "STRLEN k"), ":1\r\n");
  run(b, "BITFIELD l OVERFLOW FAIL INCRBY u8 0 256");
  assert.equal(b.logged, "typed");
});

Deno.test("BITOP: the destination may be an operand, more than once, and loses its deadline", () => {
  const b = bench();
  for (const size of [3, 5000, 40_000, 70_000]) {
    const value = "\x0f\xf0\xff".repeat(size);
    b.run("SET", "d", value, "EX", "10");
    b.run("SET", "s", "\xff".repeat(size));
    assert.equal(run(b, "BITOP XOR d d s d"), `:${size * 3}\r\n`);
    assert.equal(run(b, "GET d"), `$${size * 3}\r\n${"\xff".repeat(size)}${"\0".repeat(size * 2)}\r\n`);
    verifyKeyspace(b.ks);
    assert.equal(b.ks.databases[0].expires.size, 0);
  }
  assert.equal(run(b, "BITOP AND d absent"), ":0\r\n");
  assert.equal(b.dirty, 1);
  assert.equal(run(b, "BITOP AND d absent"), ":0\r\n");
  assert.equal(b.dirty, 0);
});
