import assert from "node:assert/strict";
import fc from "fast-check";
import { defineGroup } from "./define.ts";
import {
  getKeys,
  GETKEYS_ARITY,
  GETKEYS_INVALID,
  GETKEYS_NO_KEYS,
  GETKEYS_UNKNOWN_COMMAND,
  getKeysOfLine,
} from "./keys.ts";
import { ALL_COMMANDS, CommandDirectory } from "./table.ts";
import type { CommandMeta, KeySpec } from "./types.ts";

const directory = new CommandDirectory(ALL_COMMANDS);

/** Keys as `position:flags`, or the error. */
function keysOf(line: string): string {
  const keys = getKeysOfLine(directory, line.split(" "));
  return typeof keys === "string"
    ? keys
    : keys.map((key) => `${key.position}:${key.flags.join("+")}`).join(" ");
}

Deno.test("fixed positions and ranges", () => {
  assert.equal(keysOf("GET k"), "1:RO+access");
  assert.equal(keysOf("MSET a 1 b 2"), "1:OW+update 3:OW+update");
  assert.equal(keysOf("BITOP AND d a b"), "2:OW+update 3:RO+access 4:RO+access");
  assert.equal(keysOf("BLPOP a b 0"), "1:RW+access+delete 2:RW+access+delete");
  assert.equal(keysOf("object encoding k"), "2:RO");
});

Deno.test("SET and BITFIELD: the access depends on the options", () => {
  assert.equal(keysOf("SET k v EX 10"), "1:OW+update");
  assert.equal(keysOf("SET k v EX 10 get"), "1:RW+access+update");
  assert.equal(keysOf("SET k get"), "1:OW+update");
  assert.equal(keysOf("BITFIELD k GET u8 0 OVERFLOW FAIL"), "1:RO+access");
  assert.equal(keysOf("BITFIELD k GET u8 0 SET u8 0 1"), "1:RW+access+update");
  assert.equal(keysOf("BITFIELD k nonsense"), "1:RW+access+update");
});

Deno.test("SORT: the last STORE counts, values of other options do not", () => {
  assert.equal(keysOf("SORT k BY store STORE d STORE e"), "1:RO+access 7:OW+update");
  assert.equal(keysOf("SORT k GET store"), "1:RO+access");
  assert.equal(keysOf("SORT k STORE"), "1:RO+access");
  assert.equal(keysOf("SORT_RO k BY x"), "1:RO+access");
});

Deno.test("counted keys", () => {
  assert.equal(keysOf("ZUNIONSTORE d 2 a b"), "1:OW+update 3:RO+access 4:RO+access");
  assert.equal(keysOf("ZUNIONSTORE d 2x a b"), "3: 4: 1:");
  assert.equal(keysOf("ZUNIONSTORE d 3 a b"), GETKEYS_INVALID);
  assert.equal(keysOf("LMPOP 0 a LEFT"), GETKEYS_INVALID);
});

Deno.test("a key behind a keyword", () => {
  assert.equal(keysOf("GEORADIUS k 1 2 3 m STOREDIST d"), "1:RO+access 7:OW+update");
  assert.equal(keysOf("GEORADIUS k 1 2 3 m STORE"), "1:RO+access");
});

Deno.test("errors", () => {
  assert.equal(keysOf("nosuch a"), GETKEYS_UNKNOWN_COMMAND);
  assert.equal(keysOf("config nosuch"), GETKEYS_UNKNOWN_COMMAND);
  assert.equal(keysOf("ping"), GETKEYS_NO_KEYS);
  assert.equal(keysOf("config"), GETKEYS_NO_KEYS);
  assert.equal(keysOf("get a b"), GETKEYS_ARITY);
  assert.equal(keysOf("mget"), GETKEYS_ARITY);
});

/** A command of the test's own with one key spec. */
function withSpec(spec: Pick<KeySpec, "beginSearch" | "findKeys">): CommandMeta {
  return defineGroup("generic")("test", -2, "", "", [{ flags: ["RO"], notes: undefined, ...spec }]);
}

Deno.test("a keyword may be searched from the end, and a range be limited to a part", () => {
  const streams = withSpec({
    beginSearch: { type: "keyword", keyword: "STREAMS", startFrom: 1 },
    findKeys: { type: "range", lastKey: -1, step: 1, limit: 2 },
  });
  const line = ["test", "COUNT", "2", "streams", "a", "b", "0", "0"];
  assert.deepEqual(getKeys(streams, line).map((key) => key.position), [4, 5]);
  const backwards = withSpec({
    beginSearch: { type: "keyword", keyword: "KEYS", startFrom: -2 },
    findKeys: { type: "range", lastKey: -1, step: 1, limit: 0 },
  });
  assert.deepEqual(getKeys(backwards, ["test", "keys", "KEYS", "a", "b"]).map((key) => key.position), [3, 4]);
  assert.deepEqual(getKeys(backwards, ["test", "a", "b"]), []);
});

Deno.test("no line makes a key out of the command's name or of what is not there", () => {
  const words = [
    "a",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "99999999999999999999",
    "STORE",
    "GET",
    "LIMIT",
    "BY",
    "STOREDIST",
  ];
  const withKeys = ALL_COMMANDS.filter((command) => command.keySpecs.length > 0);
  fc.assert(fc.property(
    fc.constantFrom(...withKeys),
    fc.array(fc.constantFrom(...words), { maxLength: 12 }),
    (command, args) => {
      const line = [command.name, ...args];
      const keys = getKeysOfLine(directory, line);
      if (typeof keys === "string") return;
      for (const { position } of keys) {
        assert.ok(position >= 1 && position < line.length, `${line.join(" ")}: ${position}`);
      }
    },
  ));
});
