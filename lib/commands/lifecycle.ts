/** Commands that start and end things: SHUTDOWN, BGREWRITEAOF, LASTSAVE; and the roles that a server can have. */

import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";

const ERR_NO_SHUTDOWN = errorReply("ERR No shutdown in progress.");
const ERR_NO_REPLICATION = errorReply("ERR This server cannot be a replica: it does not replicate");
const SHUTDOWN_WORDS = ["save", "nosave", "now", "force", "abort"] as const;

/** `SHUTDOWN [SAVE | NOSAVE] [NOW] [FORCE]`, or `SHUTDOWN ABORT`. */
function shutdown(c: CommandContext): void {
  const words = new Set<string>();
  for (let i = 1; i < c.argc; i++) {
    const word = c.text(i).toLowerCase();
    if (!SHUTDOWN_WORDS.some((known) => known === word)) return c.out.error(ERR_SYNTAX);
    words.add(word);
  }
  const abort = words.has("abort");
  if ((abort && words.size > 1) || (words.has("save") && words.has("nosave"))) return c.out.error(ERR_SYNTAX);
  // A shutdown happens at once or not at all: there is never one to be called off.
  if (abort) return c.out.error(ERR_NO_SHUTDOWN);
  c.server.shutdown(c, {
    save: words.has("save"),
    nosave: words.has("nosave"),
    now: words.has("now"),
    force: words.has("force"),
    abort: false,
  });
}

/** `BGREWRITEAOF`. */
function bgRewriteAof(c: CommandContext): void {
  const { ok, text } = c.server.persistence.rewriteAof(c.session.inExec);
  if (ok) c.out.simple(text);
  else c.out.errorText(text);
}

/** `SAVE`. O(n): nobody is served meanwhile. */
function save(c: CommandContext): void {
  const refusal = c.server.persistence.save();
  if (refusal === undefined) c.out.ok();
  else c.out.errorText(refusal);
}

/** `BGSAVE [SCHEDULE]`. */
function backgroundSave(c: CommandContext): void {
  const schedule = c.argc === 2 && c.text(1).toLowerCase() === "schedule";
  if (c.argc > 1 && !schedule) return c.out.error(ERR_SYNTAX);
  const { ok, text } = c.server.persistence.backgroundSave(schedule, c.session.inExec);
  if (ok) c.out.simple(text);
  else c.out.errorText(text);
}

/** `LASTSAVE`: the time of the last save, in seconds. */
function lastSave(c: CommandContext): void {
  c.out.integer(c.server.persistence.lastSaveSeconds);
}

/** `ROLE`: a master without replicas. */
function role(c: CommandContext): void {
  c.out.arrayHeader(3);
  c.out.bulkText("master");
  c.out.integer(0);
  c.out.arrayHeader(0);
}

/** `REPLICAOF NO ONE`: what it asks for is so already. */
function replicaOf(c: CommandContext): void {
  if (c.text(1).toLowerCase() === "no" && c.text(2).toLowerCase() === "one") return c.out.ok();
  c.out.error(ERR_NO_REPLICATION);
}

/** These commands, by name. */
export const LIFECYCLE_COMMANDS: HandlerTable = {
  bgrewriteaof: bgRewriteAof,
  bgsave: backgroundSave,
  lastsave: lastSave,
  replicaof: replicaOf,
  role,
  save,
  shutdown,
  slaveof: replicaOf,
};
