/** What redis-server refuses is refused here, in the same bytes. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Config } from "../../lib/config/config.ts";
import type { ConfigIo } from "../../lib/config/io.ts";
import { ConfigFileError, trimLine } from "../../lib/config/parse.ts";
import { Directory, diskIo, refusal, toBuffer, withRedis72 } from "./redis_72.ts";
import { INCLUDED_FILES, REFUSED, type Refused } from "./refused.ts";

/** The block that a refused configuration brings, put together from the record. */
function block({ conf, line, shown, error }: Refused): string {
  const where = line === 0
    ? ""
    : `Reading the configuration file, at line ${line}\n>>> '${
      shown ?? trimLine(conf.split("\n")[line - 1])
    }'\n`;
  return `\n*** FATAL CONFIG FILE ERROR (Redis 7.2.6) ***\n${where}${error}\n`;
}

/** A directory with the files that the configurations include. */
function filledDirectory(): Directory {
  const directory = new Directory();
  for (const [name, text] of Object.entries(INCLUDED_FILES)) writeFileSync(join(directory.path, name), text);
  return directory;
}

/** What loading the file t.conf of a directory says. */
function loadError(dir: string): string {
  const io: ConfigIo = {
    ...diskIo(dir),
    renameCommand: (from) => from === "NOSUCH" ? "No such command in rename-command" : undefined,
    // Commands and users are the server's; here stand its answers to the users of the record.
    declareUser: (args) => {
      const word = args[0] === "foo" ? "user" : "on";
      return `Error in user declaration '${word}': Syntax error`;
    },
  };
  try {
    new Config(io).load({ file: "t.conf" });
  } catch (error) {
    assert.ok(error instanceof ConfigFileError, String(error));
    return error.text;
  }
  return "accepted";
}

Deno.test("refused configurations: the recorded blocks", () => {
  using directory = filledDirectory();
  for (const refused of REFUSED) {
    writeFileSync(join(directory.path, "t.conf"), toBuffer(refused.conf));
    assert.equal(loadError(directory.path), block(refused), refused.conf);
  }
});

Deno.test("refused configurations: a real redis-server says the same", async () => {
  await withRedis72("refused configurations", (executable) => {
    using directory = filledDirectory();
    for (const refused of REFUSED) {
      writeFileSync(join(directory.path, "t.conf"), toBuffer(refused.conf));
      assert.equal(refusal(executable, ["t.conf"], directory.path), block(refused), refused.conf);
    }
  });
});
