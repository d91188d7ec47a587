import assert from "node:assert/strict";
import fc from "fast-check";
import { fallbackValue, fieldValue, formatValue } from "./codec.ts";
import { Config, sensitiveSetArguments } from "./config.ts";
import { FLAG_IMMUTABLE } from "./directive.ts";
import { DIRECTIVE_NAMES, DIRECTIVES, lookupDirective } from "./directives.ts";
import { APPENDFSYNC_ALWAYS, MAXMEMORY_ALLKEYS_LFU, SHUTDOWN_NOSAVE, SHUTDOWN_NOW } from "./enums.ts";
import { ConfigFields, fieldName } from "./fields.ts";
import { NOTIFY_ALL, NOTIFY_KEYEVENT } from "./specials.ts";

Deno.test("tables: names are unique, defaults are within bounds", () => {
  assert.equal(DIRECTIVES.length, 183);
  assert.equal(new Set(DIRECTIVE_NAMES.map((entry) => entry.name)).size, DIRECTIVE_NAMES.length);
  for (const directive of DIRECTIVES) {
    if (directive.kind !== "number") continue;
    assert.ok(directive.fallback >= directive.min && directive.fallback <= directive.max, directive.name);
  }
});

Deno.test("fields: each mirrors a directive, and everything acted on has one", () => {
  const fields = Object.entries(new ConfigFields());
  const byField = new Map(DIRECTIVES.map((directive) => [fieldName(directive.name), directive]));
  for (const [field, initial] of fields) {
    const directive = byField.get(field);
    assert.ok(directive !== undefined, field);
    const value = fieldValue(directive, fallbackValue(directive));
    assert.equal(typeof value, typeof initial, field);
    if (!Array.isArray(initial)) assert.equal(value, initial, field);
  }
  const known = new Set(fields.map(([field]) => field));
  for (const directive of DIRECTIVES) {
    if (directive.support === "yes") assert.ok(known.has(fieldName(directive.name)), directive.name);
  }
});

Deno.test("fields: follow every change", () => {
  const config = new Config();
  assert.equal(
    config.set([
      ["appendfsync", "always"],
      ["maxmemory", "100mb"],
      ["maxmemory-policy", "allkeys-lfu"],
      ["shutdown-on-sigterm", "now nosave"],
      ["notify-keyspace-events", "EA"],
      ["lazyfree-lazy-expire", "yes"],
      ["latency-tracking-info-percentiles", "50 99.99"],
    ]),
    undefined,
  );
  assert.equal(config.appendfsync, APPENDFSYNC_ALWAYS);
  assert.equal(config.maxmemory, 100 << 20);
  assert.equal(config.maxmemoryPolicy, MAXMEMORY_ALLKEYS_LFU);
  assert.equal(config.shutdownOnSigterm, SHUTDOWN_NOSAVE | SHUTDOWN_NOW);
  assert.equal(config.notifyKeyspaceEvents, NOTIFY_ALL | NOTIFY_KEYEVENT);
  assert.equal(config.lazyfreeLazyExpire, true);
  assert.deepEqual(config.latencyTrackingInfoPercentiles, [50, 99.99]);
});

Deno.test("get: values as Redis shows them", () => {
  const config = new Config();
  config.load({ stdin: "unixsocketperm 770\nmaxmemory 1gb\nsave 3600 1 300 100\nmaxmemory-clients 5%\n" });
  assert.deepEqual(config.get(["unixsocketperm"]), [["unixsocketperm", "770"]]);
  assert.deepEqual(config.get(["maxmemory"]), [["maxmemory", "1073741824"]]);
  assert.deepEqual(config.get(["save"]), [["save", "3600 1 300 100"]]);
  assert.deepEqual(config.get(["maxmemory-clients"]), [["maxmemory-clients", "5%"]]);
  assert.deepEqual(config.get(["client-output-buffer-limit"]), [[
    "client-output-buffer-limit",
    "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
  ]]);
  assert.equal(config.unixsocketperm, 0o770);
});

Deno.test("get: vellum's own defaults", () => {
  const own = new Config().get([
    "appendonly",
    "save",
    "dir",
    "bind",
    "protected-mode",
    "aof-use-rdb-preamble",
  ]);
  assert.deepEqual(own.map(([, value]) => value), ["yes", "", ".", "127.0.0.1 -::1", "yes", "no"]);
});

Deno.test("get: patterns, aliases, case, hidden names, no duplicates", () => {
  const config = new Config();
  assert.deepEqual(config.get(["APPENDfsync"]), [["APPENDfsync", "everysec"]]);
  assert.deepEqual(config.get(["appendf*", "appendfsync"]).map(([name]) => name), [
    "appendfilename",
    "appendfsync",
  ]);
  assert.deepEqual(config.get(["slave-read-only", "*-READ-only"]).map(([name]) => name), [
    "slave-read-only",
    "replica-read-only",
  ]);
  assert.deepEqual(config.get(["key-load-delay"]), [["key-load-delay", "0"]]);
  assert.deepEqual(config.get(["key-load-dela?"]), []);
  assert.deepEqual(config.get(["nosuch", "include", "user"]), []);
  assert.deepEqual(config.get(["[a]ppendonly"]), [["appendonly", "yes"]]);
});

Deno.test("set: each refusal in its words", () => {
  const config = new Config();
  const failed = (name: string, why: string) =>
    `ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`;
  const cases: [[string, string][], string][] = [
    [[["nosuch", "1"]], "ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"],
    [[["no\r\nsuch", "1"]], "ERR Unknown option or number of arguments for CONFIG SET - 'no  such'"],
    [[["include", "x"]], "ERR Unknown option or number of arguments for CONFIG SET - 'include'"],
    [[["DAEMONIZE", "yes"]], failed("DAEMONIZE", "can't set immutable config")],
    [[["appendfilename", "a/b"]], failed("appendfilename", "can't set immutable config")],
    [[["dir", "/tmp"]], failed("dir", "can't set protected config")],
    [[["hz", "5"], ["HZ", "6"]], failed("HZ", "duplicate parameter")],
    [[["HZ", "x"]], failed("hz", "argument couldn't be parsed into an integer")],
    [[["slave-priority", "x"]], failed("slave-priority", "argument couldn't be parsed into an integer")],
    [
      [["maxmemory-clients", "200%"]],
      failed("maxmemory-clients", "percentage argument must be less or equal to 100"),
    ],
    [[["daemonize", "x"], ["nosuch", "1"]], failed("daemonize", "can't set immutable config")],
    [
      [["nosuch", "1"], ["daemonize", "x"]],
      "ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'",
    ],
    [
      [["shutdown-on-sigint", "save nosave"]],
      failed("shutdown-on-sigint", "shutdown options SAVE and NOSAVE can't be used simultaneously"),
    ],
    [
      [["appendfsync", "sometimes"]],
      failed("appendfsync", "argument(s) must be one of the following: everysec, always, no"),
    ],
  ];
  for (const [pairs, reply] of cases) assert.equal(config.set(pairs), reply);
});

Deno.test("set: while loading", () => {
  const config = new Config();
  const loading = { loading: true };
  assert.equal(config.set([["appendonly", "no"]], loading), "LOADING Redis is loading the dataset in memory");
  assert.equal(config.set([["nosuch", "1"], ["appendonly", "no"]], loading)?.slice(0, 11), "ERR Unknown");
  assert.equal(config.set([["hz", "20"]], loading), undefined);
  assert.equal(config.appendonly, true);
});

Deno.test("set: a directive and its alias are no duplicates, as in Redis", () => {
  const config = new Config();
  const pairs: [string, string][] = [["hash-max-listpack-entries", "1"], ["hash-max-ziplist-entries", "2"]];
  assert.equal(config.set(pairs), undefined);
  assert.equal(config.hashMaxListpackEntries, 2);
});

Deno.test("set: protected directives by enable-protected-configs and where the client is", () => {
  const set = (mode: string, localClient: boolean) => {
    const config = new Config();
    config.load({ stdin: `enable-protected-configs ${mode}` });
    return config.set([["dbfilename", "x.rdb"]], { localClient }) === undefined;
  };
  assert.deepEqual([set("no", true), set("local", false), set("local", true), set("yes", false)], [
    false,
    false,
    true,
    true,
  ]);
});

Deno.test("set: all or nothing, values first, then listeners", () => {
  const config = new Config();
  const calls: string[] = [];
  let complaint: string | undefined = "Unable to listen on this port. Check server logs.";
  config.onChange("hz", () => void calls.push(`hz ${config.hz}`));
  config.onChange("port", () => {
    calls.push(`port ${config.port}`);
    return config.port === 6379 ? undefined : complaint;
  });
  const pairs: [string, string][] = [["maxmemory", "1mb"], ["hz", "20"], ["port", "7000"]];
  assert.equal(
    config.set([...pairs, ["timeout", "x"]]),
    "ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer",
  );
  assert.deepEqual(calls, []);
  assert.deepEqual([config.maxmemory, config.hz, config.port], [0, 10, 6379]);
  assert.equal(
    config.set(pairs),
    `ERR CONFIG SET failed (possibly related to argument 'port') - ${complaint}`,
  );
  assert.deepEqual(calls, ["hz 20", "port 7000", "hz 10", "port 6379"]);
  assert.deepEqual([config.maxmemory, config.hz, config.port], [0, 10, 6379]);
  assert.equal(config.warnings.length, 1);
  complaint = undefined;
  assert.equal(config.set(pairs), undefined);
  assert.deepEqual([config.maxmemory, config.hz, config.port], [1 << 20, 20, 7000]);
});

Deno.test("set: listeners run once per command, and not for what stays the same", () => {
  const config = new Config();
  let calls = 0;
  const apply = () => void calls++;
  for (const name of ["port", "bind", "timeout", "tls-cert-file", "oom-score-adj-values"]) {
    config.onChange(name, apply);
  }
  config.set([["port", "1"], ["timeout", "2"], ["bind", "::1"]]);
  assert.equal(calls, 1);
  config.set([["port", "1"], ["timeout", "2"], ["oom-score-adj-values", "0 200 800"]]);
  assert.equal(calls, 1);
  config.set([["bind", "::1"]]);
  assert.equal(calls, 2, "an address list is bound anew");
  config.set([["tls-cert-file", ""]]);
  assert.equal(calls, 3, "a file may have changed");
});

Deno.test("set: a directory that cannot be entered, and the way back", () => {
  const entered: string[] = [];
  const config = new Config({
    readFile: () => "enable-protected-configs yes\ndir /start\n",
    changeDirectory(path) {
      if (path === "/nowhere") throw Object.assign(new Error(), { strerror: "No such file or directory" });
      entered.push(path);
      return path;
    },
  });
  config.load({ file: "x" });
  assert.equal(
    config.set([["dir", "/nowhere"]]),
    "ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory",
  );
  assert.notEqual(config.set([["dir", "/other"], ["hz", "x"]]), undefined);
  assert.deepEqual(entered, ["/start", "/other", "/start"]);
  assert.equal(config.dir, "/start");
});

Deno.test("set: hz is held to 1..500", () => {
  const config = new Config();
  config.set([["hz", "100000"]]);
  assert.equal(config.value("hz"), "500");
  config.set([["hz", "0"]]);
  assert.equal(config.hz, 1);
});

Deno.test("set: sizes beyond 2^53 stay exact in CONFIG GET", () => {
  const config = new Config();
  config.set([["maxmemory", "18446744073709551615"]]);
  assert.equal(config.value("maxmemory"), "18446744073709551615");
});

Deno.test("set: any shown value can be set again", () => {
  const config = new Config();
  for (const directive of DIRECTIVES) {
    if (
      (directive.flags & FLAG_IMMUTABLE) !== 0 || directive.name === "dir" || directive.name === "dbfilename"
    ) continue;
    const shown = formatValue(directive, fallbackValue(directive));
    assert.equal(config.set([[directive.name, shown]]), undefined, directive.name);
    assert.equal(config.value(directive.name), shown, directive.name);
  }
});

Deno.test("set: whatever the value, an error changes nothing and success is shown", () => {
  const settable = DIRECTIVES.filter((directive) => (directive.flags & FLAG_IMMUTABLE) === 0);
  const value = fc.oneof(fc.string({ unit: "binary-ascii", maxLength: 12 }), fc.integer().map(String));
  fc.assert(
    fc.property(fc.constantFrom(...settable), value, (directive, text) => {
      const config = new Config();
      const before = config.get(["*"]);
      const error = config.set([[directive.name, text]]);
      if (error !== undefined) assert.deepEqual(config.get(["*"]), before);
      else assert.equal(config.set([[directive.name, config.value(directive.name)]]), undefined);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("unsupportedWarnings: one line for what is kept and not at its default, without its value", () => {
  const config = new Config();
  assert.deepEqual(config.unsupportedWarnings(), []);
  config.load({
    stdin: "port 7000\nio-threads 4\nmasterauth secret\nreplica-priority 100\nslave-read-only no\n",
  });
  const warnings = config.unsupportedWarnings();
  assert.deepEqual(warnings.map((line) => /'([^']*)'/.exec(line)?.[1]), [
    "io-threads",
    "masterauth",
    "replica-read-only",
  ]);
  assert.ok(!warnings.join("").includes("secret"));
});

Deno.test("sensitiveSetArguments: positions within the command", () => {
  assert.deepEqual(sensitiveSetArguments(["requirepass", "port", "MASTERAUTH", "nosuch", "masteruser"]), [
    3,
    7,
    11,
  ]);
});

Deno.test("lookups of what does not exist are bugs", () => {
  assert.throws(() => new Config().value("nosuch"), /name is nosuch/);
  assert.throws(() => new Config().onChange("nosuch", () => undefined), /name is nosuch/);
  assert.equal(lookupDirective("LUA-time-limit")?.directive.name, "busy-reply-threshold");
});
