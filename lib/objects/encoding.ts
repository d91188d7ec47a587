/**
 * The names of encodings of strings, as OBJECT ENCODING and DEBUG OBJECT show them.
 *
 * DESIGN. Entries do not store Redis' encodings of strings; the content tells
 * which one it would be, but for what ENC_RAW and ENC_TEXT say.
 */

import { parseInt64 } from "../base/ascii.ts";
import { type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { ENC_BIG, ENC_RAW, ENC_TEXT, type Entries, TYPE_STRING } from "./entry.ts";

/** The longest string, in bytes, that Redis stores in one block with its object header. */
export const EMBSTR_MAX = 44;

const value = new Slice();

/** The name of the encoding that the string `ref` has in Redis. */
export function encodingName(entries: Entries, ref: Ref): string {
  const encoding = entries.encoding(ref) & ~ENC_BIG;
  if (encoding === ENC_RAW) return "raw";
  if (encoding !== ENC_TEXT && !Number.isNaN(integerValue(entries, ref))) return "int";
  return entries.word2(ref) <= EMBSTR_MAX ? "embstr" : "raw";
}

/** Whether the string is an integer that Redis keeps one shared object for: 0 to 9999. */
export function isSharedInteger(entries: Entries, ref: Ref): boolean {
  if (entries.type(ref) !== TYPE_STRING || entries.encoding(ref) !== 0) return false;
  const integer = integerValue(entries, ref);
  return integer >= 0 && integer < 10000;
}

function integerValue(entries: Entries, ref: Ref): number {
  entries.value(ref, value);
  return parseInt64(value.buf, value.off, value.len);
}
