/** CLIENT SETNAME, GETNAME and SETINFO: what a client tells about itself. */

import { toAscii } from "../base/ascii.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_LIB_NAME = toAscii("lib-name");
const TOKEN_LIB_VERSION = toAscii("lib-ver");
const ERR_NAME = errorReply("ERR Client names cannot contain spaces, newlines or special characters.");

/** Whether argument `i` may be a client's name; replies the error when not. */
export function isValidName(c: CommandContext, i: number): boolean {
  if (isPrintable(c, i)) return true;
  c.out.error(ERR_NAME);
  return false;
}

/** Takes argument `i`, a valid name, for the client's; an empty one takes it away. */
export function setName(c: CommandContext, i: number): void {
  c.session.name = c.text(i);
}

/** Whether there is nothing in argument `i` that would garble CLIENT LIST; a byte 0 ends what is looked at. */
function isPrintable(c: CommandContext, i: number): boolean {
  const { buf, off, len } = c.args;
  for (let at = off[i]; at < off[i] + len[i] && buf[at] !== 0; at++) {
    if (buf[at] < 0x21 || buf[at] > 0x7e) return false;
  }
  return true;
}

/** `CLIENT SETNAME name`. */
function setNameCommand(c: CommandContext): void {
  if (!isValidName(c, 2)) return;
  setName(c, 2);
  c.out.ok();
}

/** `CLIENT GETNAME`. */
function getName(c: CommandContext): void {
  const { name } = c.session;
  if (name === "") return c.out.nil();
  const bytes = toAscii(name);
  c.out.bulk(bytes, 0, bytes.length);
}

/** `CLIENT SETINFO LIB-NAME name | LIB-VER version`. */
function setInfo(c: CommandContext): void {
  const isName = c.is(2, TOKEN_LIB_NAME);
  const attribute = c.text(2).replace(/\0[^]*/, "");
  if (!isName && !c.is(2, TOKEN_LIB_VERSION)) {
    return c.out.error(errorReply(`ERR Unrecognized option '${attribute}'`));
  }
  if (!isPrintable(c, 3)) {
    return c.out.error(
      errorReply(`ERR ${attribute} cannot contain spaces, newlines or special characters.`),
    );
  }
  if (isName) c.session.libName = c.text(3);
  else c.session.libVersion = c.text(3);
  c.out.ok();
}

/** What a client tells about itself, by full name. */
export const CLIENT_ATTRIBUTE_COMMANDS: HandlerTable = {
  "client|setname": setNameCommand,
  "client|getname": getName,
  "client|setinfo": setInfo,
};
