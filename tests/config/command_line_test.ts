/** The command line means to us what it means to a real redis-server. */

import assert from "node:assert/strict";
import { textToByteString } from "../../lib/base/byte_string.ts";
import { parseCommandLine } from "../../lib/config/command_line.ts";
import { Config } from "../../lib/config/config.ts";
import { ConfigFileError } from "../../lib/config/parse.ts";
import { Directory, diskIo, Redis72, refusal, withRedis72 } from "./redis_72.ts";

const PASSWORD = 'pässwörd "x\\\n';

/** Arguments, and what they must bring about. */
const ACCEPTED: readonly {
  readonly args: readonly string[];
  readonly gives: Readonly<Record<string, string>>;
}[] = [
  { args: ["--save", "60", "1"], gives: { save: "60 1" } },
  { args: ["--save", ""], gives: { save: "" } },
  { args: ["--save", "--loglevel", "verbose"], gives: { save: "", loglevel: "verbose" } },
  { args: ["--loglevel", "verbose", "--save"], gives: { save: "", loglevel: "verbose" } },
  { args: ["--save 60 1"], gives: { save: "60 1" } },
  { args: ["--save", "1 2", "--save", "3 4"], gives: { save: "1 2 3 4" } },
  {
    args: ["--maxmemory 700mb", "--maxmemory-policy volatile-lru"],
    gives: { maxmemory: "734003200", "maxmemory-policy": "volatile-lru" },
  },
  { args: ["--maxmemory '700mb'"], gives: { maxmemory: "734003200" } },
  {
    args: ["--proc-title-template", "--my--template", "--loglevel", "verbose"],
    gives: { "proc-title-template": "--my--template", loglevel: "verbose" },
  },
  {
    args: ["--proc-title-template", "--save", "--save", "", "--loglevel", "verbose"],
    gives: { "proc-title-template": "--save", save: "", loglevel: "verbose" },
  },
  {
    args: ["--shutdown-on-sigint", "nosave", "force", "now", "--shutdown-on-sigterm", "nosave force"],
    gives: { "shutdown-on-sigint": "nosave now force", "shutdown-on-sigterm": "nosave force" },
  },
  { args: ["--masterauth", PASSWORD], gives: { masterauth: textToByteString(PASSWORD) } },
  {
    args: [
      "--client-output-buffer-limit",
      "normal",
      "1",
      "2",
      "3",
      "--client-output-buffer-limit",
      "pubsub 4 5 6",
    ],
    gives: { "client-output-buffer-limit": "normal 1 2 3 slave 268435456 67108864 60 pubsub 4 5 6" },
  },
  { args: ["--loglevel", "debug", "--loglevel", "warning"], gives: { loglevel: "warning" } },
  {
    args: ["--replica-announce-ip", "-", "--timeout", "4"],
    gives: { "replica-announce-ip": "-", timeout: "4" },
  },
  { args: ["--slaveof", "no", "one"], gives: { slaveof: "" } },
  { args: ["--LogLevel", "Verbose"], gives: { loglevel: "verbose" } },
  { args: ["--ignore-warnings", "--", "--timeout", "3"], gives: { "ignore-warnings": "--", timeout: "3" } },
];

/** Arguments that must be refused, and the end of the error block. */
const REFUSED: readonly (readonly [args: readonly string[], end: string])[] = [
  [["--port", "abc"], `at line 2\n>>> 'port "abc"'\nargument couldn't be parsed into an integer\n`],
  [["--foo", "bar"], `at line 2\n>>> 'foo "bar"'\nBad directive or wrong number of arguments\n`],
  [["--port", "1", "--hz"], `at line 3\n>>> 'hz'\nwrong number of arguments\n`],
  [["--port", "1", "2"], `at line 2\n>>> 'port "1" "2"'\nwrong number of arguments\n`],
  [["--port", "-"], `at line 2\n>>> 'port'\nwrong number of arguments\n`],
  [["--port", "--save"], `at line 2\n>>> 'port "--save"'\nargument couldn't be parsed into an integer\n`],
  [
    ['--requirepass "x', "y"],
    `at line 2\n>>> 'requirepass "x "y"'\nUnbalanced quotes in configuration line\n`,
  ],
];

/** Loads what arguments say. */
function load(args: readonly string[], dir: string): Config {
  const parsed = parseCommandLine(args);
  assert.ok(parsed.action === "serve");
  const config = new Config(diskIo(dir));
  config.load({ optionLines: parsed.optionLines });
  return config;
}

/** The names of `gives` with the values that a configuration shows. */
function shown(gives: Readonly<Record<string, string>>, valueOf: (name: string) => string | undefined) {
  return Object.fromEntries(Object.keys(gives).map((name) => [name, valueOf(name)]));
}

Deno.test("command line: what the arguments bring about", () => {
  for (const { args, gives } of ACCEPTED) {
    const config = load(args, "/");
    assert.deepEqual(shown(gives, (name) => config.value(name)), gives, args.join(" "));
  }
});

Deno.test("command line: a real redis-server takes the arguments likewise", async () => {
  await withRedis72("the command line", async (executable) => {
    for (const { args, gives } of ACCEPTED) {
      await using redis = await Redis72.start(
        executable,
        (dir, port) => ["--port", `${port}`, "--dir", dir, ...args],
      );
      const theirs = await redis.configGet("*");
      assert.deepEqual(shown(gives, (name) => theirs.get(name)), gives, args.join(" "));
    }
  });
});

Deno.test("command line: refused arguments", () => {
  for (const [args, end] of REFUSED) {
    assert.throws(() => load(args, "/"), (error) => {
      assert.ok(error instanceof ConfigFileError);
      assert.equal(error.text.slice(-end.length), end, args.join(" "));
      return true;
    });
  }
});

Deno.test("command line: a real redis-server refuses them in the same words", async () => {
  await withRedis72("refused command lines", (executable) => {
    using directory = new Directory();
    for (const [args, end] of REFUSED) {
      assert.equal(refusal(executable, args, directory.path).slice(-end.length), end, args.join(" "));
    }
  });
});
