/** CONFIG REWRITE makes of the same file and the same changes what a real redis-server makes of them. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToByteString } from "../../lib/base/byte_string.ts";
import { Config } from "../../lib/config/config.ts";
import { REWRITE_SIGNATURE } from "../../lib/config/rewrite.ts";
import { diskIo, Redis72, toBuffer, withRedis72 } from "./redis_72.ts";

const USERS = ["default on nopass sanitize-payload ~* &* +@all"];
const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");

/** What stands behind the lines that make the defaults of both the same; and what is set then. */
const CASES: readonly { readonly conf: string; readonly sets: readonly [string, string][] }[] = [
  { conf: "", sets: [] },
  {
    conf: "# hello\n\n\n# x\nmaxmemory 1gb\nMaxMemory 2gb\n\n\n\nsave 1 2\nsave 3 4 5 6\n",
    sets: [["maxmemory", "100mb"]],
  },
  {
    conf:
      "hash-max-ziplist-entries 12\nslave-priority 3\nlist-max-ziplist-value 3\nlua-replicate-commands yes\n",
    sets: [["hash-max-ziplist-value", "3k"], ["requirepass", ""]],
  },
  {
    conf: `client-output-buffer-limit pubsub 1 2 3\n${REWRITE_SIGNATURE}\n`,
    sets: [["client-output-buffer-limit", "normal 1gb 512mb 10 replica 0 0 0"], ["masterauth", ALL_BYTES]],
  },
  {
    conf: '  timeout   5  \r\nrename-command LASTSAVE ""\nlatency-tracking-info-percentiles 1 2\n',
    sets: [
      ["shutdown-on-sigint", "force nosave"],
      ["maxmemory-clients", "5%"],
      ["notify-keyspace-events", "KEA"],
      ["oom-score-adj-values", "1 2 3"],
      ["proc-title-template", 'a "{title}"'],
      ["latency-tracking-info-percentiles", ""],
    ],
  },
  {
    conf: 'unixsocketperm 700\nlogfile ""\nsyslog-ident x\npidfile /tmp/none.pid\nlatency-tracking yes\n',
    sets: [["save", ""], ["maxmemory", "1500"], ["auto-aof-rewrite-min-size", "1025"], [
      "repl-backlog-size",
      "2mb",
    ]],
  },
  {
    conf:
      'bind 127.0.0.1 ::1\nbind 127.0.0.1\nnotify-keyspace-events ""\nmaxmemory-clients 0\nmaxmemory-clients 10%',
    sets: [["maxmemory-clients", "0%"]],
  },
];

/** Lines to start with. */
function commonLines(dir: string, port: number): string {
  return `port ${port}\ndir ${dir}\nappendonly no\nsave 60 1\naof-use-rdb-preamble yes\nbind 127.0.0.1\n`;
}

/** The text with its appended lines sorted: their order is arbitrary in Redis. */
function settled(text: string): string {
  const lines = text.split("\n");
  const signature = lines.indexOf(REWRITE_SIGNATURE);
  return [...lines.slice(0, signature + 1), ...lines.slice(signature + 1).sort()].join("\n");
}

Deno.test("CONFIG REWRITE: the same file as a real redis-server", async () => {
  await withRedis72("CONFIG REWRITE", async (executable) => {
    for (const { conf, sets } of CASES) {
      await using redis = await Redis72.start(executable, (dir, port) => {
        writeFileSync(join(dir, "r.conf"), toBuffer(commonLines(dir, port) + conf));
        return ["r.conf"];
      });
      const old = commonLines(redis.dir, redis.port) + conf;
      const config = new Config(diskIo(redis.dir));
      config.load({ file: "r.conf" });
      for (const pair of sets) {
        assert.equal(await redis.command("CONFIG", "SET", ...pair), "OK");
        assert.equal(config.set([pair]), undefined);
      }
      assert.equal(await redis.command("CONFIG", "REWRITE"), "OK");
      const theirs = bytesToByteString(readFileSync(join(redis.dir, "r.conf")));
      assert.equal(settled(config.rewrite(old, USERS)), settled(theirs));
    }
  });
});

Deno.test("CONFIG REWRITE: each rewritten file loads to the same values, and settles", () => {
  for (const { conf, sets } of CASES) {
    const old = commonLines("/", 7000) + conf;
    const config = new Config();
    config.load({ stdin: old });
    assert.equal(config.set(sets), undefined);
    const first = config.rewrite(old, USERS);
    const again = new Config();
    again.load({ stdin: first });
    assert.deepEqual(again.get(["*"]), config.get(["*"]));
    const second = again.rewrite(first, USERS);
    assert.equal(again.rewrite(second, USERS), second);
  }
});
