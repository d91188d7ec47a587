/**
 * What a search for positions finds.
 *
 * DESIGN. A result is a row of parallel arrays; the bytes of its member stay in
 * the arena, where nothing is freed before they have been copied to the reply
 * or to a new sorted set. Ordering moves row numbers only.
 */

import { type Ref } from "../arena/layout.ts";
import { GeoCover, type GeoShape } from "../base/geo_area.ts";
import { GeoMatcher } from "../base/geo_match.ts";
import { Slice } from "../base/slice.ts";
import { sortByKeys, sortFirstByKeys } from "../base/key_sort.ts";
import { type ZSets } from "../objects/zset.ts";
import { ZSetCursor } from "../objects/zset_cursor.ts";
import { ScoreCursor } from "../tree/score_tree.ts";
import { type GeoQuery, ORDER_ASC, ORDER_DESC, ORDER_NONE } from "./geo_options.ts";

/** Room that is kept for the next search. */
const KEPT = 1024;

/** Finds members within a shape; see the module's note. */
export class GeoResults {
  count = 0;
  /** Row numbers in the order of the reply. */
  order: Int32Array = new Int32Array(KEPT);
  scores: Float64Array = new Float64Array(KEPT);
  /** From the middle of the shape, in metres, if the query needs them. */
  distances: Float64Array = new Float64Array(KEPT);
  /** Where the member of a row is. */
  bufs: Uint8Array[] = [];
  offs: Int32Array = new Int32Array(KEPT);
  lens: Int32Array = new Int32Array(KEPT);
  readonly zsets: ZSets;
  /** For packed sorted sets and for large ones, of which only members that are found are read. */
  readonly #cursor: ZSetCursor;
  readonly #ordered: ScoreCursor;
  readonly #member = new Slice();
  readonly #cover = new GeoCover();
  readonly #matcher = new GeoMatcher();
  #spare: Int32Array = new Int32Array(KEPT);

  constructor(zsets: ZSets) {
    this.zsets = zsets;
    this.#cursor = new ZSetCursor(zsets);
    this.#ordered = new ScoreCursor(zsets.tree);
  }

  /** Finds what a query asks for, and orders it. @returns how many results there are to reply or store */
  search(source: Ref, query: GeoQuery): number {
    // The first few of no order would be any.
    const order = query.order === ORDER_NONE && query.count > 0 && !query.any ? ORDER_ASC : query.order;
    this.#matcher.prepare(query.shape, order !== ORDER_NONE || query.withDist || query.storeDist);
    this.#collect(source, query.shape, query.any ? query.count : 0);
    const found = this.count;
    const wanted = query.count > 0 && query.count < found ? query.count : found;
    for (let i = 0; i < found; i++) this.order[i] = i;
    if (order !== ORDER_NONE) this.#sort(order === ORDER_DESC, wanted);
    return wanted;
  }

  /** Forgets all results. */
  clear(): void {
    this.count = 0;
    this.bufs.length = 0;
    if (this.order.length > KEPT) this.#resize(KEPT);
  }

  /** @param limit stop at so many results; 0: all */
  #collect(source: Ref, shape: GeoShape, limit: number): void {
    const cover = this.#cover;
    this.clear();
    cover.cover(shape);
    const isLarge = this.zsets.entries.isLarge(source);
    for (let i = 0; i < cover.count && (limit === 0 || this.count < limit); i++) {
      if (isLarge) this.#collectLarge(source, cover.min[i], cover.max[i], limit);
      else this.#collectPacked(source, cover.min[i], cover.max[i], limit);
    }
  }

  /** Adds what is within the shape of the scores from `min` to below `max`. */
  #collectLarge(source: Ref, min: number, max: number, limit: number): void {
    const { zsets } = this;
    const cursor = this.#ordered;
    const matcher = this.#matcher;
    const member = this.#member;
    const top = zsets.roots.tree(zsets.entries.word2(source));
    const rank = zsets.tree.countBelow(top, min, false);
    for (let more = cursor.seek(top, rank); more && cursor.score < max; more = cursor.next()) {
      const metres = matcher.match(cursor.score);
      if (metres < 0) continue;
      zsets.elements.scored.read(cursor.ref, member);
      this.#add(cursor.score, metres, member);
      if (this.count === limit) return;
    }
  }

  #collectPacked(source: Ref, min: number, max: number, limit: number): void {
    const cursor = this.#cursor;
    const matcher = this.#matcher;
    const rank = this.zsets.countBelow(source, min, false);
    for (let more = cursor.seek(source, rank); more && cursor.score < max; more = cursor.next()) {
      const metres = matcher.match(cursor.score);
      if (metres < 0) continue;
      this.#add(cursor.score, metres, cursor.member);
      if (this.count === limit) return;
    }
  }

  #add(score: number, metres: number, member: Slice): void {
    const row = this.count;
    if (row === this.order.length) this.#resize(row * 2);
    this.scores[row] = score;
    this.distances[row] = metres;
    this.bufs[row] = member.buf;
    this.offs[row] = member.off;
    this.lens[row] = member.len;
    this.count = row + 1;
  }

  #sort(descending: boolean, wanted: number): void {
    const keys = this.distances;
    // Sorting by the negated distance keeps equal ones as they are, which turning the result round would not.
    if (descending) this.#negate();
    if (wanted < this.count) sortFirstByKeys(this.order, keys, this.count, wanted);
    else {
      const sorted = sortByKeys(this.order, keys, this.count, this.#spare);
      if (sorted === this.#spare) [this.order, this.#spare] = [this.#spare, this.order];
    }
    if (descending) this.#negate();
  }

  #negate(): void {
    for (let i = 0; i < this.count; i++) this.distances[i] = -this.distances[i];
  }

  /** Makes room for `rows`, keeping as many results as fit. */
  #resize(rows: number): void {
    const kept = Math.min(rows, this.count);
    this.order = new Int32Array(rows);
    this.#spare = new Int32Array(rows);
    this.scores = copied(this.scores, new Float64Array(rows), kept);
    this.distances = copied(this.distances, new Float64Array(rows), kept);
    this.offs = copied(this.offs, new Int32Array(rows), kept);
    this.lens = copied(this.lens, new Int32Array(rows), kept);
  }
}

function copied<T extends Int32Array | Float64Array>(from: T, to: T, length: number): T {
  to.set(from.subarray(0, length));
  return to;
}
