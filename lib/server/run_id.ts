/** Random identifiers of a run, as INFO shows them. */

import { type Platform } from "../platform/types.ts";

/** 40 random hexadecimal digits. */
export function randomHex(platform: Platform): string {
  return [...platform.randomBytes(20)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
