/**
 * A guard against a program that starts itself without end: a child started by
 * `spawnSelf` may not use `spawnSelf`.
 *
 * DESIGN. The child's environment names its parent's process id. Only the
 * direct child of that parent is refused, so a server started by hand from a
 * shell that inherited the variable is not.
 */

import { ioErrorOf } from "./errno.ts";

const PARENT_VARIABLE = "VELLUM_SPAWNED_BY";

/** What to add to the environment of a child. */
export function childEnvironment(pid: number): Record<string, string> {
  return { [PARENT_VARIABLE]: String(pid) };
}

/** @throws {IoError} EPERM when this process is itself a child that `spawnSelf` started */
export function refuseNestedSpawn(
  env: Readonly<Record<string, string | undefined>>,
  parentPid: number,
): void {
  if (env[PARENT_VARIABLE] === String(parentPid)) throw ioErrorOf("EPERM", "spawn");
}
