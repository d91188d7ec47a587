/** Which arguments MONITOR and the slow log must not show. */

import assert from "node:assert/strict";
import { toAscii } from "../base/ascii.ts";
import { argsOf } from "../resp/args.ts";
import { ALL_HANDLERS } from "./all.ts";
import { secretArguments } from "./redact.ts";
import { CommandTable } from "./table.ts";

const table = new CommandTable(ALL_HANDLERS);

function secrets(name: string, ...words: string[]): readonly number[] {
  const spec = table.all.get(name);
  assert.ok(spec !== undefined);
  return secretArguments(spec, argsOf(words.map(toAscii)));
}

Deno.test("secretArguments: passwords of AUTH and HELLO, as far as HELLO was read", () => {
  assert.deepEqual(secrets("auth", "AUTH", "p"), [1]);
  assert.deepEqual(secrets("auth", "AUTH", "u", "p"), [1, 2]);
  assert.deepEqual(secrets("auth", "AUTH", "u", "p", "x"), []);
  assert.deepEqual(secrets("hello", "HELLO"), []);
  assert.deepEqual(secrets("hello", "HELLO", "3", "auth", "u", "p"), [3, 4]);
  assert.deepEqual(secrets("hello", "HELLO", "3", "SETNAME", "AUTH", "AUTH", "u", "p", "odd"), [5, 6]);
  assert.deepEqual(secrets("hello", "HELLO", "3", "AUTH", "u"), []);
  assert.deepEqual(secrets("hello", "HELLO", "9", "AUTH", "u", "p"), []);
});

Deno.test("secretArguments: sensitive values of CONFIG SET, nothing elsewhere", () => {
  assert.deepEqual(secrets("config|set", "CONFIG", "SET", "hz", "10", "REQUIREPASS", "p"), [5]);
  assert.deepEqual(secrets("config|set", "CONFIG", "SET", "hz", "10", "requirepass"), []);
  assert.deepEqual(secrets("set", "SET", "auth", "p"), []);
});
