/**
 * The name of the module that RDB bytes belong to, for messages: their content is the module's own.
 *
 * A module's id is a 64-bit length: nine characters of six bits, then ten bits of a version.
 */

import { RDB_64BIT_LEN } from "./format.ts";
import { u32be } from "./int64.ts";
import { type RdbSource } from "./source.ts";

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NAME_LENGTH = 9;
const VERSION_BITS = 10n;

/** The name that comes next in the source, which does not move on; `?` if there is none. */
export function moduleName(source: RdbSource): string {
  source.need(9);
  const { buf, position } = source;
  if (buf[position] !== RDB_64BIT_LEN) return "?";
  let id = ((BigInt(u32be(buf, position + 1)) << 32n) | BigInt(u32be(buf, position + 5))) >> VERSION_BITS;
  let name = "";
  for (let i = 0; i < NAME_LENGTH; i++) {
    name = CHARACTERS[Number(id & 63n)] + name;
    id >>= 6n;
  }
  return name;
}
