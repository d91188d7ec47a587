/**
 * CLIENT KILL: closes connections.
 *
 * DESIGN. Others are closed at once, the caller's own once its reply is out.
 * MAXAGE is of Redis 7.4; it does no harm to know it already.
 */

import { NEEDS_BIGINT, parseInt64, toAscii } from "../base/ascii.ts";
import { textToByteString } from "../base/byte_string.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { DEFAULT_USER } from "./auth.ts";
import { readClientType } from "./client_info.ts";
import { type CommandContext } from "./context.ts";
import { type Session } from "./session.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_ID = toAscii("id");
const TOKEN_TYPE = toAscii("type");
const TOKEN_ADDR = toAscii("addr");
const TOKEN_LADDR = toAscii("laddr");
const TOKEN_USER = toAscii("user");
const TOKEN_SKIPME = toAscii("skipme");
const TOKEN_MAXAGE = toAscii("maxage");
const TOKEN_YES = toAscii("yes");
const TOKEN_NO = toAscii("no");

const ERR_ID = errorReply("ERR client-id should be greater than 0");
const ERR_MAXAGE_INTEGER = errorReply("ERR maxage is not an integer or out of range");
const ERR_MAXAGE = errorReply("ERR maxage should be greater than 0");
const ERR_NO_CLIENT = errorReply("ERR No such client");

/** Which connections to close; a condition that was not given is undefined. */
interface Filter {
  id?: number;
  isNormal?: boolean;
  address?: string;
  localAddress?: string;
  user?: string;
  maxAgeSeconds?: number;
  skipMe: boolean;
}

/** `CLIENT KILL address` or `CLIENT KILL option value …`. O(number of clients). */
function kill(c: CommandContext): void {
  const isOldForm = c.argc === 3;
  const filter: Filter = { skipMe: !isOldForm };
  if (isOldForm) filter.address = cText(c, 2);
  else if (!readFilter(c, filter)) return;
  let killed = 0;
  let killsMe = false;
  for (const session of [...c.server.sessions.values()]) {
    if (!matches(c, filter, session)) continue;
    killed++;
    if (session === c.session) killsMe = true;
    else c.server.closeSession(session, false);
  }
  if (!isOldForm) c.out.integer(killed);
  else if (killed > 0) c.out.ok();
  else c.out.error(ERR_NO_CLIENT);
  if (killsMe) c.server.closeSession(c.session, true);
}

/** Reads pairs of option and value. @returns false after replying an error */
function readFilter(c: CommandContext, filter: Filter): boolean {
  for (let i = 2; i < c.argc; i += 2) {
    const value = i + 1;
    let ok = value < c.argc;
    if (!ok) c.out.error(ERR_SYNTAX);
    else if (c.is(i, TOKEN_ID)) ok = (filter.id = readId(c, value)) !== undefined;
    else if (c.is(i, TOKEN_TYPE)) ok = (filter.isNormal = readClientType(c, value)) !== undefined;
    else if (c.is(i, TOKEN_ADDR)) filter.address = cText(c, value);
    else if (c.is(i, TOKEN_LADDR)) filter.localAddress = cText(c, value);
    else if (c.is(i, TOKEN_USER)) ok = (filter.user = readUser(c, value)) !== undefined;
    else if (c.is(i, TOKEN_MAXAGE)) ok = (filter.maxAgeSeconds = readMaxAge(c, value)) !== undefined;
    else if (c.is(i, TOKEN_SKIPME) && c.is(value, TOKEN_YES)) filter.skipMe = true;
    else if (c.is(i, TOKEN_SKIPME) && c.is(value, TOKEN_NO)) filter.skipMe = false;
    else {
      c.out.error(ERR_SYNTAX);
      ok = false;
    }
    if (!ok) return false;
  }
  return true;
}

function matches(c: CommandContext, filter: Filter, session: Session): boolean {
  if (filter.address !== undefined && textToByteString(session.address) !== filter.address) return false;
  if (filter.localAddress !== undefined && textToByteString(session.localAddress) !== filter.localAddress) {
    return false;
  }
  if (filter.isNormal === false) return false;
  if (filter.id !== undefined && session.id !== filter.id) return false;
  if (filter.user !== undefined && session.user !== filter.user) return false;
  if (filter.maxAgeSeconds !== undefined && ageSeconds(c, session) < filter.maxAgeSeconds) return false;
  return !(filter.skipMe && session === c.session);
}

function ageSeconds(c: CommandContext, session: Session): number {
  return Math.floor(c.ks.nowMs / 1000) - Math.floor(session.createdMs / 1000);
}

function readId(c: CommandContext, i: number): number | undefined {
  const id = parseInt64(c.args.buf, c.args.off[i], c.args.len[i]);
  if (id >= 1) return id;
  c.out.error(ERR_ID);
  return undefined;
}

function readMaxAge(c: CommandContext, i: number): number | undefined {
  const seconds = parseInt64(c.args.buf, c.args.off[i], c.args.len[i]);
  if (Number.isNaN(seconds)) c.out.error(ERR_MAXAGE_INTEGER);
  else if (seconds <= 0 || seconds === -NEEDS_BIGINT) c.out.error(ERR_MAXAGE);
  else return seconds;
  return undefined;
}

function readUser(c: CommandContext, i: number): string | undefined {
  if (c.text(i) === DEFAULT_USER) return DEFAULT_USER;
  c.out.error(errorReply(`ERR No such user '${cText(c, i)}'`));
  return undefined;
}

/** Argument `i` as text that ends at a byte 0. */
function cText(c: CommandContext, i: number): string {
  return c.text(i).replace(/\0[^]*/, "");
}

/** CLIENT KILL, by full name. */
export const CLIENT_KILL_COMMANDS: HandlerTable = { "client|kill": kill };
