import assert from "node:assert/strict";
import { HYPERLOGLOG_COMMANDS } from "../../lib/commands/hyperloglog.ts";
import { STRING_COMMANDS } from "../../lib/commands/strings.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { HandlerBench } from "../support/handler_bench.ts";

const NOT_HLL = "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n";
const CORRUPTED = "-INVALIDOBJ Corrupted HLL object detected\r\n";
const HEADER = "HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80";
/** As Redis makes them. */
const OPCODES_OF_ABC = "\x60\xf3\x80\x50\xb1\x84\x4b\xfb\x80\x42\x5a";

function bench(): HandlerBench {
  return new HandlerBench({ ...STRING_COMMANDS, ...HYPERLOGLOG_COMMANDS });
}

function bulk(bytes: string): string {
  return `$${bytes.length}\r\n${bytes}\r\n`;
}

/** Runs a command and checks the keyspace; says what was replied. */
function run(b: HandlerBench, ...args: string[]): string {
  const reply = b.run(...args);
  verifyKeyspace(b.ks);
  return reply;
}

Deno.test("PFADD: creates, changes and leaves alone; counts each change", () => {
  const b = bench();
  assert.equal(run(b, "PFADD", "k", "a", "b", "c"), ":1\r\n");
  assert.deepEqual([b.dirty, b.logged], [4, "typed"]);
  assert.equal(run(b, "GET", "k"), bulk(HEADER + OPCODES_OF_ABC));
  assert.equal(run(b, "PFADD", "k", "a", "b"), ":0\r\n");
  assert.equal(b.dirty, 0);
  assert.equal(run(b, "PFADD", "k"), ":0\r\n");
  assert.equal(run(b, "PFADD", "empty"), ":1\r\n");
  assert.equal(b.dirty, 1);
  assert.equal(run(b, "GET", "empty"), bulk(`${HEADER}\x7f\xff`));
});

Deno.test("PFCOUNT: what it computes is stored and logged once", () => {
  const b = bench();
  assert.equal(run(b, "PFCOUNT", "k"), ":0\r\n");
  run(b, "PFADD", "k", "a", "b", "c");
  assert.equal(run(b, "PFCOUNT", "k"), ":3\r\n");
  assert.deepEqual([b.dirty, b.logged], [1, "typed"]);
  assert.equal(run(b, "GET", "k"), bulk(`HYLL\x01\0\0\0\x03\0\0\0\0\0\0\0${OPCODES_OF_ABC}`));
  assert.equal(run(b, "PFCOUNT", "k"), ":3\r\n");
  assert.equal(b.dirty, 0);
  run(b, "PFADD", "k", "d");
  assert.equal(run(b, "PFCOUNT", "k"), ":4\r\n");
  assert.equal(b.dirty, 1);
});

Deno.test("PFCOUNT: a cached cardinality is believed, up to 63 bits", () => {
  const b = bench();
  run(b, "SET", "k", "HYLL\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f\x7f\xff");
  assert.equal(run(b, "PFCOUNT", "k"), ":9223372036854775807\r\n");
  run(b, "SET", "k", "HYLL\x01\0\0\0\xff\xff\xff\xff\xff\xff\x1f\0\x7f\xff");
  assert.equal(run(b, "PFCOUNT", "k"), ":9007199254740991\r\n");
  run(b, "SET", "k", `HYLL${"\0".repeat(11)}\x80${"\xff".repeat(12288)}`);
  assert.equal(run(b, "PFCOUNT", "k"), ":-9223372036854775808\r\n");
  assert.equal(b.dirty, 1);
  assert.equal(run(b, "PFCOUNT", "k", "absent"), ":-9223372036854775808\r\n");
  assert.equal(b.dirty, 0);
});

Deno.test("PFCOUNT of several keys: their union, nothing is stored", () => {
  const b = bench();
  run(b, "PFADD", "x", "a", "b", "c");
  run(b, "PFADD", "y", "c", "d");
  assert.equal(run(b, "PFCOUNT", "x", "absent", "y"), ":4\r\n");
  assert.equal(b.dirty, 0);
  run(b, "PFDEBUG", "TODENSE", "y");
  assert.equal(run(b, "PFCOUNT", "x", "y"), ":4\r\n");
});

Deno.test("PFMERGE: sparse as long as it fits, dense with a dense one", () => {
  const b = bench();
  run(b, "PFADD", "x", "a", "b");
  run(b, "PFADD", "y", "c");
  assert.equal(run(b, "PFMERGE", "z", "x", "y", "absent"), "+OK\r\n");
  assert.deepEqual([b.dirty, b.logged], [1, "typed"]);
  assert.equal(run(b, "GET", "z"), bulk(HEADER + OPCODES_OF_ABC));
  assert.equal(run(b, "PFMERGE", "z"), "+OK\r\n");
  run(b, "PFDEBUG", "TODENSE", "y");
  run(b, "PFMERGE", "z", "y");
  assert.equal(run(b, "PFDEBUG", "ENCODING", "z"), "+dense\r\n");
  assert.equal(run(b, "PFCOUNT", "z"), ":3\r\n");
  b.server.config.hllSparseMaxBytes = 20;
  run(b, "PFMERGE", "w", "x");
  assert.equal(run(b, "PFDEBUG", "ENCODING", "w"), "+dense\r\n");
  assert.equal(run(b, "PFCOUNT", "w"), ":2\r\n");
});

Deno.test("PFADD: grows into the dense representation, and both count the same", () => {
  const b = bench();
  const elements = Array.from({ length: 3000 }, (_, i) => `element ${i}`);
  const dense = bench();
  dense.server.config.hllSparseMaxBytes = 0;
  for (let i = 0; i < elements.length; i += 30) {
    const some = elements.slice(i, i + 30);
    assert.equal(b.run("PFADD", "k", ...some), dense.run("PFADD", "k", ...some));
    assert.equal(b.run("PFCOUNT", "k"), dense.run("PFCOUNT", "k"));
  }
  assert.equal(b.run("PFDEBUG", "ENCODING", "k"), "+dense\r\n");
  assert.equal(b.run("GET", "k"), dense.run("GET", "k"));
  verifyKeyspace(b.ks);
});

Deno.test("a deadline survives every change", () => {
  const b = bench();
  run(b, "SET", "k", `${HEADER}\x7f\xff`, "PXAT", "1800000000000");
  run(b, "PFADD", "k", "a");
  run(b, "PFMERGE", "k", "k");
  run(b, "PFDEBUG", "TODENSE", "k");
  run(b, "PFCOUNT", "k");
  const ref = b.ks.peek(b.ks.databases[0], new Uint8Array([107]), 0, 1);
  assert.equal(b.ks.entries.expireMs(ref), 1_800_000_000_000);
});

Deno.test("what is no HyperLogLog is refused by every command", () => {
  const b = bench();
  const values = ["", "HYLL", "HYLX\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", `HYLL\x02${"\0".repeat(13)}`];
  for (const value of [...values, `HYLL${"\0".repeat(12299)}`, "1234567890123456789"]) {
    run(b, "SET", "k", value);
    for (
      const [name, ...rest] of [["PFADD", "k", "a"], ["PFCOUNT", "k"], ["PFCOUNT", "x", "k"], [
        "PFMERGE",
        "x",
        "k",
      ]]
    ) {
      assert.equal(run(b, name, ...rest), NOT_HLL, name);
      assert.equal(b.dirty, 0);
    }
    assert.equal(run(b, "PFDEBUG", "ENCODING", "k"), NOT_HLL);
  }
  assert.equal(run(b, "GET", "x"), "$-1\r\n");
});

Deno.test("corrupted opcodes are refused, and what was added before stays and is logged", () => {
  const b = bench();
  run(b, "SET", "k", `${HEADER}\x7f\xfe`);
  assert.equal(run(b, "PFCOUNT", "k"), CORRUPTED);
  assert.equal(run(b, "PFCOUNT", "k", "x"), CORRUPTED);
  assert.equal(run(b, "PFMERGE", "x", "k"), CORRUPTED);
  assert.equal(run(b, "PFDEBUG", "TODENSE", "k"), CORRUPTED);
  assert.equal(run(b, "PFDEBUG", "GETREG", "k"), CORRUPTED);
  assert.equal(run(b, "GET", "k"), bulk(`${HEADER}\x7f\xfe`));
  assert.equal(run(b, "GET", "x"), "$-1\r\n");
  // The register of hello is 9216, that of a is 12711: these opcodes end between them.
  run(b, "SET", "k", `HYLL\x01${"\0".repeat(11)}\x6a\xff`);
  assert.equal(run(b, "PFADD", "k", "hello", "a", "hello"), CORRUPTED);
  assert.deepEqual([b.dirty, b.logged], [1, "typed"]);
  assert.equal(run(b, "GET", "k"), bulk(`${HEADER}\x63\xff\x80\x46\xfe`));
  run(b, "SET", "k", HEADER);
  assert.equal(run(b, "PFADD", "k", "a"), CORRUPTED);
  assert.equal(b.dirty, 0);
});

Deno.test("PFDEBUG: shows opcodes and registers", () => {
  const b = bench();
  assert.equal(run(b, "PFDEBUG", "ENCODING", "k"), "-ERR The specified key does not exist\r\n");
  run(b, "PFADD", "k", "a", "b", "c");
  assert.equal(run(b, "PFDEBUG", "encoding", "k"), "+sparse\r\n");
  assert.equal(run(b, "PFDEBUG", "DECODE", "k"), bulk("Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603"));
  assert.equal(run(b, "PFDEBUG", "FOO", "k"), "-ERR Unknown PFDEBUG subcommand 'FOO'\r\n");
  assert.equal(run(b, "PFDEBUG", "TODENSE", "k"), ":1\r\n");
  assert.deepEqual([b.dirty, b.logged], [1, "typed"]);
  assert.equal(run(b, "PFDEBUG", "TODENSE", "k"), ":0\r\n");
  assert.equal(b.dirty, 0);
  assert.equal(run(b, "PFDEBUG", "DECODE", "k"), "-ERR HLL encoding is not sparse\r\n");
  const registers = run(b, "PFDEBUG", "GETREG", "k").split("\r\n:");
  assert.equal(registers.length, 16385);
  assert.equal(registers.slice(1).filter((value) => Number.parseInt(value) > 0).length, 3);
});

Deno.test("PFSELFTEST passes", () => {
  assert.equal(run(bench(), "PFSELFTEST"), "+OK\r\n");
});
