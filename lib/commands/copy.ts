/**
 * RENAME, RENAMENX, COPY and MOVE: a value gets another key or database.
 *
 * DESIGN. The key in the way goes first, then `Keyspace.transfer` makes the
 * new entry and, but for COPY, removes the old one; so a running snapshot sees
 * both pre-images. The deadline goes along. Refs survive the removal of
 * *other* keys, which is what lets the source be looked up first.
 */

import { equalBytes, parseInt64, toAscii } from "../base/ascii.ts";
import { type Database } from "../keyspace/database.ts";
import {
  ERR_DB_INDEX,
  ERR_NO_KEY,
  ERR_NOT_INTEGER,
  ERR_SAME_OBJECT,
  ERR_SYNTAX,
  errorReply,
} from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_REPLACE = toAscii("replace");
const TOKEN_DB = toAscii("db");

/** A copy of a collection takes no more than so many times its bytes. */
const COPY_FACTOR = 1.5;
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
/** The reply to an integer of more than 32 bits. */
export const ERR_NOT_INT = errorReply(
  `ERR value is out of range, value must between ${INT_MIN} and ${INT_MAX}`,
);
const ERR_MOVE_IN_CLUSTER = errorReply("ERR MOVE is not allowed in cluster mode");
const ERR_COPY_IN_CLUSTER = errorReply(
  "ERR Copying to another database is not allowed in cluster mode",
);

/** `RENAME key newkey`. O(1), and the cost of deleting what `newkey` was. */
function rename(c: CommandContext): void {
  const source = c.write(1);
  if (source === 0) return c.out.error(ERR_NO_KEY);
  if (!sameArguments(c, 1, 2)) {
    c.remove(2);
    transferTo(c, source, c.db, 2, false);
  }
  c.out.ok();
}

/** `RENAMENX key newkey`: only if `newkey` does not exist. O(1). */
function renameNx(c: CommandContext): void {
  const source = c.write(1);
  if (source === 0) return c.out.error(ERR_NO_KEY);
  if (sameArguments(c, 1, 2) || c.write(2) !== 0) return c.out.integer(0);
  transferTo(c, source, c.db, 2, false);
  c.out.integer(1);
}

/** `MOVE key db`: only if it does not exist there. O(1). */
function move(c: CommandContext): void {
  if (c.server.config.clusterEnabled) return c.out.error(ERR_MOVE_IN_CLUSTER);
  const target = readDatabase(c, 2);
  if (target === undefined) return;
  if (target === c.db) return c.out.error(ERR_SAME_OBJECT);
  const source = c.write(1);
  if (source === 0 || lookupIn(c, target, 1) !== 0) return c.out.integer(0);
  transferTo(c, source, target, 1, false);
  c.out.integer(1);
}

/** `COPY source destination [DB destination-db] [REPLACE]`. O(n) in the size of the value. */
function copy(c: CommandContext): void {
  let target = c.db;
  let replace = false;
  for (let i = 3; i < c.argc; i++) {
    if (c.is(i, TOKEN_REPLACE)) replace = true;
    else if (c.is(i, TOKEN_DB) && i + 1 < c.argc) {
      const db = readDatabase(c, ++i);
      if (db === undefined) return;
      target = db;
    } else return c.out.error(ERR_SYNTAX);
  }
  if (c.server.config.clusterEnabled && (c.db.id !== 0 || target.id !== 0)) {
    return c.out.error(ERR_COPY_IN_CLUSTER);
  }
  if (target === c.db && sameArguments(c, 1, 2)) return c.out.error(ERR_SAME_OBJECT);
  const source = c.read(1);
  if (source === 0) return c.out.integer(0);
  const old = lookupIn(c, target, 2);
  if (old !== 0 && !replace) return c.out.integer(0);
  if (!c.hasRoomFor(COPY_FACTOR * c.ks.entries.collectionBytes(source))) return;
  if (old !== 0) c.ks.removeRef(target, old);
  transferTo(c, source, target, 2, true);
  c.out.integer(1);
}

/** Moves or copies the entry to the key that argument `i` names, and counts it. */
function transferTo(c: CommandContext, source: number, target: Database, i: number, keep: boolean): void {
  const { buf, off, len } = c.args;
  c.ks.transfer(c.db, source, target, buf, off[i], len[i], keep);
  c.dirty++;
}

function lookupIn(c: CommandContext, db: Database, i: number): number {
  const { buf, off, len } = c.args;
  return c.ks.lookupWrite(db, buf, off[i], len[i]);
}

function sameArguments(c: CommandContext, i: number, j: number): boolean {
  const { buf, off, len } = c.args;
  return len[i] === len[j] && equalBytes(buf, off[i], buf, off[j], len[i]);
}

/** The database whose number argument `i` is, or undefined after replying why there is none. */
function readDatabase(c: CommandContext, i: number): Database | undefined {
  const id = readInt(c, i, ERR_NOT_INTEGER, ERR_NOT_INT);
  if (Number.isNaN(id)) return undefined;
  const db = c.ks.databases[id];
  if (db === undefined) c.out.error(ERR_DB_INDEX);
  return db;
}

/**
 * Argument `i` as a 32-bit integer.
 * @param notInteger the reply when it is no integer
 * @param outOfRange the reply when it is one of more bits
 * @returns NaN after replying
 */
export function readInt(
  c: CommandContext,
  i: number,
  notInteger: Uint8Array,
  outOfRange: Uint8Array,
): number {
  const value = parseInt64(c.args.buf, c.args.off[i], c.args.len[i]);
  if (value >= INT_MIN && value <= INT_MAX) return value;
  c.out.error(Number.isNaN(value) ? notInteger : outOfRange);
  return NaN;
}

/** Commands that give a value another place, by name. */
export const COPY_COMMANDS: HandlerTable = { rename, renamenx: renameNx, move, copy };
