import assert from "node:assert/strict";
import fc from "fast-check";
import { byteStringToBytes } from "./byte_string.ts";
import { globMatch, isGlob, MAX_GLOB_STARS } from "./glob.ts";

/** Matches byte strings. */
function match(pattern: string, text: string, nocase = false): boolean {
  const p = byteStringToBytes(pattern);
  const s = byteStringToBytes(text);
  return globMatch(p, 0, p.length, s, 0, s.length, nocase);
}

Deno.test("globMatch: facts of redis-server 7.2.6", () => {
  const yes: [string, string][] = [
    ["a", "a"],
    ["*", "a"],
    ["**", "abc"],
    ["a*", "a"],
    ["*a", "bba"],
    ["*a*", "ba"],
    ["h?llo", "hello"],
    ["h[ae]llo", "hallo"],
    ["h[^e]llo", "hallo"],
    ["h[a-c]llo", "hbllo"],
    ["h[c-a]llo", "hbllo"],
    ["a\\*", "a*"],
    ["a\\", "a\\"],
    ["[\\]]", "]"],
    ["[\\-x]", "-"],
    ["[a-]", "^"],
    ["[abc", "b"],
    ["[^", "x"],
    ["a*b*c", "a__b_bb_c"],
    ["[\x80-\xff]", "\xa0"],
    ["[\xff-a]", "A"],
    ["\xff*", "\xff\x00"],
    ["", ""],
  ];
  const no: [string, string][] = [
    ["*", ""],
    ["**", ""],
    ["", "a"],
    ["a", ""],
    ["a", "A"],
    ["a", "ab"],
    ["ab", "a"],
    ["?", "ab"],
    ["h[^e]llo", "hello"],
    ["a\\*", "ab"],
    ["[", "["],
    ["[]", "]"],
    ["[a-]", "-"],
    ["[abc", "d"],
    ["[a-\xff]", "b"],
    ["*b", "bc"],
    ["a*b*c", "acb"],
  ];
  for (const [pattern, text] of yes) assert.ok(match(pattern, text), `${pattern} should match ${text}`);
  for (const [pattern, text] of no) assert.ok(!match(pattern, text), `${pattern} should not match ${text}`);
});

Deno.test("globMatch: ignoring case", () => {
  assert.ok(match("H?L*o", "hElLO", true));
  assert.ok(match("[A-C]", "b", true));
  assert.ok(match("[xyZ]", "z", true));
  assert.ok(!match("[\\Z]", "z", true), "an escaped byte in a class keeps its case");
  assert.ok(match("\\Z", "z", true));
  assert.ok(!match("[", "{", true));
});

Deno.test("globMatch: only the given ranges are looked at", () => {
  const buf = byteStringToBytes("xxa*yyabcyy");
  assert.ok(globMatch(buf, 2, 4, buf, 6, 9, false));
  assert.ok(!globMatch(buf, 2, 4, buf, 5, 9, false));
  assert.ok(globMatch(buf, 2, 3, buf, 6, 7, false));
  assert.ok(
    globMatch(byteStringToBytes("[ab]"), 0, 3, byteStringToBytes("b"), 0, 1, false),
    "an unclosed class",
  );
});

Deno.test("globMatch: the guard of stars", () => {
  const text = "a".repeat(1500);
  const stars = (count: number) => "a" + "*a".repeat(count);
  assert.ok(match(stars(MAX_GLOB_STARS), text));
  assert.ok(!match(stars(MAX_GLOB_STARS + 1), text));
  assert.ok(match(stars(MAX_GLOB_STARS) + "*", text), "a last star needs no going on");
});

Deno.test("globMatch: an abusive pattern ends soon", () => {
  const steps = "a*".repeat(500) + "b";
  assert.equal(match(steps, "a".repeat(5000)), false);
});

/** Elements with a matcher of their own each: what a pattern means, without its syntax. */
type Element = { readonly text: string; readonly test: ((c: string) => boolean) | "star" };

/** Whether elements match a text, by trying everything. */
function oracle(elements: readonly Element[], text: string): boolean {
  if (elements.length === 0) return text === "";
  const [first, ...rest] = elements;
  if (first.test !== "star") return text !== "" && first.test(text[0]) && oracle(rest, text.slice(1));
  for (let skip = 0; skip <= text.length; skip++) if (oracle(rest, text.slice(skip))) return true;
  return false;
}

const LETTERS = "abAB*[]^-\\?\xff";
const letter = fc.constantFrom(...LETTERS);
const element: fc.Arbitrary<Element> = fc.oneof(
  fc.constant<Element>({ text: "*", test: "star" }),
  fc.constant<Element>({ text: "?", test: () => true }),
  letter.map((c): Element => ({ text: "\\" + c, test: (x) => x === c })),
  fc.constantFrom("a", "b", "A", "\xff").map((c): Element => ({ text: c, test: (x) => x === c })),
  fc.tuple(fc.boolean(), fc.array(letter, { minLength: 1, maxLength: 3 })).map(([not, set]): Element => ({
    text: `[${not ? "^" : ""}${set.map((c) => "\\" + c).join("")}]`,
    test: (x) => set.includes(x) !== not,
  })),
  fc.tuple(fc.constantFrom("a", "A"), fc.constantFrom("b", "B")).map(([from, to]): Element => ({
    text: `[${from}-${to}]`,
    test: (x) => (x >= from && x <= to) || (x >= to && x <= from),
  })),
);

Deno.test("globMatch: agrees with trying everything", () => {
  const text = fc.array(letter, { minLength: 1, maxLength: 8 }).map((chars) => chars.join(""));
  fc.assert(
    fc.property(fc.array(element, { maxLength: 7 }), text, (elements, string) => {
      const pattern = elements.map((each) => each.text).join("");
      assert.equal(match(pattern, string), oracle(elements, string), JSON.stringify([pattern, string]));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("globMatch: whatever the bytes, it answers, and its own text escaped matches", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 30 });
  fc.assert(fc.property(bytes, bytes, fc.boolean(), (pattern, text, nocase) => {
    globMatch(pattern, 0, pattern.length, text, 0, text.length, nocase);
    const escaped = Uint8Array.from([...text].flatMap((byte) => [0x5c, byte]));
    assert.ok(globMatch(escaped, 0, escaped.length, text, 0, text.length, nocase));
  }));
});

Deno.test("isGlob: only [, * and ? make a pattern", () => {
  const check = (text: string) => isGlob(byteStringToBytes(text), 0, text.length);
  assert.deepEqual(["a*", "a?", "[a", "a\\b", "a]", ""].map(check), [true, true, true, false, false, false]);
  assert.equal(isGlob(byteStringToBytes("a*"), 0, 1), false);
});
