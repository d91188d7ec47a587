/**
 * MULTI, EXEC, DISCARD, WATCH and UNWATCH.
 *
 * DESIGN. The executor queues the commands between MULTI and EXEC; here they
 * are run, each through the executor one depth deeper, so that each replies,
 * counts and is logged as ever, and all of it is one unit in the AOF
 * (lib/server/propagation.ts). An error of one does not stop the others.
 */

import { ERR_EXEC_ABORT, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type ServerPort } from "./server_port.ts";
import { type Session, Transaction } from "./session.ts";
import { type HandlerTable } from "./spec.ts";

const ERR_NESTED = errorReply("ERR MULTI calls can not be nested");
const ERR_EXEC_ALONE = errorReply("ERR EXEC without MULTI");
const ERR_DISCARD_ALONE = errorReply("ERR DISCARD without MULTI");
const ERR_WATCH_INSIDE = errorReply("ERR WATCH inside MULTI is not allowed");

/** Ends the transaction, if there is one, and forgets what was watched. */
export function discardTransaction(server: ServerPort, session: Session): void {
  session.transaction = null;
  unwatchAll(server, session);
}

function unwatchAll(server: ServerPort, session: Session): void {
  if (session.watchedKeys > 0) server.watches.remove(session);
  session.watchBroken = false;
}

/** `MULTI`. */
function multi(c: CommandContext): void {
  if (c.session.transaction !== null) return c.out.error(ERR_NESTED);
  c.session.transaction = new Transaction();
  c.out.ok();
}

/** `EXEC`: an array of replies, null when a watched key has changed, EXECABORT when a command was refused. */
function exec(c: CommandContext): void {
  const { session, server } = c;
  const { transaction } = session;
  if (transaction === null) return c.out.error(ERR_EXEC_ALONE);
  const broken = session.watchBroken || (session.watchedKeys > 0 && server.watches.anyExpired(session));
  discardTransaction(server, session);
  if (transaction.aborted) return c.out.error(ERR_EXEC_ABORT);
  if (broken) return c.out.nullArray();
  // CLIENT REPLY may be among the commands: what is muted before it must not come out after it.
  if (!session.muted) c.out.arrayHeader(transaction.queue.length);
  session.inExec = true;
  // Shown by CLIENT LIST while its commands run.
  session.transaction = transaction;
  for (const { spec, args } of transaction.queue) server.runQueued(session, spec, args);
  session.transaction = null;
  session.inExec = false;
  if (server.pause.active) server.pause.settle();
}

/** `DISCARD`. */
function discard(c: CommandContext): void {
  if (c.session.transaction === null) return c.out.error(ERR_DISCARD_ALONE);
  discardTransaction(c.server, c.session);
  c.out.ok();
}

/** `WATCH key [key …]`. O(keys × keys watched). */
function watch(c: CommandContext): void {
  const { session, args } = c;
  if (session.transaction !== null) return c.out.error(ERR_WATCH_INSIDE);
  // Of a client whose EXEC will fail anyway nothing more is kept.
  for (let i = 1; i < c.argc && !session.watchBroken; i++) {
    c.server.watches.add(session, c.db, args.buf, args.off[i], args.len[i]);
  }
  c.out.ok();
}

/** `UNWATCH`. */
function unwatch(c: CommandContext): void {
  unwatchAll(c.server, c.session);
  c.out.ok();
}

/** Transaction commands, by name. */
export const TRANSACTION_COMMANDS: HandlerTable = { multi, exec, discard, watch, unwatch };
