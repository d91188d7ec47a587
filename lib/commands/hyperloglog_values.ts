/** What all HyperLogLog commands do with a value: check it, make it writable, make it dense. */

import { NIL, type Ref } from "../arena/layout.ts";
import { ENC_BIG, ENC_RAW, TYPE_STRING } from "../objects/entry.ts";
import { isHyperLogLog, mergeInto, writeDense } from "../objects/hyperloglog.ts";
import { HLL_DENSE_BYTES, type Registers } from "../objects/hyperloglog_layout.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

const ERR_NOT_HLL = errorReply("WRONGTYPE Key is not a valid HyperLogLog string value.");
export const ERR_CORRUPTED = errorReply("INVALIDOBJ Corrupted HLL object detected");

/** Whether `ref` (not 0) is a HyperLogLog, to which `c.a` points then; replies the error when it is none. */
export function isHllOrReply(c: CommandContext, ref: Ref): boolean {
  if (!c.hasType(ref, TYPE_STRING)) return false;
  const value = c.a;
  c.ks.entries.value(ref, value);
  if (isHyperLogLog(value.buf, value.off, value.len)) return true;
  c.out.error(ERR_NOT_HLL);
  return false;
}

/** Notes, for OBJECT ENCODING, that a string was made writable, even if nothing gets written. */
export function makeRaw(c: CommandContext, ref: Ref): void {
  const entries = c.ks.entries;
  entries.setEncoding(ref, (entries.encoding(ref) & ENC_BIG) | ENC_RAW);
}

/**
 * Makes a sparse HyperLogLog dense.
 * @param registers is overwritten
 * @returns the entry, which has moved; 0 when its bytes are corrupted
 */
export function makeDense(c: CommandContext, ref: Ref, registers: Registers): Ref {
  const value = c.a;
  c.ks.entries.value(ref, value);
  registers.fill(0);
  if (!mergeInto(registers, value.buf, value.off, value.len)) return NIL;
  ref = c.ks.prepareString(c.db, ref, HLL_DENSE_BYTES, ENC_RAW);
  c.ks.entries.value(ref, value);
  writeDense(registers, value.buf, value.off);
  return ref;
}
