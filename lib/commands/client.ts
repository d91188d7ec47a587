/** CLIENT: REPLY, NO-EVICT, NO-TOUCH and HELP; and the table of all its subcommands. */

import { toAscii } from "../base/ascii.ts";
import { ERR_SYNTAX } from "../resp/errors.ts";
import { CLIENT_ATTRIBUTE_COMMANDS } from "./client_attributes.ts";
import { CLIENT_INFO_COMMANDS } from "./client_info.ts";
import { CLIENT_KILL_COMMANDS } from "./client_kill.ts";
import { CLIENT_WAIT_COMMANDS } from "./client_waits.ts";
import { type CommandContext } from "./context.ts";
import { type HelpEntries, writeHelp } from "./help.ts";
import { REPLY_OFF, REPLY_ON, REPLY_SKIP_NEXT } from "./session.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_ON = toAscii("on");
const TOKEN_OFF = toAscii("off");
const TOKEN_SKIP = toAscii("skip");

const HELP: HelpEntries = [
  ["GETNAME", "Show the name that SETNAME gave this connection."],
  ["ID", "Show the number of this connection."],
  ["INFO", "Describe this connection."],
  ["KILL <address>", "Close the connection that comes from <address>."],
  [
    "KILL <option> <value> [<option> <value> [...]]",
    "Close all connections that meet these conditions:",
    "* ADDR <address>, LADDR <address>: by the address of the peer, or ours.",
    "* ID <id>: by number.",
    "* MAXAGE <seconds>: those that are at least so old.",
    "* SKIPME (YES|NO): whether to spare this connection (yes unless said).",
    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB): by type.",
    "* USER <name>: by user.",
  ],
  ["LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <id> [<id> ...]]", "Describe connections, one per line."],
  ["NO-EVICT (ON|OFF)", "Whether this connection is spared when clients take too much memory."],
  ["NO-TOUCH (ON|OFF)", "Whether what this connection reads is left as unused as it was."],
  ["PAUSE <milliseconds> [WRITE|ALL]", "Let the writes, or all commands, of clients wait."],
  ["REPLY (ON|OFF|SKIP)", "Whether this connection gets replies; SKIP leaves out the next one."],
  ["SETINFO (LIB-NAME|LIB-VER) <value>", "Tell which client library this is."],
  ["SETNAME <name>", "Give this connection a name."],
  ["UNBLOCK <id> [TIMEOUT|ERROR]", "End the wait of a blocked client."],
  ["UNPAUSE", "End a PAUSE before its time."],
];

/** `CLIENT REPLY ON | OFF | SKIP`: only ON replies, the executor leaves out the rest. */
function reply(c: CommandContext): void {
  const { session } = c;
  if (c.is(2, TOKEN_ON)) {
    session.replyMode = REPLY_ON;
    c.out.ok();
  } else if (c.is(2, TOKEN_OFF)) session.replyMode = REPLY_OFF;
  else if (!c.is(2, TOKEN_SKIP)) c.out.error(ERR_SYNTAX);
  else if (session.replyMode !== REPLY_OFF) session.replyMode = REPLY_SKIP_NEXT;
}

/** `CLIENT NO-EVICT ON | OFF`. */
function noEvict(c: CommandContext): void {
  const on = readSwitch(c);
  if (on === undefined) return;
  c.session.noEvict = on;
  c.out.ok();
}

/** `CLIENT NO-TOUCH ON | OFF`. */
function noTouch(c: CommandContext): void {
  const on = readSwitch(c);
  if (on === undefined) return;
  c.session.noTouch = on;
  c.out.ok();
}

/** Argument 2 as ON or OFF, or undefined after replying that it is neither. */
function readSwitch(c: CommandContext): boolean | undefined {
  if (c.is(2, TOKEN_ON)) return true;
  if (c.is(2, TOKEN_OFF)) return false;
  c.out.error(ERR_SYNTAX);
  return undefined;
}

/** `CLIENT HELP`. */
function help(c: CommandContext): void {
  writeHelp(c, "CLIENT", HELP);
}

/** The subcommands of CLIENT, by full name. */
export const CLIENT_COMMANDS: HandlerTable = {
  "client|reply": reply,
  "client|no-evict": noEvict,
  "client|no-touch": noTouch,
  "client|help": help,
  ...CLIENT_ATTRIBUTE_COMMANDS,
  ...CLIENT_INFO_COMMANDS,
  ...CLIENT_KILL_COMMANDS,
  ...CLIENT_WAIT_COMMANDS,
};
