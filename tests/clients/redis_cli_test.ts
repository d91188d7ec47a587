/** redis-cli, where it is installed: commands and bulk loading. */

import assert from "node:assert/strict";
import { commandText } from "../support/resp.ts";
import { withCli } from "./programs.ts";

Deno.test("redis-cli: commands on its command line and on its standard input", async () => {
  await withCli(async (cli) => {
    assert.equal(await cli(["SET", "a b", "c d"]), "OK\n");
    assert.equal(await cli(["GET", "a b"]), "c d\n");
    assert.equal(await cli(["-3", "GET", "none"]), "\n");
    assert.equal(await cli([], "INCR n\nINCR n\nnosuch\n").then((text) => text.slice(0, 8)), "1\n2\nERR ");
    assert.match(await cli(["INFO", "server"]), /redis_version:/);
    assert.match(await cli(["-r", "3", "PING"]), /^PONG\nPONG\nPONG\n$/);
  });
});

Deno.test("redis-cli: --pipe loads a file of commands", async () => {
  await withCli(async (cli) => {
    const commands = Array.from({ length: 20_000 }, (_, i) => commandText(["SET", `pipe:${i}`, `v${i}`]))
      .join("");
    const text = await cli(["--pipe"], commands);
    assert.match(text, /errors: 0, replies: 20000/);
    assert.equal(await cli(["GET", "pipe:19999"]), "v19999\n");
  });
});
