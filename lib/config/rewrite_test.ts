import assert from "node:assert/strict";
import fc from "fast-check";
import { Config } from "./config.ts";
import { REWRITE_SIGNATURE } from "./rewrite.ts";

/** Lines that a rewrite always adds, with no directory to speak of. */
const ALWAYS = ['dir "."', "latency-tracking-info-percentiles 50 99 99.9", 'save ""'];

/** Rewrites `text` after loading it and setting `pairs`. */
function rewrite(text: string, pairs: [string, string][] = [], users?: string[]): string {
  const config = new Config();
  config.load({ stdin: text });
  assert.equal(config.set(pairs), undefined);
  return config.rewrite(text, users);
}

Deno.test("rewrite: no file yet", () => {
  const config = new Config();
  assert.equal(config.rewrite(undefined), [REWRITE_SIGNATURE, ...ALWAYS, ""].join("\n"));
  config.set([["timeout", "5"]]);
  assert.equal(config.rewrite(""), [REWRITE_SIGNATURE, ...ALWAYS, "timeout 5", ""].join("\n"));
});

Deno.test("rewrite: comments, order and blank lines stay; lines change in place", () => {
  const old = "# my server\n\n\n  timeout   5\n# keep alive\nTCP-KEEPALIVE 100\nsave 1 2\n";
  const text = rewrite(old, [["timeout", "7"]]);
  assert.equal(
    text,
    "# my server\n\ntimeout 7\n# keep alive\ntcp-keepalive 100\nsave 1 2\n\n" +
      `${REWRITE_SIGNATURE}\n${ALWAYS[0]}\n${ALWAYS[1]}\n`,
  );
});

Deno.test("rewrite: a line stays although its value is the default, and the signature comes once", () => {
  const old = `timeout 5\n${REWRITE_SIGNATURE}\nhz 20\n`;
  const text = rewrite(old, [["timeout", "0"], ["maxmemory", "1gb"]]);
  assert.ok(text.startsWith(`timeout 0\n${REWRITE_SIGNATURE}\nhz 20\n`));
  assert.ok(text.includes("\nmaxmemory 1gb\n"));
  assert.equal(text.split(REWRITE_SIGNATURE).length, 2);
});

Deno.test("rewrite: superfluous lines go, aliases become names", () => {
  const old = "timeout 1\ntimeout 2\nsave 1 2\nsave 3 4\nslave-priority 7\nhash-max-ziplist-value 5\n";
  const text = rewrite(old, [["save", "9 9"]]);
  assert.ok(
    text.startsWith(
      `timeout 2\n\nsave 9 9\n\nreplica-priority 7\nhash-max-listpack-value 5\n\n${REWRITE_SIGNATURE}\n`,
    ),
    text,
  );
});

Deno.test("rewrite: what is not set leaves the file", () => {
  const text = rewrite("requirepass x\nreplicaof h 1\npidfile /x\n", [["requirepass", ""]]);
  assert.ok(text.startsWith('\nreplicaof h 1\npidfile "/x"\n'), text);
});

Deno.test("rewrite: bind keeps its line at the default", () => {
  assert.ok(rewrite("bind 127.0.0.1 -::1\n").startsWith("bind 127.0.0.1 -::1\n"));
  assert.ok(!rewrite("").includes("bind"));
  assert.ok(rewrite("bind 1.1.1.1\n", [["bind", ""]]).startsWith('bind ""\n'));
});

Deno.test("rewrite: lines of other meaning", () => {
  const old =
    "include x*.conf\nrename-command A B\nuser old on\nloadmodule m\nlua-replicate-commands yes\nm.x 1\n";
  const kept = "include x*.conf\nrename-command A B\n";
  assert.ok(
    rewrite(old).startsWith(
      `${kept}user old on\nloadmodule m\n# ??? lua-replicate-commands yes\n# ??? m.x 1\n`,
    ),
  );
  assert.ok(
    rewrite(old, [], ["default on nopass"]).startsWith(`${kept}user default on nopass\nloadmodule m\n`),
  );
});

Deno.test("rewrite: a line that cannot be understood becomes a comment", () => {
  const text = new Config().rewrite('nosuch 1\nrequirepass "x\n');
  assert.ok(text.startsWith('# ??? nosuch 1\n# ??? requirepass "x\n'), text);
});

Deno.test("rewrite: quoting, units, octal, percent", () => {
  const text = rewrite("unixsocketperm 700\n", [
    ["requirepass", 'a "b"\\\n\0\xff'],
    ["maxmemory-clients", "5%"],
    ["auto-aof-rewrite-min-size", "1025"],
    ["client-output-buffer-limit", "pubsub 1gb 1kb 3"],
    ["notify-keyspace-events", "gKE"],
  ]);
  for (
    const line of [
      "unixsocketperm 700",
      'requirepass "a \\"b\\"\\\\\\n\\x00\\xff"',
      "maxmemory-clients 5%",
      "auto-aof-rewrite-min-size 1025",
      "client-output-buffer-limit pubsub 1gb 1kb 3",
      'notify-keyspace-events "gKE"',
    ]
  ) assert.ok(text.split("\n").includes(line), line);
  assert.ok(!text.includes("client-output-buffer-limit normal"));
});

Deno.test("rewrite: loading the result gives the same configuration, and rewriting it the same text", () => {
  const byte = fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c));
  const password = fc.array(byte, { maxLength: 20 }).map((chars) => chars.join(""));
  const points = fc.array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.nat(1e6)), { maxLength: 4 });
  fc.assert(
    fc.property(
      password,
      points,
      fc.bigInt(0n, (1n << 64n) - 1n),
      fc.nat(100),
      (text, save, size, percent) => {
        const config = new Config();
        const error = config.set([
          ["requirepass", text],
          ["save", save.flat().join(" ")],
          ["maxmemory", String(size)],
          ["maxmemory-clients", `${percent}%`],
        ]);
        assert.equal(error, undefined);
        const first = config.rewrite("# x\nsave 1 1\nsave 2 2\nmaxmemory 1\n");
        const again = new Config();
        again.load({ stdin: first });
        assert.deepEqual(again.get(["*"]), config.get(["*"]));
        const second = again.rewrite(first);
        assert.equal(again.rewrite(second), second);
      },
    ),
  );
});
