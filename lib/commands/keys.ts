/**
 * Commands about keys whatever their type: DEL, UNLINK, EXISTS, TOUCH, TYPE
 * and RANDOMKEY; and the table of all key commands.
 */

import { toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { TYPE_NAMES } from "../objects/entry.ts";
import { type CommandContext } from "./context.ts";
import { COPY_COMMANDS } from "./copy.ts";
import { DATABASE_COMMANDS } from "./databases.ts";
import { EXPIRY_COMMANDS } from "./expiry.ts";
import { OBJECT_COMMANDS } from "./object.ts";
import { SCAN_COMMANDS } from "./scan.ts";
import { type HandlerTable } from "./spec.ts";

const STATUS_NONE = toAscii("+none\r\n");
const STATUS_OF_TYPE: readonly Uint8Array[] = TYPE_NAMES.map((name) => toAscii(`+${name}\r\n`));

/** How often RANDOMKEY looks for a live key while it cannot remove dead ones. */
const PAUSED_TRIES = 100;

const key = new Slice();

/** `DEL key [key …]` and `UNLINK`, which here are one: nothing frees for long. O(number of keys). */
function del(c: CommandContext): void {
  let removed = 0;
  for (let i = 1; i < c.argc; i++) {
    if (c.remove(i)) removed++;
  }
  c.dirty += removed;
  c.out.integer(removed);
}

/** `EXISTS key [key …]`: how many exist, repeated ones counted again. O(number of keys). */
function exists(c: CommandContext): void {
  let count = 0;
  for (let i = 1; i < c.argc; i++) {
    if (c.peekCounted(i) !== 0) count++;
  }
  c.out.integer(count);
}

/** `TOUCH key [key …]`: notes an access, even from a client that is not to touch. O(number of keys). */
function touch(c: CommandContext): void {
  const { buf, off, len } = c.args;
  let touched = 0;
  for (let i = 1; i < c.argc; i++) {
    if (c.ks.lookupRead(c.db, buf, off[i], len[i]) !== 0) touched++;
  }
  c.out.integer(touched);
}

/** `TYPE key`. O(1). */
function type(c: CommandContext): void {
  const ref = c.peekCounted(1);
  c.out.raw(ref === 0 ? STATUS_NONE : STATUS_OF_TYPE[c.ks.entries.type(ref)]);
}

/** `RANDOMKEY`: a uniformly random key; expired ones that it meets are removed. O(1). */
function randomKey(c: CommandContext): void {
  const { ks } = c;
  for (let tries = 0;; tries++) {
    const ref = c.db.dict.random(ks.random);
    if (ref === 0) return c.out.nil();
    // While removals are paused, perhaps all that there is has expired.
    if (ks.isExpired(ref) && !(ks.removalsPaused && tries >= PAUSED_TRIES)) {
      ks.expire(c.db, ref);
      continue;
    }
    ks.entries.key(ref, key);
    return c.out.bulk(key.buf, key.off, key.len);
  }
}

/** All commands about keys, by name. */
export const KEY_COMMANDS: HandlerTable = {
  del,
  unlink: del,
  exists,
  touch,
  type,
  randomkey: randomKey,
  ...COPY_COMMANDS,
  ...DATABASE_COMMANDS,
  ...EXPIRY_COMMANDS,
  ...OBJECT_COMMANDS,
  ...SCAN_COMMANDS,
};
