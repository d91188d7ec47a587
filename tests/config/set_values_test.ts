/** CONFIG SET of many odd values to every directive: a real redis-server answers the same and shows the same. */

import assert from "node:assert/strict";
import { Config } from "../../lib/config/config.ts";
import { type Directive, FLAG_IMMUTABLE, FLAG_PROTECTED } from "../../lib/config/directive.ts";
import { DIRECTIVES } from "../../lib/config/directives.ts";
import { Redis72, withRedis72 } from "./redis_72.ts";

const VALUES: readonly string[] = [
  ...["", " ", "0", "1", "-1", "5", "100", "101", "1000", "99999", "65535", "65536", "07", "0x10", "1.5"],
  ...[" 5", "5 ", "+5", "1 2", "1  2", "1 2 3", "yes", "NO", "maybe", "abc", "a/b", "a\\b", "dump.rdb"],
  ...["2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296"],
  ...["9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616"],
  ...["1k", "1kb", "64mb", "1G", "2gb", "1tb", "mb", "b", "-1mb", "1 mb", "50%", "101%", "-5%", "%", "0%"],
  ...["900 1 300 10", "60 0", "0 60", "60 -1", "1 99999999999"],
  ...["everysec", "ALWAYS", "no", "default", "save nosave", "nosave now force", "save now", "now now"],
  ...["local", "allkeys-lru", "volatile-ttl", "debug", "nothing", "ip", "unknown-endpoint", "ignore"],
  ...["panic-on-replicas", "swapdb", "resetchannels", "clients", "relative", "absolute", "optional"],
  ...["normal 0 0 0", "replica 1mb 1kb 10", "slave 1 2 3 pubsub 4kb 5gb 6", "master 0 0 0", "normal 0 0"],
  ...["pubsub 1x 0 0", "replica 1 1 -1", "replica 1 1 5x", "nobody 0 0 0"],
  ...["0 200 800", "0 200 3000", "5 4 3", "1 2 x", "KEA", "An", "AKE", "g$lshzxetd", "gnm", "Kq"],
  ...["50 99.9", "0 100", "100.1", "-0.5", "1e1 2.50", "inf", "nan", "0x1f 3", "33.3333333"],
  ...["{title}", "{foo}", "x{{y", "{", "{}", "}", "   ", "{server-mode}", "{port} {title}", "{title"],
  ...["host.name-1", "bad_host", "a".repeat(255), "a".repeat(256), "\xff\xfe", "pa$$"],
];

/** Directives that a client may not set freely without harm to the server or the connection. */
const TOUCHY = new Set([
  ...["appendonly", "bind", "dir", "locale-collate", "maxclients", "oom-score-adj", "oom-score-adj-values"],
  ...["port", "requirepass", "timeout", "tls-cluster", "tls-port", "tls-replication", "watchdog-period"],
  ...["client-output-buffer-limit", "maxmemory-clients", "crash-log-enabled", "activedefrag"],
  "repl-backlog-size", // replication, where there is one, holds it to 16 KiB at least
]);

/** Of these only values that must be refused, or are known to be harmless, are sent. */
const HARMLESS = new Map([
  ["client-output-buffer-limit", ["replica 1mb 1kb 10", "slave 1 2 3", "normal 0 0 0", "replica 5gb 1k 0"]],
  ["maxmemory-clients", ["50%", "100%", "0", "1gb", "0%"]],
  ["activedefrag", ["no", "yes"]],
  ["repl-backlog-size", ["64mb", "20000"]],
  ["crash-log-enabled", ["yes", "no"]],
]);

/** The values that are tried on a directive. */
function valuesFor(directive: Directive): readonly string[] {
  if (!TOUCHY.has(directive.name)) return VALUES;
  const refused = VALUES.filter((value) => new Config().set([[directive.name, value]]) !== undefined);
  return [...refused, ...HARMLESS.get(directive.name) ?? []];
}

Deno.test("CONFIG SET: a real redis-server takes and refuses the same values in the same words", async () => {
  await withRedis72("CONFIG SET", async (executable) => {
    const start = ["appendonly no", 'save ""', "enable-protected-configs no"];
    await using redis = await Redis72.start(
      executable,
      (dir, port) => ["--port", `${port}`, "--dir", dir, ...start.map((line) => `--${line}`)],
    );
    const config = new Config();
    config.load({ stdin: [...start, "aof-use-rdb-preamble yes"].join("\n") });
    let compared = 0;
    for (const directive of DIRECTIVES) {
      const { name, flags } = directive;
      const values = (flags & (FLAG_IMMUTABLE | FLAG_PROTECTED)) !== 0 ? ["1"] : valuesFor(directive);
      const commands = values.flatMap((value) => [["CONFIG", "SET", name, value], ["CONFIG", "GET", name]]);
      const replies = await redis.pipeline(commands);
      values.forEach((value, i) => {
        const error = config.set([[name, value]]);
        const what = `CONFIG SET ${name} ${JSON.stringify(value)}`;
        assert.equal(error === undefined ? "OK" : `-${error}`, replies[2 * i], what);
        const [, shown] = replies[2 * i + 1] as string[];
        // The ports and the directory are the test's own.
        if (!["port", "dir", "bind"].includes(name)) assert.equal(config.value(name), shown, what);
        compared++;
      });
    }
    assert.ok(compared > 10_000, String(compared));
  });
});

Deno.test("CONFIG SET: several pairs, refused by a real redis-server in the same words", async () => {
  const cases: [string, string][][] = [
    [["nosuch", "1"]],
    [["maxmemory", "1"], ["nosuch", "2"]],
    [["daemonize", "yes"], ["nosuch", "2"]],
    [["nosuch", "2"], ["daemonize", "yes"]],
    [["maxmemory", "1"], ["MaxMemory", "2"]],
    [["hz", "20"], ["timeout", "x"], ["tcp-keepalive", "y"]],
    [["Slave-Priority", "x"]],
    [["dir", "/tmp"]],
    [["hash-max-ziplist-entries", "1"], ["hash-max-listpack-entries", "2"]],
  ];
  const config = new Config();
  const replies = cases.map((pairs) => config.set(pairs));
  assert.equal(replies.filter((reply) => reply === undefined).length, 1);
  await withRedis72("CONFIG SET of several pairs", async (executable) => {
    await using redis = await Redis72.start(executable, (dir, port) => ["--port", `${port}`, "--dir", dir]);
    for (const [i, pairs] of cases.entries()) {
      const reply = await redis.command("CONFIG", "SET", ...pairs.flat());
      assert.equal(replies[i] === undefined ? "OK" : `-${replies[i]}`, reply, JSON.stringify(pairs));
    }
    for (const name of ["maxmemory", "hz", "timeout", "hash-max-listpack-entries"]) {
      assert.equal((await redis.configGet(name)).get(name), config.value(name));
    }
  });
});
