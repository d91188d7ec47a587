/** What single directives demand of their values beyond their kind. Each returns the error text, or undefined. */

import type { SetEnv } from "./directive.ts";
import { SHUTDOWN_NOSAVE, SHUTDOWN_SAVE } from "./enums.ts";

/** Longest host name that may be announced, plus one. */
const HOST_NAME_LIMIT = 256;

/** Variables that may stand between braces in proc-title-template. */
const TITLE_VARIABLES = new Set([
  "title",
  "listen-addr",
  "server-mode",
  "port",
  "tls-port",
  "unixsocket",
  "config-file",
]);

/** A check that a value is a bare file name; `noun` says what it should be. */
export function baseName(directive: string, noun: string): (value: string) => string | undefined {
  return (value) => {
    if (value.includes("/") || value.includes("\\")) return `${directive} can't be a path, just a ${noun}`;
  };
}

/** {@link baseName} that refuses the empty string too. */
export function nonEmptyBaseName(directive: string, noun: string): (value: string) => string | undefined {
  const check = baseName(directive, noun);
  return (value) => value === "" ? `${directive} can't be empty` : check(value);
}

/** save and nosave exclude each other. */
export function checkShutdown(flags: number): string | undefined {
  if ((flags & SHUTDOWN_SAVE) !== 0 && (flags & SHUTDOWN_NOSAVE) !== 0) {
    return "shutdown options SAVE and NOSAVE can't be used simultaneously";
  }
}

/** The name of a cluster node for humans. */
export function checkNodename(value: string): string | undefined {
  if (/[!#$%&()*+:;<>?@[\]^{|}~\0]/.test(value)) {
    return "Announced human node name contained invalid character";
  }
}

/** The host name that a cluster node announces. */
export function checkHostname(value: string): string | undefined {
  if (value.length >= HOST_NAME_LIMIT) return `Hostnames must be less than ${HOST_NAME_LIMIT} characters`;
  if (!/^[A-Za-z0-9.-]*$/.test(value)) {
    return "Hostnames may only contain alphanumeric characters, hyphens or dots";
  }
}

/** The template of the process title: known variables in braces, `{{` for a brace, not blank when expanded. */
export function checkProcTitle(template: string): string | undefined {
  const invalid = "template format is invalid or contains unknown variables";
  let blank = true;
  for (const [piece] of template.matchAll(/\{\{|\{[^}]*\}?|[^{]+/g)) {
    if (piece === "{{") {
      blank = false;
    } else if (piece.startsWith("{")) {
      if (!piece.endsWith("}") || !TITLE_VARIABLES.has(piece.slice(1, -1))) return invalid;
      // The mode and the socket may expand to nothing, and the title does when a template is checked.
      if (piece !== "{title}" && piece !== "{server-mode}" && piece !== "{unixsocket}") blank = false;
    } else if (!/^ *$/.test(piece)) {
      blank = false;
    }
  }
  return blank ? invalid : undefined;
}

/**
 * Active defragmentation is a matter of Redis' own allocator. A configuration
 * file that asks for it still starts (it is warned about, as all that is
 * merely kept); a client that asks for it is told no.
 */
export function checkDefrag(value: boolean, env: SetEnv): string | undefined {
  if (value && !env.loading) {
    return "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified " +
      "Jemalloc like the one shipped by default with the Redis source distribution";
  }
}
