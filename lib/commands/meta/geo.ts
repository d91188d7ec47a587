/**
 * Geo commands: positions kept as scores of sorted sets.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup, key, keyAfter } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("geo");

/** The group "geo" in alphabetical order. */
export const GEO_COMMANDS: readonly CommandMeta[] = [
  command("geoadd", -5, "write denyoom", "geo", [key("RW update")]),
  command("geodist", -4, "readonly", "geo", [key("RO access")]),
  command("geohash", -2, "readonly", "geo", [key("RO access")]),
  command("geopos", -2, "readonly", "geo", [key("RO access")]),
  command("georadius", -6, "write denyoom", "geo", [
    key("RO access"),
    keyAfter("STORE", 6, "OW update"),
    keyAfter("STOREDIST", 6, "OW update"),
  ]),
  command("georadius_ro", -6, "readonly", "geo", [key("RO access")]),
  command("georadiusbymember", -5, "write denyoom", "geo", [
    key("RO access"),
    keyAfter("STORE", 5, "OW update"),
    keyAfter("STOREDIST", 5, "OW update"),
  ]),
  command("georadiusbymember_ro", -5, "readonly", "geo", [key("RO access")]),
  command("geosearch", -7, "readonly", "geo", [key("RO access")]),
  command("geosearchstore", -8, "write denyoom", "geo", [key("OW update"), key("RO access", 2)]),
];
