import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { GROUPS, parseOptions, splitCommand } from "./options.ts";

Deno.test("the defaults are seven rounds of everything", () => {
  const options = parseOptions([]);
  deepStrictEqual(options.groups, [...GROUPS]);
  strictEqual(options.sizes.rounds, 7);
  strictEqual(options.sizes.rewriteRounds, 5);
  strictEqual(options.sizes.memoryKeys, 2_000_000);
  strictEqual(options.sizes.flushKeys, 5_000_000);
  strictEqual(options.commands, null);
});

Deno.test("quick, full and scale change sizes, an explicit rounds wins", () => {
  strictEqual(parseOptions(["--quick"]).sizes.rounds, 3);
  strictEqual(parseOptions(["--quick", "--rounds", "9"]).sizes.rounds, 9);
  strictEqual(parseOptions(["--quick"]).sizes.memoryKeys, 1_000_000);
  strictEqual(parseOptions(["--full"]).sizes.memoryKeys, 5_000_000);
  strictEqual(parseOptions(["--scale", "0.01"]).sizes.memoryKeys, 20_000);
  ok(parseOptions(["--rounds", "1"]).sizes.rewriteRounds >= 2, "the first one is dropped");
});

Deno.test("only keeps the order of measuring and refuses what it does not know", () => {
  deepStrictEqual(parseOptions(["--only", "idle, cold"]).groups, ["cold", "idle"]);
  throws(() => parseOptions(["--only", "idel"]), /"idel"/);
});

Deno.test("values that make no sense are refused", () => {
  for (const bad of [["--rounds", "x"], ["--scale", "-1"], ["--scale", "0"], ["--nonsense"]]) {
    throws(() => parseOptions(bad));
  }
});

Deno.test("reference may be repeated", () => {
  deepStrictEqual(parseOptions(["--reference", "a b", "--reference=c"]).references, ["a b", "c"]);
});

Deno.test("splitCommand keeps quoted blanks", () => {
  deepStrictEqual(splitCommand(`redis-server  --save "" --dir 'a b' x"y z"`), [
    "redis-server",
    "--save",
    "",
    "--dir",
    "a b",
    "xy z",
  ]);
});
