/**
 * The inputs of ZUNION, ZINTER, ZDIFF and their like: sorted sets, and sets,
 * whose members count as having the score 1.
 *
 * DESIGN. The members of an input come through what all collections have in
 * common (`CollectionType`). Handlers are synchronous and use one sink.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { type ElementSink } from "../objects/collection.ts";
import { TYPE_SET, TYPE_ZSET } from "../objects/entry.ts";
import { ERR_WRONG_TYPE } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";

/** A sorted set of members of others, or of sets, takes no more than so many times their bytes. */
export const MEMBERS_FACTOR = 3;

/** Takes the members of an input one by one. */
export interface MemberVisitor {
  /** @returns false when no more are wanted */
  visit(member: Slice, score: number): boolean;
}

/** One key of several; `ref` is NIL when it is missing. */
export class Input {
  readonly ref: Ref;
  readonly count: number;
  weight = 1;
  /** What it takes in the arena. */
  readonly bytes: number;
  readonly #c: CommandContext;
  readonly #isSet: boolean;

  constructor(c: CommandContext, ref: Ref) {
    this.#c = c;
    this.ref = ref;
    this.#isSet = ref !== NIL && c.ks.entries.type(ref) === TYPE_SET;
    this.count = ref === NIL ? 0 : c.ks.collections.count(ref);
    this.bytes = ref === NIL ? 0 : c.ks.entries.collectionBytes(ref);
  }

  /** The score of a member; NaN if it is not there. */
  score(member: Slice): number {
    const { buf, off, len } = member;
    if (this.ref === NIL) return NaN;
    if (!this.#isSet) return this.#c.ks.zsets.score(this.ref, buf, off, len);
    return this.#c.ks.sets.has(this.ref, buf, off, len) ? 1 : NaN;
  }

  /** Hands out all members until the visitor has enough. */
  forEach(visitor: MemberVisitor): void {
    if (this.ref === NIL) return;
    const { entries, collections } = this.#c.ks;
    const type = collections.types[this.#isSet ? TYPE_SET : TYPE_ZSET];
    sink.visitor = visitor;
    sink.done = false;
    if (!entries.isLarge(this.ref)) return type.emitPacked(this.ref, sink);
    const root = entries.word2(this.ref);
    let position = 0;
    do position = type.emitRoot(root, position, sink); while (position !== 0 && !sink.done);
  }
}

/** Whether there is room for a sorted set of `count` of the members of `ref`; replies OOM when there may not be. */
export function hasRoomForMembers(c: CommandContext, ref: Ref, count: number): boolean {
  if (count === 0) return true;
  const { collections, entries } = c.ks;
  return c.hasRoomFor(MEMBERS_FACTOR * entries.collectionBytes(ref) * count / collections.count(ref));
}

/** Turns the elements of a collection into visits. */
class VisitSink implements ElementSink {
  visitor: MemberVisitor | null = null;
  done = false;

  item(member: Slice): void {
    this.scored(member, 0, 1);
  }

  scored(member: Slice, _big: number, score: number): void {
    if (!this.done) this.done = !this.visitor!.visit(member, score);
  }

  field(): void {
    throw new Error("Cannot visit fields as an input is a set or a sorted set");
  }
}
const sink = new VisitSink();

/** Looks `n` keys up from argument `first` on. @returns undefined after replying WRONGTYPE */
export function readInputs(c: CommandContext, first: number, n: number): Input[] | undefined {
  const inputs: Input[] = [];
  for (let i = first; i < first + n; i++) {
    const ref = c.read(i);
    const type = ref === NIL ? TYPE_ZSET : c.ks.entries.type(ref);
    if (type !== TYPE_ZSET && type !== TYPE_SET) {
      c.out.error(ERR_WRONG_TYPE);
      return undefined;
    }
    inputs.push(new Input(c, ref));
  }
  return inputs;
}
