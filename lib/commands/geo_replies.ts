/** Positions as replies. */

import { MAX_COORDINATE_LENGTH, writeCoordinate } from "../base/fixed_point.ts";
import { type CommandContext } from "./context.ts";

const COMMA = 44;
const CR = 13;
const LF = 10;
/** A coordinate with the type byte and line end of a RESP3 double. */
const digits = new Uint8Array(MAX_COORDINATE_LENGTH + 3);

/** Replies longitude and latitude as an array: of bulk strings, of doubles in RESP3. */
export function replyPosition(c: CommandContext, position: Float64Array): void {
  c.out.arrayHeader(2);
  replyCoordinate(c, position[0]);
  replyCoordinate(c, position[1]);
}

function replyCoordinate(c: CommandContext, value: number): void {
  if (!c.out.resp3) return c.out.bulk(digits, 0, writeCoordinate(digits, 0, value));
  digits[0] = COMMA;
  const end = writeCoordinate(digits, 1, value);
  digits[end] = CR;
  digits[end + 1] = LF;
  c.out.raw(digits.subarray(0, end + 2));
}
