/**
 * Loaded before every test file (`--preload` in deno.json): no test may hang without a name.
 *
 * A test that has not ended after {@link LIMIT_MS} fails with that as its reason. One that never gives the
 * thread back cannot be ended from within: for those the names of all tests go to the file `VELLUM_TEST_TRACE`
 * as they begin (`>`) and end (`<`), and `.ci/run` prints the ones that never ended.
 */

import { appendFileSync } from "node:fs";
import process from "node:process";

/** Longer than any test needs, the crash tests of `VELLUM_CRASH=full` on a busy machine included. */
const LIMIT_MS = 300_000;
const trace = process.env.VELLUM_TEST_TRACE;

type Body = (t: Deno.TestContext) => void | Promise<void>;

function note(mark: string, t: Deno.TestContext): void {
  if (trace !== undefined) appendFileSync(trace, `${mark} ${t.origin.slice(-60)} ${t.name}\n`);
}

/** The same body, with an end. */
function watched(body: Body): Body {
  return async (t) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Cannot finish: ran for ${LIMIT_MS / 1000} s`)), LIMIT_MS);
    });
    note(">", t);
    try {
      await Promise.race([body(t), late]);
    } finally {
      clearTimeout(timer);
      note("<", t);
    }
  };
}

const define = Deno.test as unknown as (...args: unknown[]) => void;

/** `Deno.test` in the forms that this project uses: `(name, body)` and `({ name, fn, … })`. */
function test(first: string | Deno.TestDefinition, body?: Body): void {
  if (typeof first === "string") define(first, watched(body as Body));
  else define({ ...first, fn: watched(first.fn) });
}

Object.defineProperty(Deno, "test", { value: test, configurable: true });
