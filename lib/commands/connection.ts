/**
 * Connection commands: PING, ECHO, AUTH, HELLO, SELECT, QUIT, RESET; and the
 * table of all of them, CLIENT's included.
 */

import { NEEDS_BIGINT, parseInt64, toAscii } from "../base/ascii.ts";
import { REDIS_VERSION } from "../config/version.ts";
import { ERR_DB_INDEX, ERR_NOT_INTEGER, errorReply } from "../resp/errors.ts";
import { auth, authenticate, DEFAULT_USER } from "./auth.ts";
import { CLIENT_COMMANDS } from "./client.ts";
import { isValidName, setName } from "./client_attributes.ts";
import { type CommandContext } from "./context.ts";
import { ERR_NOT_INT, readInt } from "./copy.ts";
import { REPLY_OFF, REPLY_ON, REPLY_SKIP_NEXT } from "./session.ts";
import { type HandlerTable } from "./spec.ts";
import { discardTransaction } from "./transactions.ts";
import { WAIT_COMMANDS } from "./wait.ts";

const PONG = toAscii("+PONG\r\n");
const STATUS_RESET = toAscii("+RESET\r\n");
const TOKEN_AUTH = toAscii("auth");
const TOKEN_SETNAME = toAscii("setname");

const ERR_PING_ARITY = errorReply("ERR wrong number of arguments for 'ping' command");
const ERR_VERSION = errorReply("ERR Protocol version is not an integer or out of range");
const ERR_NO_PROTO = errorReply("NOPROTO unsupported protocol version");
const ERR_HELLO_NO_AUTH = errorReply(
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH " +
    "<user> <pass> option can be used to authenticate the client and select the RESP protocol version at " +
    "the same time",
);
const ERR_SELECT_IN_CLUSTER = errorReply("ERR SELECT is not allowed in cluster mode");

/** `PING [message]`. O(1). */
function ping(c: CommandContext): void {
  if (c.argc === 1) return c.out.raw(PONG);
  if (c.argc > 2) return c.out.error(ERR_PING_ARITY);
  echo(c);
}

/** `ECHO message`. O(1). */
function echo(c: CommandContext): void {
  const { buf, off, len } = c.args;
  c.out.bulk(buf, off[1], len[1]);
}

/** `SELECT index`. O(1). */
function select(c: CommandContext): void {
  const id = readInt(c, 1, ERR_NOT_INTEGER, ERR_NOT_INT);
  if (Number.isNaN(id)) return;
  if (c.server.config.clusterEnabled && id !== 0) return c.out.error(ERR_SELECT_IN_CLUSTER);
  const db = c.ks.databases[id];
  if (db === undefined) return c.out.error(ERR_DB_INDEX);
  c.session.db = db;
  c.out.ok();
}

/** `QUIT`: the connection closes when the reply is out. */
function quit(c: CommandContext): void {
  c.out.ok();
  c.server.closeSession(c.session, true);
}

/** `RESET`: as if the connection were new, but for what SETINFO has told. */
function reset(c: CommandContext): void {
  const { session } = c;
  if (session.isMonitor) c.server.monitors.remove(session);
  discardTransaction(c.server, session);
  session.db = c.ks.databases[0];
  session.out.resp3 = false;
  session.user = DEFAULT_USER;
  session.authenticated = c.server.config.requirepass === "";
  session.name = "";
  session.noEvict = session.noTouch = false;
  // A skip that this very command is under stays: its reply is the one left out.
  if (session.replyMode === REPLY_OFF || session.replyMode === REPLY_SKIP_NEXT) session.replyMode = REPLY_ON;
  c.out.raw(STATUS_RESET);
}

/** `HELLO [protover [AUTH username password] [SETNAME clientname]]`. O(1). */
function hello(c: CommandContext): void {
  let version = 0;
  if (c.argc >= 2) {
    version = parseInt64(c.args.buf, c.args.off[1], c.args.len[1]);
    if (Number.isNaN(version)) return c.out.error(ERR_VERSION);
    if (version < 2 || version > 3 || version === NEEDS_BIGINT) return c.out.error(ERR_NO_PROTO);
  }
  let authAt = 0;
  let nameAt = 0;
  for (let i = 2; i < c.argc; i++) {
    if (c.is(i, TOKEN_AUTH) && i + 2 < c.argc) {
      authAt = i;
      i += 2;
    } else if (c.is(i, TOKEN_SETNAME) && i + 1 < c.argc) {
      nameAt = ++i;
      if (!isValidName(c, nameAt)) return;
    } else {
      const option = c.text(i).replace(/\0[^]*/, "");
      return c.out.error(errorReply(`ERR Syntax error in HELLO option '${option}'`));
    }
  }
  if (authAt > 0 && !authenticate(c, c.text(authAt + 1), authAt + 2)) return;
  if (!c.session.authenticated) return c.out.error(ERR_HELLO_NO_AUTH);
  if (nameAt > 0) setName(c, nameAt);
  if (version > 0) c.out.resp3 = version === 3;
  replyHello(c);
}

function replyHello(c: CommandContext): void {
  const { out } = c;
  out.mapHeader(7);
  out.bulkText("server");
  out.bulkText("redis");
  out.bulkText("version");
  out.bulkText(REDIS_VERSION);
  out.bulkText("proto");
  out.integer(out.resp3 ? 3 : 2);
  out.bulkText("id");
  out.integer(c.session.id);
  out.bulkText("mode");
  out.bulkText(c.server.config.clusterEnabled ? "cluster" : "standalone");
  out.bulkText("role");
  out.bulkText("master");
  out.bulkText("modules");
  out.arrayHeader(0);
}

/** All commands about the connection, by name. */
export const CONNECTION_COMMANDS: HandlerTable = {
  ping,
  echo,
  auth,
  hello,
  select,
  quit,
  reset,
  ...CLIENT_COMMANDS,
  ...WAIT_COMMANDS,
};
