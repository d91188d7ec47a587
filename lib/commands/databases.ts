/**
 * FLUSHDB, FLUSHALL, SWAPDB and DBSIZE: commands about whole databases.
 *
 * DESIGN. Flushing detaches the dicts in O(1) and frees them in slices,
 * whether SYNC or ASYNC was said: what waits to be freed does not count as
 * used memory, and nobody waits for it. Both commands are always logged, even
 * if there was nothing to delete.
 */

import { toAscii } from "../base/ascii.ts";
import { ERR_DB_INDEX, ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { readInt } from "./copy.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_SYNC = toAscii("sync");
const TOKEN_ASYNC = toAscii("async");

const ERR_FIRST_DB = errorReply("ERR invalid first DB index");
const ERR_SECOND_DB = errorReply("ERR invalid second DB index");
const ERR_SWAP_IN_CLUSTER = errorReply("ERR SWAPDB is not allowed in cluster mode");

/** `DBSIZE`: how many keys the database has. O(1). */
function dbSize(c: CommandContext): void {
  c.out.integer(c.db.dict.size);
}

/** `FLUSHDB [ASYNC | SYNC]`. O(1). */
function flushDb(c: CommandContext): void {
  if (!checkFlushMode(c)) return;
  c.dirty += c.ks.flush(c.db);
  c.forceLog = true;
  c.out.ok();
}

/** `FLUSHALL [ASYNC | SYNC]`. O(number of databases). */
function flushAll(c: CommandContext): void {
  if (!checkFlushMode(c)) return;
  for (const db of c.ks.databases) c.dirty += c.ks.flush(db);
  // An empty file has been saved: there is nothing that a save point would have to save.
  if (!c.server.loading && c.server.persistence.flushedAll()) c.dirty = 0;
  c.forceLog = true;
  c.out.ok();
}

function checkFlushMode(c: CommandContext): boolean {
  if (c.argc === 1) return true;
  if (c.argc === 2 && (c.is(1, TOKEN_SYNC) || c.is(1, TOKEN_ASYNC))) return true;
  c.out.error(ERR_SYNTAX);
  return false;
}

/** `SWAPDB index1 index2`. O(1), and the cost of looking through watched keys. */
function swapDb(c: CommandContext): void {
  if (c.server.config.clusterEnabled) return c.out.error(ERR_SWAP_IN_CLUSTER);
  const first = readInt(c, 1, ERR_FIRST_DB, ERR_FIRST_DB);
  if (Number.isNaN(first)) return;
  const second = readInt(c, 2, ERR_SECOND_DB, ERR_SECOND_DB);
  if (Number.isNaN(second)) return;
  const a = c.ks.databases[first];
  const b = c.ks.databases[second];
  if (a === undefined || b === undefined) return c.out.error(ERR_DB_INDEX);
  if (a !== b) c.ks.swap(a, b);
  c.dirty++;
  c.out.ok();
}

/** Commands about whole databases, by name. */
export const DATABASE_COMMANDS: HandlerTable = {
  dbsize: dbSize,
  flushdb: flushDb,
  flushall: flushAll,
  swapdb: swapDb,
};
