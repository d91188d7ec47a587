/**
 * Stock configuration files load unmodified.
 *
 * The directives that they set are recorded; whole files are read where they
 * are: `VELLUM_REDIS_CONF` (paths, separated by colons) and where Debian keeps
 * its own.
 */

import assert from "node:assert/strict";
import { accessSync, constants, readFileSync } from "node:fs";
import process from "node:process";
import { bytesToByteString } from "../../lib/base/byte_string.ts";
import { Config } from "../../lib/config/config.ts";
import { DIRECTIVES } from "../../lib/config/directives.ts";
import { STOCK_62, STOCK_72, STOCK_COMMON } from "./stock_conf.ts";

const DEBIAN = "/etc/redis/redis.conf";

/** Whether a file is there and may be read. */
function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** A configuration of one text. */
function load(text: string): Config {
  const config = new Config();
  config.load({ stdin: text });
  return config;
}

/** The names that the warnings speak of. */
function warned(config: Config): (string | undefined)[] {
  return config.unsupportedWarnings().map((line) => /'([^']*)'/.exec(line)?.[1]);
}

Deno.test("stock files: what 6.2 sets", () => {
  const config = load(STOCK_COMMON + STOCK_62);
  assert.equal(config.value("hash-max-listpack-entries"), "512");
  assert.equal(config.value("list-max-listpack-size"), "-2");
  assert.deepEqual(warned(config), ["repl-diskless-sync"]);
  assert.equal(config.appendonly, false, "what a file says goes before our default");
});

Deno.test("stock files: what 7.2 sets", () => {
  const config = load(STOCK_COMMON + STOCK_72);
  assert.deepEqual(warned(config), []);
  assert.deepEqual(config.bind, ["127.0.0.1", "-::1"]);
  const rewritten = config.rewrite(STOCK_COMMON + STOCK_72);
  assert.deepEqual(load(rewritten).get(["*"]), config.get(["*"]));
});

Deno.test("stock files: a file that sets every directive to its default", () => {
  const config = new Config();
  const lines = DIRECTIVES.map(({ name }) => {
    const value = config.value(name);
    if (name === "replicaof") return "replicaof no one";
    return value === "" || name === "proc-title-template" ? `${name} "${value}"` : `${name} ${value}`;
  });
  const all = load(lines.join("\n"));
  assert.deepEqual(all.get(["*"]), config.get(["*"]));
  assert.deepEqual(warned(all), []);
});

Deno.test("stock files: whole files, where they are", () => {
  const paths = [DEBIAN, ...(process.env.VELLUM_REDIS_CONF ?? "").split(":")]
    .filter((path) => path !== "" && isReadable(path));
  if (paths.length === 0) console.log(`NOT READ: no readable ${DEBIAN}, nothing in VELLUM_REDIS_CONF`);
  for (const path of paths) {
    const text = bytesToByteString(readFileSync(path));
    const config = load(text);
    const rewritten = config.rewrite(text);
    const comments = (of: string) => of.split("\n").filter((line) => /^ *#/.test(line)).length;
    assert.ok(comments(rewritten) >= comments(text), path);
    assert.ok(!rewritten.includes("# ???"), path);
    assert.deepEqual(load(rewritten).get(["*"]), config.get(["*"]), path);
  }
});
