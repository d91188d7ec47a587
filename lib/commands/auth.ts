/**
 * Authentication: AUTH, and the part of HELLO that authenticates.
 *
 * DESIGN. There is one user, `default`, whose password is `requirepass`; with
 * none configured every password is right. Passwords are compared in a time
 * that does not depend on where they differ.
 */

import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { ERR_SYNTAX } from "../resp/errors.ts";

/** The one user. */
export const DEFAULT_USER = "default";

const ERR_NO_PASSWORD = errorReply(
  "ERR AUTH <password> called without any password configured for the default user. " +
    "Are you sure your configuration is correct?",
);
const ERR_WRONG_PASSWORD = errorReply("WRONGPASS invalid username-password pair or user is disabled.");

/** `AUTH [username] password`. O(1). */
export function auth(c: CommandContext): void {
  if (c.argc > 3) return c.out.error(ERR_SYNTAX);
  if (c.argc === 2 && c.server.config.requirepass === "") return c.out.error(ERR_NO_PASSWORD);
  const user = c.argc === 2 ? DEFAULT_USER : c.text(1);
  if (authenticate(c, user, c.argc - 1)) c.out.ok();
}

/**
 * Makes the session that of `user` if argument `passwordAt` is its password.
 * @param user a byte string
 * @returns false after replying the error
 */
export function authenticate(c: CommandContext, user: string, passwordAt: number): boolean {
  const { requirepass } = c.server.config;
  if (user === DEFAULT_USER && (requirepass === "" || isPassword(c, passwordAt, requirepass))) {
    c.session.authenticated = true;
    c.session.user = user;
    return true;
  }
  c.server.stats.aclDeniedAuth++;
  c.out.error(ERR_WRONG_PASSWORD);
  return false;
}

/** @param password a byte string, not empty */
function isPassword(c: CommandContext, i: number, password: string): boolean {
  const { buf, off, len } = c.args;
  let difference = len[i] ^ password.length;
  for (let at = 0; at < len[i]; at++) {
    difference |= buf[off[i] + at] ^ password.charCodeAt(at % password.length);
  }
  return difference === 0;
}
