/**
 * Bitmap commands: single bits and bit fields inside strings.
 *
 * The facts of each, in the words of define.ts.
 */

import { defineGroup, key, keys } from "./define.ts";
import type { CommandMeta } from "./types.ts";

const command = defineGroup("bitmap");

/** The group "bitmap" in alphabetical order. */
export const BITMAP_COMMANDS: readonly CommandMeta[] = [
  command("bitcount", -2, "readonly", "bitmap", [key("RO access")]),
  command("bitfield", -2, "write denyoom", "bitmap", [
    key("RW access update variable_flags", 1, "only GET operations leave the value as it is"),
  ]),
  command("bitfield_ro", -2, "readonly fast", "bitmap", [key("RO access")]),
  command("bitop", -4, "write denyoom", "bitmap", [key("OW update", 2), keys("RO access", 3)]),
  command("bitpos", -3, "readonly", "bitmap", [key("RO access")]),
  command("getbit", 3, "readonly fast", "bitmap", [key("RO access")]),
  command("setbit", 4, "write denyoom", "bitmap", [key("RW access update")]),
];
