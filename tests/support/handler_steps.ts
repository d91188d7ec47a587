/** Lines of commands, run on a bench and checked one by one, for tests of handlers. */

import assert from "node:assert/strict";
import { toAscii } from "../../lib/base/ascii.ts";
import { verifyKeyspace } from "../../lib/keyspace/verify.ts";
import { type HandlerBench } from "./handler_bench.ts";

/** The reply to a command for another type, as a {@link Step} has it. */
export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value|";
/** The reply to what should be an integer, as a {@link Step} has it. */
export const NOT_INTEGER = "-ERR value is not an integer or out of range|";
/** The reply to options that do not fit, as a {@link Step} has it. */
export const SYNTAX = "-ERR syntax error|";

/** A line, its reply (`|` ends a line), and what is logged: nothing, `typed`, or other commands. */
export type Step = readonly [line: string, reply: string, logged?: string];

/** Runs a line of words; `""` stands for an empty argument. */
export function run(b: HandlerBench, line: string): string {
  return b.run(...line.split(" ").map((word) => word === '""' ? "" : word));
}

/** Runs lines, and checks what each replies, logs and leaves. @returns the bench, to go on with */
export function check(b: HandlerBench, steps: readonly Step[]): HandlerBench {
  for (const [line, reply, logged = ""] of steps) {
    assert.equal(run(b, line), reply.replaceAll("|", "\r\n"), line);
    assert.equal(b.logged, logged, `logged for ${line}`);
    verifyKeyspace(b.ks);
  }
  return b;
}

/** The strings of an array, map or set reply, flat. */
export function strings(reply: string): string[] {
  return [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((match) => match[1]);
}

/** The name of the encoding that the key has. */
export function encodingOf(b: HandlerBench, key: string): string {
  return b.ks.collections.encodingName(b.ks.peek(b.ks.databases[0], toAscii(key), 0, key.length));
}
