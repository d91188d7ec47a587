import assert from "node:assert/strict";
import { absolutePath, HELP_TEXT, parseCommandLine, TEST_MEMORY_TEXT, versionText } from "./command_line.ts";

/** The option lines that arguments make. */
function lines(...args: string[]): readonly string[] {
  const parsed = parseCommandLine(args);
  assert.equal(parsed.action, "serve");
  return parsed.action === "serve" ? parsed.optionLines : [];
}

Deno.test("command line: nothing, a file, standard input", () => {
  const serve = { action: "serve", configFile: undefined, stdin: false, optionLines: [] };
  assert.deepEqual(parseCommandLine([]), serve);
  assert.deepEqual(parseCommandLine(["a.conf"]), { ...serve, configFile: "a.conf" });
  assert.deepEqual(parseCommandLine(["-"]), { ...serve, stdin: true });
  assert.deepEqual(parseCommandLine(["a.conf", "-"]), { ...serve, configFile: "a.conf", stdin: true });
  assert.deepEqual(parseCommandLine(["a.conf", "--port", "1", "-"]), {
    ...serve,
    configFile: "a.conf",
    stdin: true,
    optionLines: ['port "1" '],
  });
  assert.deepEqual(parseCommandLine(["-", "--port", "1"]), {
    ...serve,
    stdin: true,
    optionLines: ['port "1" '],
  });
});

Deno.test("command line: actions count only as the first argument", () => {
  for (
    const [arg, action] of [["-v", "version"], ["--version", "version"], ["-h", "help"], ["--help", "help"]]
  ) {
    assert.deepEqual(parseCommandLine([arg, "x"]), { action });
  }
  assert.deepEqual(parseCommandLine(["--check-system"]), { action: "check-system" });
  assert.deepEqual(parseCommandLine(["--test-memory", "100"]), { action: "test-memory" });
  assert.deepEqual(lines("--port", "1", "--version"), ['port "1" ', "version "]);
});

Deno.test("command line: options and values become lines", () => {
  assert.deepEqual(lines("--port", "1", "--bind", "::1", "127.0.0.1"), [
    'port "1" ',
    'bind "::1" "127.0.0.1" ',
  ]);
  assert.deepEqual(lines("--port 6380", "--timeout 5"), ["port 6380 ", "timeout 5 "]);
  assert.deepEqual(lines("--requirepass", 'a "b'), ['requirepass "a \\"b" ']);
  assert.deepEqual(lines("--requirepass", "é"), ['requirepass "\\xc3\\xa9" ']);
  assert.deepEqual(lines("stray.conf", "value"), ['"value" ']);
  assert.deepEqual(lines("--replica-announce-ip", "-", "--port", "1"), [
    'replica-announce-ip "-" ',
    'port "1" ',
  ]);
});

Deno.test("command line: the first value of an option may start with dashes, the second may not", () => {
  assert.deepEqual(lines("--proc-title-template", "--my", "--port", "1"), [
    'proc-title-template "--my" ',
    'port "1" ',
  ]);
  assert.deepEqual(lines("--bind", "--x", "--y", "z"), ['bind "--x" ', 'y "z" ']);
});

Deno.test("command line: --save without a value, and --sentinel", () => {
  assert.deepEqual(lines("--save", "--port", "1"), ['save ""', 'port "1" ']);
  assert.deepEqual(lines("--port", "1", "--save"), ['port "1" ', 'save ""']);
  assert.deepEqual(lines("--save", ""), ['save "" ']);
  assert.deepEqual(lines("--SAVE", "60", "1"), ['SAVE "60" "1" ']);
  assert.deepEqual(lines("--sentinel", "--port", "1"), ["sentinel ", 'port "1" ']);
});

Deno.test("absolutePath: as far as text goes", () => {
  assert.equal(absolutePath("/a/b", "/c"), "/a/b");
  assert.equal(absolutePath(" a ", "/c"), "/c/a");
  assert.equal(absolutePath("a", "/"), "/a");
  assert.equal(absolutePath("../a", "/c/d"), "/c/a");
  assert.equal(absolutePath("../../../a", "/c/d"), "/a");
  assert.equal(absolutePath("./a/../b", "/c"), "/c/./a/../b");
});

Deno.test("version and help", () => {
  assert.match(
    versionText(),
    /^vellum server v=\d+\.\d+\.\d+ sha=[0-9a-f]{8}:0 malloc=\S+ bits=64 build=\S+ redis=7\.2\.6\n$/,
  );
  assert.match(HELP_TEXT, /^Usage: vellum /);
  assert.ok(TEST_MEMORY_TEXT.endsWith("\n"));
});
