/**
 * Positions: GEOADD, GEODIST, GEOHASH, GEOPOS. Searches are in geo_search.ts.
 *
 * DESIGN. A position is the score of a member of a sorted set (lib/base/geohash.ts),
 * and GEOADD is logged as the ZADD that it comes to. A member whose score was
 * set otherwise has a position too.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { MAX_DISTANCE_LENGTH, writeDistance } from "../base/fixed_point.ts";
import {
  decodePosition,
  distance,
  encodePosition,
  GEOHASH_CHARACTERS,
  writeGeohash,
} from "../base/geohash.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { ADD_NX, ADD_XX, ZSET_ADDED, ZSET_UPDATED } from "../objects/zset.ts";
import { ERR_SYNTAX } from "../resp/errors.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import { parsePosition, parseUnit } from "./geo_options.ts";
import { replyPosition } from "./geo_replies.ts";
import { GEO_SEARCH_COMMANDS } from "./geo_search.ts";
import { type HandlerTable } from "./spec.ts";
import { insteadInteger } from "./string_values.ts";

const ZADD = toAscii("ZADD");
const NX = toAscii("nx");
const XX = toAscii("xx");
const CH = toAscii("ch");

const position = new Float64Array(2);
const other = new Float64Array(2);
const text = new Uint8Array(Math.max(MAX_DISTANCE_LENGTH, GEOHASH_CHARACTERS));
/** Scores of a GEOADD: all positions are read before anything changes. */
let scores = new Float64Array(16);

/**
 * Adds members with positions. O(log n) for each.
 *
 * `GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member …]`
 */
function geoaddCommand(c: CommandContext): void {
  const argc = c.args.argc;
  let conditions = 0;
  let changed = false;
  let first = 2;
  for (; first < argc; first++) {
    if (c.is(first, NX)) conditions |= ADD_NX;
    else if (c.is(first, XX)) conditions |= ADD_XX;
    else if (c.is(first, CH)) changed = true;
    else break;
  }
  const members = (argc - first) / 3;
  if (members === 0 || !Number.isInteger(members) || conditions === (ADD_NX | ADD_XX)) {
    return c.out.error(ERR_SYNTAX);
  }
  if (members > scores.length) scores = new Float64Array(members * 2);
  for (let i = 0; i < members; i++) {
    if (!parsePosition(c, first + i * 3, position)) return;
    scores[i] = encodePosition(position[0], position[1]);
  }
  const ref = c.writeTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NIL && (conditions & ADD_XX) !== 0) return c.out.integer(0);
  const { added, updated } = addMembers(c, ref, first, members, conditions);
  if (added + updated > 0) {
    c.dirty += added + updated;
    logAdded(c, first, members);
  }
  c.out.integer(changed ? added + updated : added);
}

const done = { added: 0, updated: 0 };

/** Adds the members from argument `first + 2` on with `scores` to `ref`, or to a new sorted set if that is 0. */
function addMembers(
  c: CommandContext,
  ref: Ref,
  first: number,
  members: number,
  conditions: number,
): Readonly<typeof done> {
  const { buf, off, len } = c.args;
  const { zsets } = c.ks;
  if (ref !== NIL) {
    c.open(ref);
    zsets.expect(ref, members, 0);
  } else {
    ref = c.ks.create(c.db, buf, off[1], len[1], TYPE_ZSET);
    zsets.expect(ref, members, len[first + 2]);
  }
  done.added = done.updated = 0;
  for (let i = 0, at = first + 2; i < members; i++, at += 3) {
    const did = zsets.add(ref, buf, off[at], len[at], scores[i], conditions);
    if (did === ZSET_ADDED) done.added++;
    else if (did === ZSET_UPDATED) done.updated++;
  }
  c.close(ref, done.added + done.updated > 0);
  return done;
}

/** Logs the ZADD that a GEOADD came to. */
function logAdded(c: CommandContext, first: number, members: number): void {
  c.instead.begin(first + members * 2);
  c.instead.bulk(ZADD, 0, ZADD.length);
  for (let i = 1; i < first; i++) c.insteadArg(i);
  for (let i = 0; i < members; i++) {
    insteadInteger(c, scores[i]);
    c.insteadArg(first + i * 3 + 2);
  }
}

/**
 * Finds the position of the member at argument `i`.
 * @param ref the sorted set, or 0
 * @returns whether there is such a member
 */
function findPosition(c: CommandContext, ref: Ref, i: number, out: Float64Array): boolean {
  const { buf, off, len } = c.args;
  const score = ref === NIL ? NaN : c.ks.zsets.score(ref, buf, off[i], len[i]);
  if (Number.isNaN(score)) return false;
  decodePosition(score, out);
  return true;
}

/** Replies the distance of two members. O(1). `GEODIST key member1 member2 [M | KM | FT | MI]` */
function geodistCommand(c: CommandContext): void {
  const argc = c.args.argc;
  const metres = argc === 5 ? parseUnit(c, 4) : 1;
  if (metres === 0) return;
  if (argc > 5) return c.out.error(ERR_SYNTAX);
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (!findPosition(c, ref, 2, position) || !findPosition(c, ref, 3, other)) return c.out.nil();
  const far = distance(position[0], position[1], other[0], other[1]);
  c.out.bulk(text, 0, writeDistance(text, 0, far / metres));
}

/** Replies the geohash texts of members. O(1) for each. `GEOHASH key [member …]` */
function geohashCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  const argc = c.args.argc;
  c.out.arrayHeader(argc - 2);
  for (let i = 2; i < argc; i++) {
    if (!findPosition(c, ref, i, position)) c.out.nil();
    else c.out.bulk(text, 0, writeGeohash(text, 0, position[0], position[1]));
  }
}

/** Replies the positions of members. O(1) for each. `GEOPOS key [member …]` */
function geoposCommand(c: CommandContext): void {
  const ref = c.readTyped(1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  const argc = c.args.argc;
  c.out.arrayHeader(argc - 2);
  for (let i = 2; i < argc; i++) {
    if (findPosition(c, ref, i, position)) replyPosition(c, position);
    else c.out.nullArray();
  }
}

/** The geo family. */
export const GEO_COMMANDS: HandlerTable = {
  geoadd: geoaddCommand,
  geodist: geodistCommand,
  geohash: geohashCommand,
  geopos: geoposCommand,
  ...GEO_SEARCH_COMMANDS,
};
