/**
 * SORT and SORT_RO: the elements of a list, set or sorted set in order, or what
 * patterns find with them.
 *
 * DESIGN. Options, elements, keys to sort by, order, output: one after the
 * other (sort_vector.ts, sort_patterns.ts). With STORE all values are found
 * before the list is built, since nothing may be looked up meanwhile. Text is
 * ordered by its bytes, as in Redis under the C locale: without STORE up to the
 * first zero byte.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { parseDouble } from "../base/float.ts";
import { Slice } from "../base/slice.ts";
import { type ElementSink } from "../objects/collection.ts";
import { type ItemSink } from "../objects/list.ts";
import { TYPE_LIST, TYPE_SET, TYPE_ZSET } from "../objects/entry.ts";
import { ZSET_SKIPLIST } from "../objects/zset.ts";
import { ERR_SYNTAX, ERR_WRONG_TYPE, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { hasStar, lookupPattern } from "./sort_patterns.ts";
import { ByteStrings, partialOrder, sortedOrder } from "./sort_vector.ts";
import { type HandlerTable } from "./spec.ts";
import { wideInteger } from "./string_values.ts";

const ERR_SCORES = errorReply("ERR One or more scores can't be converted into double");
const TOKEN_ASC = toAscii("asc");
const TOKEN_DESC = toAscii("desc");
const TOKEN_ALPHA = toAscii("alpha");
const TOKEN_LIMIT = toAscii("limit");
const TOKEN_STORE = toAscii("store");
const TOKEN_BY = toAscii("by");
const TOKEN_GET = toAscii("get");
const DEL = toAscii("DEL");
const RPUSH = toAscii("RPUSH");
const NO_BYTES = new Uint8Array(0);
/** The most items of one RPUSH that is logged. */
const LOGGED_ITEMS = 1024;
/** What a list takes of each item beside its bytes, and how much larger its nodes may be than what is in them. */
const ITEM_BYTES = 16;
const LIST_FACTOR = 2;
/** The least double that is not denormal. */
const NORMAL_MIN = 2 ** -1022;
const LETTER_X = 120;

/** What a call asks for. Arguments by their number, 0 for none. */
interface SortOptions {
  descending: boolean;
  alpha: boolean;
  start: number;
  count: number;
  store: number;
  by: number;
  /** A pattern without `*` was given: nothing is sorted. */
  unsorted: boolean;
  readonly get: number[];
}

const element = new Slice();
const value = new Slice();

/** Collects the elements of a list, set or sorted set. */
class ElementCopies implements ElementSink, ItemSink {
  readonly strings: ByteStrings;

  constructor(strings: ByteStrings) {
    this.strings = strings;
  }

  item(bytes: Slice): void {
    this.strings.push(bytes.buf, bytes.off, bytes.len);
  }

  scored(member: Slice): void {
    this.item(member);
  }

  bulk(buf: Uint8Array, off: number, len: number): void {
    this.strings.push(buf, off, len);
  }

  field(): void {
    throw new Error("Cannot sort fields as SORT takes lists, sets and sorted sets");
  }
}

/**
 * Sorts, and replies or stores. O(n log n), n the number of elements.
 *
 * `SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] [STORE destination]`
 */
function sortCommand(c: CommandContext): void {
  sort(c, false);
}

/** As SORT without STORE. `SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA]` */
function sortRoCommand(c: CommandContext): void {
  sort(c, true);
}

function sort(c: CommandContext, readOnly: boolean): void {
  const options = readOptions(c, readOnly);
  if (options === undefined) return;
  const ref = c.read(1);
  const type = ref === NIL ? TYPE_LIST : c.ks.entries.type(ref);
  if (type !== TYPE_LIST && type !== TYPE_SET && type !== TYPE_ZSET) return c.out.error(ERR_WRONG_TYPE);
  if (options.unsorted && type === TYPE_SET && options.store !== 0) {
    // A set has no order of its own, and what is stored must be the same wherever it is done.
    options.unsorted = false;
    options.alpha = true;
    options.by = 0;
  }
  // As in Redis, whose sorted sets are sorted as skiplists and stay ones.
  if (type === TYPE_ZSET) c.ks.entries.setEncoding(ref, c.ks.entries.encoding(ref) | ZSET_SKIPLIST);
  const elements = new ByteStrings();
  let range = rangeOf(options, ref === NIL ? 0 : c.ks.collections.count(ref));
  let order: Int32Array | undefined;
  if (options.unsorted && type !== TYPE_SET) {
    const count = range.end - range.start;
    if (count > 0) loadRange(c, ref, options.descending, range.start, count, elements);
    order = nativeOrder(count, options.descending);
    range = { start: 0, end: count };
  } else {
    if (ref !== NIL) c.ks.collections.emit(ref, new ElementCopies(elements));
    order = options.unsorted ? nativeOrder(elements.count, false) : orderOf(c, options, elements, range);
  }
  if (order === undefined) return c.out.error(ERR_SCORES);
  const chosen = order.subarray(range.start, range.end);
  if (options.store === 0) reply(c, options, elements, chosen);
  else store(c, options, elements, chosen, type === TYPE_SET && options.alpha && options.by !== 0);
}

/** Loads `count` elements of a list or sorted set, from `start` on as counted from its end if `descending`; in its own order. */
function loadRange(
  c: CommandContext,
  ref: Ref,
  descending: boolean,
  start: number,
  count: number,
  out: ByteStrings,
): void {
  const { collections, entries, lists, zsets } = c.ks;
  const first = descending ? collections.count(ref) - start - count : start;
  if (entries.type(ref) === TYPE_LIST) return lists.emitRange(ref, first, count, new ElementCopies(out));
  const { cursor } = zsets;
  cursor.seek(ref, first);
  for (let i = 0; i < count; i++, cursor.next()) {
    out.push(cursor.member.buf, cursor.member.off, cursor.member.len);
  }
}

/** @returns undefined after replying an error */
function readOptions(c: CommandContext, readOnly: boolean): SortOptions | undefined {
  const options: SortOptions = {
    descending: false,
    alpha: false,
    start: 0,
    count: -1,
    store: 0,
    by: 0,
    unsorted: false,
    get: [],
  };
  for (let i = 2; i < c.argc; i++) {
    const left = c.argc - i - 1;
    if (c.is(i, TOKEN_ASC)) options.descending = false;
    else if (c.is(i, TOKEN_DESC)) options.descending = true;
    else if (c.is(i, TOKEN_ALPHA)) options.alpha = true;
    else if (left >= 2 && c.is(i, TOKEN_LIMIT)) {
      options.start = wideInteger(c, i + 1);
      if (Number.isNaN(options.start)) return undefined;
      options.count = wideInteger(c, i + 2);
      if (Number.isNaN(options.count)) return undefined;
      i += 2;
    } else if (left >= 1 && !readOnly && c.is(i, TOKEN_STORE)) options.store = ++i;
    else if (left >= 1 && c.is(i, TOKEN_BY)) {
      options.by = ++i;
      if (!hasStar(c, i)) options.unsorted = true;
    } else if (left >= 1 && c.is(i, TOKEN_GET)) options.get.push(++i);
    else {
      c.out.error(ERR_SYNTAX);
      return undefined;
    }
  }
  return options;
}

/** Which of `count` sorted elements LIMIT chooses: `[start, end)`. */
function rangeOf(options: SortOptions, count: number): { start: number; end: number } {
  const start = Math.min(Math.max(options.start, 0), count);
  const end = options.count < 0 ? count : Math.min(start + options.count, count);
  return { start, end };
}

function nativeOrder(count: number, descending: boolean): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => descending ? count - 1 - i : i);
}

/** The elements in order. @returns undefined when some are to be sorted as numbers and are none */
function orderOf(
  c: CommandContext,
  options: SortOptions,
  elements: ByteStrings,
  range: { start: number; end: number },
): Int32Array | undefined {
  const { count } = elements;
  if (!options.alpha) {
    const keys = new Float64Array(count);
    if (!readScores(c, options, elements, keys)) return undefined;
    return sortedOrder(keys, count, options.descending, (a, b) => elements.compare(a, b));
  }
  const texts = textsOf(c, options, elements);
  const sorted = sortedOrder(texts.keys(), count, options.descending, (a, b) => texts.compare(a, b));
  const isWhole = range.start === 0 && range.end === count;
  if (options.by === 0 || isWhole) return sorted;
  return partialOrder(sorted, range.end, (a, b) => texts.compare(a, b) === 0);
}

/** The texts to sort by. */
function textsOf(c: CommandContext, options: SortOptions, elements: ByteStrings): ByteStrings {
  if (options.by === 0 && options.store !== 0) return elements;
  const texts = new ByteStrings();
  for (let i = 0; i < elements.count; i++) {
    elements.read(i, element);
    if (options.by === 0) texts.push(element.buf, element.off, element.len);
    else if (lookupPattern(c, options.by, element, value)) texts.push(value.buf, value.off, value.len);
    else texts.pushNone();
  }
  if (options.store === 0) texts.cutAtZero();
  return texts;
}

/** Fills `scores` with the numbers to sort by, 0 for what is missing. @returns whether all are numbers */
function readScores(
  c: CommandContext,
  options: SortOptions,
  elements: ByteStrings,
  scores: Float64Array,
): boolean {
  let valid = true;
  for (let i = 0; i < elements.count; i++) {
    elements.read(i, element);
    if (options.by === 0) scores[i] = parseScore(element);
    else if (lookupPattern(c, options.by, element, value)) scores[i] = parseScore(value);
    if (Number.isNaN(scores[i])) valid = false;
  }
  return valid;
}

/**
 * A number as C's `strtod` reads it: white space may come first, a zero byte
 * ends it, an empty text is 0. NaN if it is none, or out of the range of normal doubles.
 */
function parseScore({ buf, off, len }: Slice): number {
  let end = off + len;
  let at = off;
  while (at < end && buf[at] !== 0) at++;
  end = at;
  if (end === off) return 0;
  at = off;
  while (at < end && (buf[at] === 32 || (buf[at] >= 9 && buf[at] <= 13))) at++;
  const score = parseDouble(buf, at, end - at);
  const isDenormal = score !== 0 && score > -NORMAL_MIN && score < NORMAL_MIN;
  return isDenormal && !isHexadecimal(buf, at, end) ? NaN : score;
}

function isHexadecimal(buf: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((buf[at] | 32) === LETTER_X) return true;
  return false;
}

/** Replies the chosen elements, or what GET finds with them. */
function reply(c: CommandContext, options: SortOptions, elements: ByteStrings, chosen: Int32Array): void {
  const { out } = c;
  const { get } = options;
  out.arrayHeader(chosen.length * Math.max(get.length, 1));
  for (let i = 0; i < chosen.length; i++) {
    elements.read(chosen[i], element);
    if (get.length === 0) out.bulk(element.buf, element.off, element.len);
    for (const pattern of get) {
      if (lookupPattern(c, pattern, element, value)) out.bulk(value.buf, value.off, value.len);
      else out.nil();
    }
  }
}

/**
 * Stores them as a list, with an empty string for what is missing, and replies how many there are.
 * @param asItems log the list, not the command: members of a set whose texts are equal come in the order of the
 * set, which is another one in another process
 */
function store(
  c: CommandContext,
  options: SortOptions,
  elements: ByteStrings,
  chosen: Int32Array,
  asItems: boolean,
): void {
  const { get } = options;
  const count = chosen.length * Math.max(get.length, 1);
  if (count === 0) {
    if (c.remove(options.store)) c.dirty++;
    return c.out.integer(0);
  }
  const found = get.length === 0 ? elements : valuesOf(c, get, elements, chosen);
  if (!c.hasRoomFor(LIST_FACTOR * count * (found.bytes / found.count + ITEM_BYTES))) return;
  c.out.integer(count);
  const { buf, off, len } = c.args;
  const { lists } = c.ks;
  const target: Ref = c.ks.build(buf, off[options.store], len[options.store], TYPE_LIST);
  for (let i = 0; i < count; i++) {
    found.read(get.length === 0 ? chosen[i] : i, value);
    lists.pushTail(target, value.buf, value.off, value.len);
    if (asItems) logItem(c, options.store, i, count);
  }
  lists.filled(target);
  c.ks.install(c.db, target);
  c.dirty += count;
}

/** Logs `value` as item `i` of `count` of the list at argument `key`: the first one behind a DEL of what was there. */
function logItem(c: CommandContext, key: number, i: number, count: number): void {
  const { instead } = c;
  if (i === 0) {
    instead.begin(2);
    instead.bulk(DEL, 0, DEL.length);
    c.insteadArg(key);
  }
  if (i % LOGGED_ITEMS === 0) {
    instead.begin(2 + Math.min(LOGGED_ITEMS, count - i));
    instead.bulk(RPUSH, 0, RPUSH.length);
    c.insteadArg(key);
  }
  instead.bulk(value.buf, value.off, value.len);
}

/** What GET finds with the chosen elements, one pattern after the other. */
function valuesOf(
  c: CommandContext,
  get: readonly number[],
  elements: ByteStrings,
  chosen: Int32Array,
): ByteStrings {
  const found = new ByteStrings();
  for (let i = 0; i < chosen.length; i++) {
    elements.read(chosen[i], element);
    for (const pattern of get) {
      if (lookupPattern(c, pattern, element, value)) found.push(value.buf, value.off, value.len);
      else found.push(NO_BYTES, 0, 0);
    }
  }
  return found;
}

/** SORT and SORT_RO. */
export const SORT_COMMANDS: HandlerTable = {
  sort: sortCommand,
  sort_ro: sortRoCommand,
};
