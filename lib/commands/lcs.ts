/** LCS: the longest common subsequence of two strings; the work is in lcs_table.ts. */

import { NIL } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { TYPE_STRING } from "../objects/entry.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { LcsTable } from "./lcs_table.ts";
import { type HandlerTable } from "./spec.ts";
import { wideInteger } from "./string_values.ts";

const LEN = toAscii("len");
const IDX = toAscii("idx");
const MATCHES = toAscii("matches");
const MINMATCHLEN = toAscii("minmatchlen");
const WITHMATCHLEN = toAscii("withmatchlen");
const NO_BYTES = new Uint8Array(0);

const ERR_NO_STRINGS = errorReply("ERR The specified keys must contain string values");
const ERR_LEN_AND_IDX = errorReply(
  "ERR If you want both the length and indexes, please just use IDX.",
);
const ERR_TOO_LARGE = errorReply(
  "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
);
/** The limit is that of a table of 32-bit lengths, whatever the table here takes. */
const CELL_BYTES = 4;

interface LcsOptions {
  len: boolean;
  idx: boolean;
  withMatchLen: boolean;
  minMatchLen: number;
}

/** Bytes that match in one piece: their first and last offsets in a and in b. */
interface Range {
  startA: number;
  endA: number;
  startB: number;
  endB: number;
}

/**
 * Replies the longest common subsequence of two strings, its length, or where it lies. O(n·m / 32).
 *
 * `LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN]`
 */
function lcsCommand(c: CommandContext): void {
  const refA = c.read(1);
  const refB = c.read(2);
  const entries = c.ks.entries;
  const areStrings = (refA === NIL || entries.type(refA) === TYPE_STRING) &&
    (refB === NIL || entries.type(refB) === TYPE_STRING);
  if (!areStrings) return c.out.error(ERR_NO_STRINGS);
  const options = parseOptions(c);
  if (options === undefined) return;
  if (options.len && options.idx) return c.out.error(ERR_LEN_AND_IDX);
  const a = valueOf(c, refA);
  const b = valueOf(c, refB);
  const tableBytes = (a.length + 1) * (b.length + 1) * CELL_BYTES;
  if (tableBytes > c.server.config.protoMaxBulkLen) return c.out.error(ERR_TOO_LARGE);
  const table = new LcsTable(a, b, !options.len);
  if (options.idx) replyRanges(c, table, options);
  else if (options.len) c.out.integer(table.length);
  else replySubsequence(c, table, a);
}

/** A view of a string's value, valid until the next free; LCS frees nothing. */
function valueOf(c: CommandContext, ref: number): Uint8Array {
  if (ref === NIL) return NO_BYTES;
  c.ks.entries.value(ref, c.a);
  return c.a.buf.subarray(c.a.off, c.a.off + c.a.len);
}

/** @returns undefined after replying an error */
function parseOptions(c: CommandContext): LcsOptions | undefined {
  const options: LcsOptions = { len: false, idx: false, withMatchLen: false, minMatchLen: 0 };
  for (let i = 3; i < c.args.argc; i++) {
    if (c.is(i, IDX)) options.idx = true;
    else if (c.is(i, LEN)) options.len = true;
    else if (c.is(i, WITHMATCHLEN)) options.withMatchLen = true;
    else if (c.is(i, MINMATCHLEN) && i + 1 < c.args.argc) {
      options.minMatchLen = wideInteger(c, ++i);
      if (Number.isNaN(options.minMatchLen)) return undefined;
    } else {
      c.out.error(ERR_SYNTAX);
      return undefined;
    }
  }
  return options;
}

function replySubsequence(c: CommandContext, table: LcsTable, a: Uint8Array): void {
  const common = new Uint8Array(table.length);
  let at = table.length;
  table.walk((atA) => common[--at] = a[atA]);
  c.out.bulk(common, 0, common.length);
}

/** The matches, joined to ranges, the last one first. */
function rangesOf(table: LcsTable): Range[] {
  const ranges: Range[] = [];
  table.walk((atA, atB) => {
    const last = ranges[ranges.length - 1];
    if (last !== undefined && last.startA === atA + 1 && last.startB === atB + 1) {
      last.startA = atA;
      last.startB = atB;
    } else ranges.push({ startA: atA, endA: atA, startB: atB, endB: atB });
  });
  return ranges;
}

function replyRanges(c: CommandContext, table: LcsTable, options: LcsOptions): void {
  const ranges = rangesOf(table).filter((r) => r.endA - r.startA + 1 >= options.minMatchLen);
  c.out.mapHeader(2);
  c.out.bulk(MATCHES, 0, MATCHES.length);
  c.out.arrayHeader(ranges.length);
  for (const { startA, endA, startB, endB } of ranges) {
    c.out.arrayHeader(options.withMatchLen ? 3 : 2);
    c.out.arrayHeader(2);
    c.out.integer(startA);
    c.out.integer(endA);
    c.out.arrayHeader(2);
    c.out.integer(startB);
    c.out.integer(endB);
    if (options.withMatchLen) c.out.integer(endA - startA + 1);
  }
  c.out.bulk(LEN, 0, LEN.length);
  c.out.integer(table.length);
}

/** Part of the string family, for strings.ts. */
export const LCS_COMMANDS: HandlerTable = { lcs: lcsCommand };
