import assert from "node:assert/strict";
import { expandPathGlob, isPathGlob } from "./path_glob.ts";

const TREE: Readonly<Record<string, string[]>> = {
  ".": ["a.conf", "b.conf", "sub", ".hidden"],
  "sub": ["c.conf", "d.txt"],
  "/": ["etc"],
  "/etc": ["x", "y"],
  "/etc/x": ["one.conf", "[odd].conf"],
  "/etc/y": ["two.conf"],
};

/** The paths that match in the tree. */
function expand(pattern: string): string[] {
  return expandPathGlob(pattern, (path) => TREE[path]);
}

Deno.test("expandPathGlob: names, directories, classes", () => {
  assert.deepEqual(expand("*.conf"), ["a.conf", "b.conf"]);
  assert.deepEqual(expand("s*/*.conf"), ["sub/c.conf"]);
  assert.deepEqual(expand("/etc/*/*.conf"), ["/etc/x/[odd].conf", "/etc/x/one.conf", "/etc/y/two.conf"]);
  assert.deepEqual(expand("/etc/[!x]/*"), ["/etc/y/two.conf"]);
  assert.deepEqual(expand("/etc/x/\\[odd\\].c*"), ["/etc/x/[odd].conf"]);
  assert.deepEqual(expand("[ab].conf"), ["a.conf", "b.conf"]);
});

Deno.test("expandPathGlob: nothing found, and hidden names", () => {
  assert.deepEqual(expand("nowhere/*"), []);
  assert.deepEqual(expand("*.none"), []);
  assert.deepEqual(expand("*hidden"), []);
  assert.deepEqual(expand(".h*"), [".hidden"]);
});

Deno.test("isPathGlob", () => {
  assert.deepEqual(["a*", "a?", "[a"].map(isPathGlob), [true, true, true]);
  assert.equal(isPathGlob("/etc/a.conf"), false);
});
