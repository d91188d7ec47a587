/** CLIENT PAUSE, UNPAUSE and UNBLOCK: making clients wait, and ending it. */

import { parseInt64, toAscii } from "../base/ascii.ts";
import { ERR_NOT_INTEGER, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { subcommandSyntaxError } from "./help.ts";
import { type Session } from "./session.ts";
import { type HandlerTable } from "./spec.ts";
import { readDeadlineMs } from "./timeouts.ts";

const TOKEN_WRITE = toAscii("write");
const TOKEN_ALL = toAscii("all");
const TOKEN_TIMEOUT = toAscii("timeout");
const TOKEN_ERROR = toAscii("error");

const ERR_PAUSE_MODE = errorReply("ERR CLIENT PAUSE mode must be WRITE or ALL");
const ERR_UNBLOCK_REASON = errorReply("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
const ERR_UNBLOCKED = errorReply("UNBLOCKED client unblocked via CLIENT UNBLOCK");

/** `CLIENT PAUSE milliseconds [WRITE | ALL]`. O(1). */
function pause(c: CommandContext): void {
  if (c.argc > 4) return subcommandSyntaxError(c);
  const writesOnly = c.argc === 4 && c.is(3, TOKEN_WRITE);
  if (c.argc === 4 && !writesOnly && !c.is(3, TOKEN_ALL)) return c.out.error(ERR_PAUSE_MODE);
  const untilMs = readDeadlineMs(c, 2);
  if (Number.isNaN(untilMs)) return;
  c.server.pause.start(untilMs, !writesOnly);
  // The commands behind it in a transaction still run as ever.
  if (!c.session.inExec) c.server.pause.settle();
  c.out.ok();
}

/** `CLIENT UNPAUSE`. O(number of paused clients). */
function unpause(c: CommandContext): void {
  c.server.pause.end();
  c.out.ok();
}

/** `CLIENT UNBLOCK id [TIMEOUT | ERROR]`: 1 when that client was waiting, else 0. O(1). */
function unblock(c: CommandContext): void {
  if (c.argc > 4) return subcommandSyntaxError(c);
  const withError = c.argc === 4 && c.is(3, TOKEN_ERROR);
  if (c.argc === 4 && !withError && !c.is(3, TOKEN_TIMEOUT)) return c.out.error(ERR_UNBLOCK_REASON);
  const id = parseInt64(c.args.buf, c.args.off[2], c.args.len[2]);
  if (Number.isNaN(id)) return c.out.error(ERR_NOT_INTEGER);
  const session = c.server.sessions.get(id);
  const blocked = session?.blocked;
  // A paused client waits for no event, nor does one whose command has not begun: there is no answer to give.
  if (session === undefined || !blocked || blocked.kind === "pause" || blocked.kind === "late") {
    return c.out.integer(0);
  }
  c.server.answer(session, withError ? replyUnblocked : (waiting) => blocked.onTimeout(waiting));
  c.out.integer(1);
}

function replyUnblocked(session: Session): void {
  session.out.error(ERR_UNBLOCKED);
}

/** Commands about clients that wait, by full name. */
export const CLIENT_WAIT_COMMANDS: HandlerTable = {
  "client|pause": pause,
  "client|unpause": unpause,
  "client|unblock": unblock,
};
