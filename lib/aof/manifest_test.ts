import assert from "node:assert/strict";
import fc from "fast-check";
import { isManifestError, parseManifest } from "./manifest.ts";

/** The error that a text gives, with the number of the line. */
function refused(text: string): [string, number, string | undefined] {
  const result = parseManifest(text);
  assert.ok(isManifestError(result), text);
  return [result.error, result.lineNumber, result.line];
}

Deno.test("manifest: base, history and increments, with comments", () => {
  const text = "# made by hand\nfile a.2.base.rdb seq 2 type b\nfile a.1.incr.aof seq 1 type h\n" +
    "file a.2.incr.aof seq 2 type i\nfile a.5.incr.aof seq 5 type i\n";
  assert.deepEqual(parseManifest(text), {
    base: { name: "a.2.base.rdb", seq: 2, type: "b" },
    history: [{ name: "a.1.incr.aof", seq: 1, type: "h" }],
    incr: [{ name: "a.2.incr.aof", seq: 2, type: "i" }, { name: "a.5.incr.aof", seq: 5, type: "i" }],
  });
});

Deno.test("manifest: order and case of keywords, quotes, unknown pairs, numbers with a tail", () => {
  const text = 'TYPE incr Seq 3x FILE "a b\\x41\\n" future "x y"\r\n';
  const result = parseManifest(text);
  assert.ok(!isManifestError(result));
  assert.deepEqual(result.incr, [{ name: "a bA\n", seq: 3, type: "i" }]);
  assert.equal(result.base, undefined);
});

Deno.test("manifest: what Redis refuses, in its words", () => {
  const bad = "Invalid AOF manifest file format";
  const long = "The AOF manifest file contains too long line";
  assert.deepEqual(refused(""), ["Found an empty AOF manifest", 0, undefined]);
  assert.deepEqual(refused("\n"), [bad, 1, ""]);
  assert.deepEqual(refused("file a seq 1\n"), [bad, 1, "file a seq 1"]);
  assert.deepEqual(refused("file a seq 1 type b x\n"), [bad, 1, "file a seq 1 type b x"]);
  assert.deepEqual(refused("file a seq 0 type b\n"), [bad, 1, "file a seq 0 type b"]);
  assert.deepEqual(refused('file a seq 1 type ""\n'), [bad, 1, 'file a seq 1 type ""']);
  assert.deepEqual(refused('file "a seq 1 type b\n'), [bad, 1, 'file "a seq 1 type b']);
  assert.deepEqual(refused("file a seq 1 type b"), [long, 1, undefined]);
  assert.deepEqual(refused("file a\0 seq 1 type b\n"), [long, 1, undefined]);
  assert.deepEqual(refused(`file ${"a".repeat(1024)} seq 1 type b\n`), [long, 1, undefined]);
  assert.deepEqual(refused("file ../a seq 1 type b\n")[0], "File can't be a path, just a filename");
  assert.deepEqual(refused("file a seq 1 type b\nfile b seq 2 type b\n"), [
    "Found duplicate base file information",
    2,
    "file b seq 2 type b",
  ]);
  for (const second of [2, 1, -5]) {
    const line = `file b seq ${second} type i`;
    assert.deepEqual(refused(`file a seq 2 type i\n${line}\n`), [
      "Found a non-monotonic sequence number",
      2,
      line,
    ]);
  }
  assert.deepEqual(refused("file a seq 1 type x\n")[0], "Unknown AOF file type");
});

Deno.test("manifest: a line of 1024 bytes with its end is not too long", () => {
  const rest = " seq 1 type i\n";
  const name = "a".repeat(1024 - rest.length - "file ".length);
  assert.ok(!isManifestError(parseManifest(`file ${name}${rest}`)));
  assert.ok(isManifestError(parseManifest(`file a${name}${rest}`)));
});

Deno.test("manifest: any text gives a manifest or an error, never more", () => {
  const piece = fc.constantFrom(
    "file",
    "seq",
    "type",
    "b",
    "i",
    "h",
    " ",
    "\n",
    "1",
    "2",
    '"',
    "\\",
    "\0",
    "#",
    "a/b",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
    const result = parseManifest(pieces.join(""));
    assert.ok(isManifestError(result) ? result.error !== "" : Array.isArray(result.incr));
  }));
});
