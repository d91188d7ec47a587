/**
 * CLIENT ID, INFO and LIST: the line that describes a connection.
 *
 * DESIGN. The fields and their order are those of Redis 7.2, because tools
 * parse them. Memory is what is really held: an idle connection has no
 * buffers. The runtime does not tell descriptors, so `fd` is -1, which in
 * Redis stands for a client without one.
 */

import { NEEDS_BIGINT, parseInt64, toAscii } from "../base/ascii.ts";
import { textToByteString } from "../base/byte_string.ts";
import { type Args } from "../resp/args.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type Session } from "./session.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_TYPE = toAscii("type");
const TOKEN_ID = toAscii("id");
const ERR_CLIENT_ID = errorReply("ERR Invalid client ID");
const CLIENT_TYPES = new Set(["normal", "slave", "replica", "pubsub", "master"]);
/** The one type that connections are of here. */
const TYPE_NORMAL = "normal";

/** About what a connection takes beside its buffers, in bytes. */
const SESSION_BYTES = 2048;

/**
 * The line of one connection, without its line break: a byte string.
 * @param running the request that the connection is having executed, if it is; it counts as its query buffer
 */
export function clientInfo(session: Session, nowMs: number, running?: Args): string {
  const { out, transaction } = session;
  const sending = session.sendingBytes;
  const outputMemory = out.memory - out.tailCapacity + sending;
  const multiMemory = transaction?.memory ?? 0;
  const memory = SESSION_BYTES + session.queryBufferBytes + out.memory + sending + multiMemory;
  const requestBytes = running === undefined ? 0 : running.rawEnd - running.rawStart;
  const queryBytes = Math.max(session.queryBufferUsed, requestBytes);
  return [
    `id=${session.id}`,
    `addr=${textToByteString(session.address)}`,
    `laddr=${textToByteString(session.localAddress)}`,
    "fd=-1",
    `name=${upToNul(session.name)}`,
    `age=${secondsSince(session.createdMs, nowMs)}`,
    `idle=${secondsSince(session.lastInteractionMs, nowMs)}`,
    `flags=${flagLetters(session)}`,
    `db=${session.db.id}`,
    "sub=0 psub=0 ssub=0",
    `multi=${transaction === null ? -1 : transaction.queue.length}`,
    `qbuf=${queryBytes}`,
    `qbuf-free=${Math.max(0, session.queryBufferBytes - queryBytes)}`,
    `argv-mem=${running === undefined ? 0 : argumentBytes(running)}`,
    `multi-mem=${multiMemory}`,
    `rbs=${out.tailCapacity}`,
    `rbp=${out.tailBytes}`,
    `obl=${out.tailBytes}`,
    `oll=${out.queued + (sending > 0 ? 1 : 0)}`,
    `omem=${outputMemory}`,
    `tot-mem=${memory}`,
    `events=${sending > 0 ? "rw" : "r"}`,
    `cmd=${session.lastCommand?.name ?? "NULL"}`,
    `user=${session.user}`,
    "redir=-1",
    `resp=${out.resp3 ? 3 : 2}`,
    `lib-name=${upToNul(session.libName)}`,
    `lib-ver=${upToNul(session.libVersion)}`,
  ].join(" ");
}

function argumentBytes(args: Args): number {
  let bytes = 0;
  for (let i = 0; i < args.argc; i++) bytes += args.len[i];
  return bytes;
}

function flagLetters(session: Session): string {
  let letters = "";
  if (session.isMonitor) letters += "O";
  if (session.transaction !== null) letters += "x";
  if (session.showsBlocked) letters += "b";
  if (session.watchBroken) letters += "d";
  if (session.closeAfterReply) letters += "c";
  if (session.isUnix) letters += "U";
  if (session.noEvict) letters += "e";
  if (session.noTouch) letters += "T";
  return letters === "" ? "N" : letters;
}

function secondsSince(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.floor(nowMs / 1000) - Math.floor(thenMs / 1000));
}

function upToNul(text: string): string {
  return text.replace(/\0[^]*/, "");
}

/**
 * Argument `i` as a type of client.
 * @returns whether connections are of it, or undefined after replying that it is none
 */
export function readClientType(c: CommandContext, i: number): boolean | undefined {
  const name = upToNul(c.text(i));
  const type = name.toLowerCase();
  if (CLIENT_TYPES.has(type)) return type === TYPE_NORMAL;
  c.out.error(errorReply(`ERR Unknown client type '${name}'`));
  return undefined;
}

/** `CLIENT ID`. O(1). */
function id(c: CommandContext): void {
  c.out.integer(c.session.id);
}

/** `CLIENT INFO`. O(1). */
function info(c: CommandContext): void {
  c.out.verbatimBytes(toAscii(clientInfo(c.session, c.ks.nowMs, c.args) + "\n"));
}

/** `CLIENT LIST [TYPE type | ID id …]`. O(number of clients). */
function list(c: CommandContext): void {
  let sessions: Iterable<Session> = c.server.sessions.values();
  if (c.argc === 4 && c.is(2, TOKEN_TYPE)) {
    const isNormal = readClientType(c, 3);
    if (isNormal === undefined) return;
    if (!isNormal) sessions = [];
  } else if (c.argc > 3 && c.is(2, TOKEN_ID)) {
    const chosen = sessionsById(c, 3);
    if (chosen === undefined) return;
    sessions = chosen;
  } else if (c.argc !== 2) return c.out.error(ERR_SYNTAX);
  let lines = "";
  for (const session of sessions) {
    lines += clientInfo(session, c.ks.nowMs, session === c.session ? c.args : undefined) + "\n";
  }
  c.out.verbatimBytes(toAscii(lines));
}

/** The connections that the arguments from `first` on name, or undefined after replying that one is no number. */
function sessionsById(c: CommandContext, first: number): Session[] | undefined {
  const found: Session[] = [];
  for (let i = first; i < c.argc; i++) {
    const id = parseInt64(c.args.buf, c.args.off[i], c.args.len[i]);
    if (Number.isNaN(id)) {
      c.out.error(ERR_CLIENT_ID);
      return undefined;
    }
    const session = id === NEEDS_BIGINT ? undefined : c.server.sessions.get(id);
    if (session !== undefined) found.push(session);
  }
  return found;
}

/** Commands that describe connections, by full name. */
export const CLIENT_INFO_COMMANDS: HandlerTable = {
  "client|id": id,
  "client|info": info,
  "client|list": list,
};
