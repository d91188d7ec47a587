import assert from "node:assert/strict";
import { Config } from "./config.ts";
import type { ConfigIo } from "./io.ts";
import { ConfigFileError, errorBlock, trimLine } from "./parse.ts";

/** A file system of a few files. */
function files(contents: Record<string, string>): ConfigIo {
  return {
    readFile(path) {
      const text = contents[path];
      if (text === undefined) {
        throw Object.assign(new Error("open"), { strerror: "No such file or directory" });
      }
      return text;
    },
    listDirectory(directory) {
      const prefix = directory === "." ? "" : directory.replace(/\/?$/, "/");
      const names = Object.keys(contents)
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length).split("/")[0]);
      return [...new Set(names)];
    },
  };
}

/** A configuration of one text. */
function load(text: string, io?: ConfigIo): Config {
  const config = new Config(io);
  config.load({ stdin: text });
  return config;
}

/** The error text that a configuration causes. */
function errorOf(act: () => unknown): ConfigFileError {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof ConfigFileError, String(error));
    return error;
  }
  assert.fail("the configuration was accepted");
}

Deno.test("load: the error block, byte for byte", () => {
  const error = errorOf(() => load("# first\n  foo bar  \n"));
  assert.equal(
    error.text,
    "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.6) ***\n" +
      "Reading the configuration file, at line 2\n" +
      ">>> 'foo bar'\n" +
      "Bad directive or wrong number of arguments\n",
  );
  assert.equal(error.message, error.text);
  assert.equal(error.isLogLine, false);
  assert.equal(errorBlock(0, "", "x"), "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.6) ***\nx\n");
});

Deno.test("load: comments, blank lines, white space, case, CRLF", () => {
  const config = load("\n  # port 1\n\t PORT \t 7000 \r\nAppendFsync ALWAYS\r\n\x0b\n#");
  assert.equal(config.port, 7000);
  assert.equal(config.value("appendfsync"), "always");
});

Deno.test("load: quoting keeps bytes", () => {
  assert.equal(load(`requirepass "a b\\x00\\xffc\\n"`).requirepass, "a b\0\xffc\n");
  assert.equal(load(`requirepass 'a\\'b "c'`).requirepass, `a'b "c`);
  assert.equal(load(`"requirepass" x"y z"`).requirepass, "xy z");
});

Deno.test("load: a text ends at its first NUL unless it is binary", () => {
  const config = load(`pidfile "a\\x00b"\nmasterauth "a\\x00b"`);
  assert.equal(config.value("pidfile"), "a");
  assert.equal(config.value("masterauth"), "a\0b");
});

Deno.test("load: the last of several lines counts; save lines add up", () => {
  const config = load("port 1\nport 2\nsave 900 1\nsave 300 10 60 10000\n");
  assert.equal(config.port, 2);
  assert.equal(config.value("save"), "900 1 300 10 60 10000");
  assert.deepEqual(config.save[2], { seconds: 60, changes: 10000 });
  assert.equal(load('save 900 1\nsave ""\nsave 5 6').value("save"), "5 6");
  assert.equal(load('save 900 1\nsave ""').value("save"), "");
});

Deno.test("load: several arguments within one pair of quotes", () => {
  assert.equal(load('save "900 1"').value("save"), "900 1");
  assert.equal(load('shutdown-on-sigterm "nosave now"').value("shutdown-on-sigterm"), "nosave now");
  assert.equal(load('bind "127.0.0.1 ::1"').value("bind"), "127.0.0.1 ::1");
  assert.deepEqual(load('bind ""').bind, []);
});

Deno.test("load: output buffer limits merge by class", () => {
  const config = load("client-output-buffer-limit normal 1kb 1k 5\nclient-output-buffer-limit slave 2mb 0 0");
  assert.equal(
    config.value("client-output-buffer-limit"),
    "normal 1024 1000 5 slave 2097152 0 0 pubsub 33554432 8388608 60",
  );
  assert.deepEqual(config.clientOutputBufferLimit[0], { hardBytes: 1024, softBytes: 1000, softSeconds: 5 });
});

Deno.test("load: an include is read in place, its error names its own line", () => {
  const io = files({ "a.conf": "port 5\ninclude b.conf\ntimeout 9", "b.conf": "port 6\ntimeout 1" });
  const config = load("port 1\ninclude a.conf\n", io);
  assert.equal(config.port, 6);
  assert.equal(config.timeout, 9);
  const error = errorOf(() => load("include bad.conf", files({ "bad.conf": "\n\nport x" })));
  assert.match(error.text, /at line 3\n>>> 'port x'\nargument couldn't be parsed into an integer\n$/);
});

Deno.test("load: include with a pattern reads the matching files in order, or none", () => {
  const io = files({ "d/2.conf": "port 2", "d/1.conf": "port 1\n", "d/.3.conf": "port 3", "d/x": "port 9" });
  assert.equal(load("include d/*.conf", io).port, 2);
  assert.equal(load("include d/[13].conf", io).port, 1);
  assert.equal(load("include d/nothing*", io).port, 6379);
  assert.equal(load("include nowhere/*", io).port, 6379);
});

Deno.test("load: a missing file is a line for the log", () => {
  const error = errorOf(() => load("include gone.conf", files({})));
  assert.equal(error.text, "Fatal error, can't open config file 'gone.conf': No such file or directory");
  assert.equal(error.isLogLine, true);
  assert.ok(errorOf(() => new Config(files({})).load({ file: "gone.conf" })).isLogLine);
});

Deno.test("load: includes that never end are an error", () => {
  const error = errorOf(() => load("include loop.conf", files({ "loop.conf": "include loop.conf" })));
  assert.match(error.text, /Too many nested include directives\n$/);
});

Deno.test("load: file, standard input and options follow each other", () => {
  const config = new Config(files({ "x.conf": "port 1\ntimeout 1\ntcp-keepalive 1\n" }));
  config.load({ file: "x.conf", stdin: "timeout 2\ntcp-keepalive 2\n", optionLines: ['tcp-keepalive "3"'] });
  assert.deepEqual([config.port, config.timeout, config.tcpKeepalive], [1, 2, 3]);
});

Deno.test("load: words that only files know", () => {
  const asked: string[] = [];
  const io: ConfigIo = {
    ...files({}),
    renameCommand(from, to) {
      asked.push(`${from}>${to}`);
      return from === "NOSUCH" ? "No such command in rename-command" : undefined;
    },
    declareUser: (args) => args[1] === "bad" ? "Error in user declaration" : void asked.push(args.join(" ")),
  };
  const config = load(
    'rename-command FLUSHALL ""\nuser alice on >x\nloadmodule /m.so a\nm.x 1 2\nsentinel',
    io,
  );
  assert.deepEqual(asked, ["FLUSHALL>", "alice on >x"]);
  assert.deepEqual(config.commandRenames, [{ from: "FLUSHALL", to: "" }]);
  assert.deepEqual(config.unsupportedWarnings().length, 2);
  assert.match(
    errorOf(() => load("rename-command NOSUCH a", io)).text,
    /No such command in rename-command\n$/,
  );
  assert.match(errorOf(() => load("user a bad", io)).text, /Error in user declaration\n$/);
});

Deno.test("load: dir is what the environment says after the change", () => {
  const io: ConfigIo = { ...files({}), changeDirectory: (path) => "/abs/" + path };
  const config = load("dir data", io);
  assert.equal(config.dir, "/abs/data");
  assert.equal(config.value("dir"), "/abs/data");
  assert.equal(load("dir data").dir, "data");
});

Deno.test("load: the cluster has one database and no master", () => {
  const config = load("cluster-enabled yes");
  assert.equal(config.databases, 1);
  assert.deepEqual(config.warnings, [
    "WARNING: Changing databases number from 16 to 1 since we are in cluster mode",
  ]);
  assert.match(
    errorOf(() => load("cluster-enabled yes\nreplicaof h 1")).text,
    /\*\*\*\nreplicaof directive not allowed in cluster mode\n$/,
  );
});

Deno.test("load: names of paths are decoded, other texts are bytes", () => {
  const config = load(`appendfilename "\\xc3\\xa9.aof"\nrequirepass "\\xc3\\xa9"\npidfile "\\xff"`);
  assert.equal(config.appendfilename, "é.aof");
  assert.equal(config.value("appendfilename"), "\xc3\xa9.aof");
  assert.equal(config.requirepass, "\xc3\xa9");
  assert.equal(config.pidfile, "\xff");
});

Deno.test("trimLine", () => {
  assert.equal(trimLine(" \t\r\n a b \r"), "a b");
  assert.equal(trimLine("\x0ba"), "\x0ba");
});
