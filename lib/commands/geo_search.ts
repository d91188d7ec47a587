/**
 * Searches for positions: GEOSEARCH, GEORADIUS and their relatives.
 *
 * DESIGN. Arguments are read by geo_options.ts, results found and ordered by
 * geo_results.ts; here they are replied or stored. What is stored is logged as
 * typed, unless distances are: these are logged as the numbers they came to,
 * for a float must not be computed twice.
 */

import { NIL } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { MAX_DISTANCE_LENGTH, writeDistance } from "../base/fixed_point.ts";
import { MAX_DOUBLE_LENGTH, writeDouble } from "../base/float.ts";
import { decodePosition } from "../base/geohash.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { ZSetBuilder } from "../objects/zset_builder.ts";
import { type CommandContext, WRONG_TYPE } from "./context.ts";
import {
  BY_OPTIONS,
  FROM_MEMBER,
  FROM_POSITION,
  GeoQuery,
  NO_STORE,
  parseQuery,
  STORES,
} from "./geo_options.ts";
import { replyPosition } from "./geo_replies.ts";
import { GeoResults } from "./geo_results.ts";
import { type HandlerTable } from "./spec.ts";
import { hasRoomForMembers } from "./zset_inputs.ts";

const DEL = toAscii("DEL");
const ZADD = toAscii("ZADD");
/** Members in one logged ZADD. */
const LOGGED_MEMBERS = 64;
const digits = new Uint8Array(Math.max(MAX_DISTANCE_LENGTH, MAX_DOUBLE_LENGTH));
const position = new Float64Array(2);

const query = new GeoQuery();
/** Made for the keyspace that is searched, of which a process has one. */
let results: GeoResults | null = null;
let builder: ZSetBuilder | null = null;

/** Finds members around a position. O(n) in the cells around it. `GEORADIUS key longitude latitude radius unit …` */
function georadiusCommand(c: CommandContext): void {
  search(c, 1, FROM_POSITION);
}

/** As GEORADIUS, without STORE. `GEORADIUS_RO key longitude latitude radius unit …` */
function georadiusRoCommand(c: CommandContext): void {
  search(c, 1, FROM_POSITION | NO_STORE);
}

/** Finds members around one of them. O(n) in the cells around it. `GEORADIUSBYMEMBER key member radius unit …` */
function georadiusbymemberCommand(c: CommandContext): void {
  search(c, 1, FROM_MEMBER);
}

/** As GEORADIUSBYMEMBER, without STORE. `GEORADIUSBYMEMBER_RO key member radius unit …` */
function georadiusbymemberRoCommand(c: CommandContext): void {
  search(c, 1, FROM_MEMBER | NO_STORE);
}

/**
 * Finds members in a circle or a box. O(n) in the cells around it.
 *
 * `GEOSEARCH key FROMMEMBER member | FROMLONLAT longitude latitude BYRADIUS radius unit | BYBOX width height unit
 * [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]`
 */
function geosearchCommand(c: CommandContext): void {
  search(c, 1, BY_OPTIONS);
}

/** As GEOSEARCH, and stores what it finds. `GEOSEARCHSTORE destination source … [STOREDIST]` */
function geosearchstoreCommand(c: CommandContext): void {
  search(c, 2, BY_OPTIONS | STORES);
}

/** Searches the sorted set at argument `key`. */
function search(c: CommandContext, key: number, form: number): void {
  const source = c.readTyped(key, TYPE_ZSET);
  if (source === WRONG_TYPE || !parseQuery(c, query, source, form)) return;
  const found = resultsOf(c);
  const wanted = source === NIL ? 0 : found.search(source, query);
  if (query.storeAt === 0) replyResults(c, found, wanted);
  else if (wanted > 0) {
    if (hasRoomForMembers(c, source, wanted)) storeResults(c, found, wanted);
  } else {
    if (c.remove(query.storeAt)) c.dirty++;
    c.out.integer(0);
  }
  found.clear();
}

function resultsOf(c: CommandContext): GeoResults {
  const { zsets } = c.ks;
  if (results === null || results.zsets !== zsets) {
    results = new GeoResults(zsets);
    builder = null;
  }
  return results;
}

function replyResults(c: CommandContext, found: GeoResults, wanted: number): void {
  const { withDist, withHash, withCoord, shape } = query;
  const parts = 1 + (withDist ? 1 : 0) + (withHash ? 1 : 0) + (withCoord ? 1 : 0);
  const { out } = c;
  out.arrayHeader(wanted);
  for (let i = 0; i < wanted; i++) {
    const row = found.order[i];
    if (parts > 1) out.arrayHeader(parts);
    out.bulk(found.bufs[row], found.offs[row], found.lens[row]);
    if (withDist) out.bulk(digits, 0, writeDistance(digits, 0, found.distances[row] / shape.metres));
    const score = found.scores[row];
    if (withHash) replyHash(c, Math.trunc(score));
    if (!withCoord) continue;
    decodePosition(score, position);
    replyPosition(c, position);
  }
}

/** A score, of which those at the very east have 54 bits. */
function replyHash(c: CommandContext, score: number): void {
  if (score <= Number.MAX_SAFE_INTEGER) c.out.integer(score);
  else c.out.bigInteger(BigInt(score));
}

/** Makes the first results the sorted set at `query.storeAt`. */
function storeResults(c: CommandContext, found: GeoResults, wanted: number): void {
  const { ks } = c;
  const { storeAt, storeDist, shape } = query;
  const { buf, off, len } = c.args;
  builder ??= new ZSetBuilder(ks.zsets);
  const ref = ks.build(buf, off[storeAt], len[storeAt], TYPE_ZSET);
  for (let i = 0; i < wanted; i++) {
    const row = found.order[i];
    const score = storeDist ? found.distances[row] / shape.metres : found.scores[row];
    builder.add(score, found.bufs[row], found.offs[row], found.lens[row]);
    if (storeDist) logMember(c, i, wanted, score, found, row);
  }
  builder.sort();
  builder.fill(ref);
  ks.install(c.db, ref);
  c.dirty += wanted;
  c.out.integer(wanted);
}

/** Logs result `i` of `wanted`: the first one behind a DEL of what was there, and so many in one ZADD. */
function logMember(
  c: CommandContext,
  i: number,
  wanted: number,
  score: number,
  found: GeoResults,
  row: number,
): void {
  const { instead } = c;
  if (i === 0) {
    instead.begin(2);
    instead.bulk(DEL, 0, DEL.length);
    c.insteadArg(query.storeAt);
  }
  if (i % LOGGED_MEMBERS === 0) {
    instead.begin(2 + 2 * Math.min(LOGGED_MEMBERS, wanted - i));
    instead.bulk(ZADD, 0, ZADD.length);
    c.insteadArg(query.storeAt);
  }
  instead.bulk(digits, 0, writeDouble(digits, 0, score));
  instead.bulk(found.bufs[row], found.offs[row], found.lens[row]);
}

/** Part of the geo family, for geo.ts. */
export const GEO_SEARCH_COMMANDS: HandlerTable = {
  georadius: georadiusCommand,
  georadius_ro: georadiusRoCommand,
  georadiusbymember: georadiusbymemberCommand,
  georadiusbymember_ro: georadiusbymemberRoCommand,
  geosearch: geosearchCommand,
  geosearchstore: geosearchstoreCommand,
};
