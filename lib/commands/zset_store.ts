/**
 * Unions, intersections and differences of sorted sets (and sets).
 *
 * DESIGN. The result comes together in the builder (lib/objects/zset_builder.ts),
 * which puts it in order once, at the end. Inputs are taken from the smallest
 * to the largest, as by Redis: sums of floats depend on the order. For a
 * command that stores, `ks.build` opens the destination before the first
 * member comes in; nothing is looked up from then on.
 *
 * n is the number of members of all inputs, k that of inputs, m of the result.
 */

import { NIL, type Ref } from "../arena/layout.ts";
import { toAscii } from "../base/ascii.ts";
import { parseDouble } from "../base/float.ts";
import { Slice } from "../base/slice.ts";
import { TYPE_ZSET } from "../objects/entry.ts";
import { type ZSetBuilder } from "../objects/zset_builder.ts";
import { ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type HandlerTable } from "./spec.ts";
import { wideInteger } from "./string_values.ts";
import { type Input, MEMBERS_FACTOR, type MemberVisitor, readInputs } from "./zset_inputs.ts";
import { readAtLeast } from "./zset_options.ts";
import { installBuilt } from "./zset_range.ts";

const ERR_WEIGHT = errorReply("ERR weight value is not a float");
const ERR_LIMIT = errorReply("ERR LIMIT can't be negative");
const TOKEN_WEIGHTS = toAscii("weights");
const TOKEN_AGGREGATE = toAscii("aggregate");
const TOKEN_WITHSCORES = toAscii("withscores");
const TOKEN_LIMIT = toAscii("limit");
const TOKEN_SUM = toAscii("sum");
const TOKEN_MIN = toAscii("min");
const TOKEN_MAX = toAscii("max");

const UNION = 0;
const INTERSECTION = 1;
const DIFFERENCE = 2;

const SUM = 0;
const MIN = 1;
const MAX = 2;

/** What a command may be given: weights and an aggregate, WITHSCORES, LIMIT. */
const TAKES_WEIGHTS = 1;
const TAKES_WITHSCORES = 2;
const TAKES_LIMIT = 4;

/** The options of a call. */
const options = { aggregate: SUM, withScores: false, limit: 0 };

/** A score times a weight; 0 where that is no number. */
function weighted(score: number, weight: number): number {
  const product = score * weight;
  return Number.isNaN(product) ? 0 : product;
}

/** Two scores of the same member as one. */
function aggregate(a: number, b: number): number {
  if (options.aggregate === MIN) return b < a ? b : a;
  if (options.aggregate === MAX) return b > a ? b : a;
  const sum = a + b;
  // inf + -inf counts as 0.
  return Number.isNaN(sum) ? 0 : sum;
}

/** Collects a union. */
class UnionVisitor implements MemberVisitor {
  weight = 1;
  readonly #builder: ZSetBuilder;

  constructor(builder: ZSetBuilder) {
    this.#builder = builder;
  }

  visit(member: Slice, score: number): boolean {
    const builder = this.#builder;
    const value = weighted(score, this.weight);
    const element = builder.find(member.buf, member.off, member.len);
    if (element === NIL) builder.addSought(value, member.buf, member.off, member.len);
    else builder.setScore(element, aggregate(builder.score(element), value));
    return true;
  }
}

/** Takes the members of the first input that all others have. */
class IntersectionVisitor implements MemberVisitor {
  found = 0;
  readonly #inputs: Input[];
  readonly #builder: ZSetBuilder | null;
  readonly #limit: number;

  /** @param builder null where the members are only counted, up to `limit` (0 for all) */
  constructor(inputs: Input[], builder: ZSetBuilder | null, limit: number) {
    this.#inputs = inputs;
    this.#builder = builder;
    this.#limit = limit;
  }

  visit(member: Slice, score: number): boolean {
    const inputs = this.#inputs;
    let sum = weighted(score, inputs[0].weight);
    for (let i = 1; i < inputs.length; i++) {
      const other = inputs[i].score(member);
      if (Number.isNaN(other)) return true;
      sum = aggregate(sum, other * inputs[i].weight);
    }
    this.found++;
    if (this.#builder !== null) this.#builder.add(sum, member.buf, member.off, member.len);
    return this.found !== this.#limit;
  }
}

/** Takes the members of the first input that no other has. */
class DifferenceVisitor implements MemberVisitor {
  readonly #inputs: Input[];
  readonly #builder: ZSetBuilder;

  constructor(inputs: Input[], builder: ZSetBuilder) {
    this.#inputs = inputs;
    this.#builder = builder;
  }

  visit(member: Slice, score: number): boolean {
    const inputs = this.#inputs;
    for (let i = 1; i < inputs.length; i++) if (!Number.isNaN(inputs[i].score(member))) return true;
    this.#builder.add(score, member.buf, member.off, member.len);
    return true;
  }
}

/** Whether there is room for the result of an operation; replies OOM when there may not be. */
function hasRoomForResult(c: CommandContext, operation: number, inputs: Input[]): boolean {
  let bytes = inputs[0].bytes;
  for (let i = 1; i < inputs.length; i++) {
    if (operation === UNION) bytes += inputs[i].bytes;
    else if (operation === INTERSECTION) bytes = Math.min(bytes, inputs[i].bytes);
  }
  return c.hasRoomFor(MEMBERS_FACTOR * bytes);
}

/** Puts the result of an operation into the builder. */
function combine(c: CommandContext, operation: number, inputs: Input[]): void {
  const { builder } = c.ks.zsets;
  if (operation === DIFFERENCE) {
    const [first, ...others] = inputs;
    // The largest first: it is likeliest to have a member.
    others.sort((a, b) => b.count - a.count);
    return first.forEach(new DifferenceVisitor([first, ...others], builder));
  }
  inputs.sort((a, b) => a.count - b.count);
  if (operation === INTERSECTION) return inputs[0].forEach(new IntersectionVisitor(inputs, builder, 0));
  const visitor = new UnionVisitor(builder);
  for (const input of inputs) {
    visitor.weight = input.weight;
    input.forEach(visitor);
  }
}

/** Reads the keys counted in argument `i`, and what follows them. @returns undefined after replying an error */
function readArguments(c: CommandContext, i: number, takes: number): Input[] | undefined {
  const n = wideInteger(c, i);
  if (Number.isNaN(n)) return undefined;
  if (n < 1) c.out.errorText(`ERR at least 1 input key is needed for '${c.spec.name}' command`);
  else if (n > c.args.argc - i - 1) c.out.error(ERR_SYNTAX);
  else {
    const inputs = readInputs(c, i + 1, n);
    return inputs !== undefined && readOptions(c, i + 1 + n, inputs, takes) ? inputs : undefined;
  }
  return undefined;
}

/** Reads the options from argument `first` on. @returns false after replying an error */
function readOptions(c: CommandContext, first: number, inputs: Input[], takes: number): boolean {
  options.aggregate = SUM;
  options.withScores = false;
  options.limit = 0;
  const { argc } = c.args;
  for (let i = first; i < argc;) {
    if ((takes & TAKES_WEIGHTS) !== 0 && argc - i > inputs.length && c.is(i, TOKEN_WEIGHTS)) {
      if (!readWeights(c, i + 1, inputs)) return false;
      i += 1 + inputs.length;
    } else if ((takes & TAKES_WEIGHTS) !== 0 && i + 1 < argc && c.is(i, TOKEN_AGGREGATE)) {
      if (!readAggregate(c, i + 1)) return false;
      i += 2;
    } else if ((takes & TAKES_WITHSCORES) !== 0 && c.is(i, TOKEN_WITHSCORES)) {
      options.withScores = true;
      i++;
    } else if ((takes & TAKES_LIMIT) !== 0 && i + 1 < argc && c.is(i, TOKEN_LIMIT)) {
      options.limit = readAtLeast(c, i + 1, 0, ERR_LIMIT);
      if (Number.isNaN(options.limit)) return false;
      i += 2;
    } else {
      c.out.error(ERR_SYNTAX);
      return false;
    }
  }
  return true;
}

function readWeights(c: CommandContext, first: number, inputs: Input[]): boolean {
  const { buf, off, len } = c.args;
  for (let i = 0; i < inputs.length; i++) {
    inputs[i].weight = parseDouble(buf, off[first + i], len[first + i]);
    if (!Number.isNaN(inputs[i].weight)) continue;
    c.out.error(ERR_WEIGHT);
    return false;
  }
  return true;
}

function readAggregate(c: CommandContext, i: number): boolean {
  if (c.is(i, TOKEN_SUM)) options.aggregate = SUM;
  else if (c.is(i, TOKEN_MIN)) options.aggregate = MIN;
  else if (c.is(i, TOKEN_MAX)) options.aggregate = MAX;
  else {
    c.out.error(ERR_SYNTAX);
    return false;
  }
  return true;
}

/** Stores the result of an operation in argument 1. */
function store(c: CommandContext, operation: number, takes: number): void {
  const inputs = readArguments(c, 2, takes);
  if (inputs === undefined) return;
  if (!hasRoomForResult(c, operation, inputs)) return;
  const { buf, off, len } = c.args;
  const existed = c.write(1) !== NIL;
  const target: Ref = c.ks.build(buf, off[1], len[1], TYPE_ZSET);
  combine(c, operation, inputs);
  installBuilt(c, target, existed);
}

const member = new Slice();

/** Replies the result of an operation. */
function reply(c: CommandContext, operation: number, takes: number): void {
  const inputs = readArguments(c, 1, takes | TAKES_WITHSCORES);
  if (inputs === undefined || !hasRoomForResult(c, operation, inputs)) return;
  const { builder } = c.ks.zsets;
  const { withScores } = options;
  combine(c, operation, inputs);
  builder.sort();
  const { out } = c;
  const nested = withScores && out.resp3;
  out.arrayHeader(withScores && !nested ? builder.count * 2 : builder.count);
  for (let i = 0; i < builder.count; i++) {
    if (nested) out.arrayHeader(2);
    builder.member(i, member);
    out.bulk(member.buf, member.off, member.len);
    if (withScores) out.number(builder.scores[i]);
  }
  builder.discard();
}

/**
 * Stores the union of sorted sets. O(n + m log m).
 *
 * `ZUNIONSTORE destination numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX]`
 */
function zunionstoreCommand(c: CommandContext): void {
  store(c, UNION, TAKES_WEIGHTS);
}

/**
 * Stores the intersection of sorted sets. O(n k + m log m), n that of the smallest.
 *
 * `ZINTERSTORE destination numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX]`
 */
function zinterstoreCommand(c: CommandContext): void {
  store(c, INTERSECTION, TAKES_WEIGHTS);
}

/** Stores the difference of sorted sets. O(n k + m log m), n that of the first. `ZDIFFSTORE destination numkeys key [key …]` */
function zdiffstoreCommand(c: CommandContext): void {
  store(c, DIFFERENCE, 0);
}

/** Replies the union of sorted sets. `ZUNION numkeys key [key …] [WEIGHTS …] [AGGREGATE …] [WITHSCORES]` */
function zunionCommand(c: CommandContext): void {
  reply(c, UNION, TAKES_WEIGHTS);
}

/** Replies the intersection of sorted sets. `ZINTER numkeys key [key …] [WEIGHTS …] [AGGREGATE …] [WITHSCORES]` */
function zinterCommand(c: CommandContext): void {
  reply(c, INTERSECTION, TAKES_WEIGHTS);
}

/** Replies the difference of sorted sets. `ZDIFF numkeys key [key …] [WITHSCORES]` */
function zdiffCommand(c: CommandContext): void {
  reply(c, DIFFERENCE, 0);
}

/** Replies how many members an intersection has. O(n k). `ZINTERCARD numkeys key [key …] [LIMIT limit]` */
function zintercardCommand(c: CommandContext): void {
  const inputs = readArguments(c, 1, TAKES_LIMIT);
  if (inputs === undefined) return;
  inputs.sort((a, b) => a.count - b.count);
  const visitor = new IntersectionVisitor(inputs, null, options.limit);
  inputs[0].forEach(visitor);
  c.out.integer(visitor.found);
}

/** Part of the family of sorted sets, for sorted_sets.ts. */
export const ZSET_STORE_COMMANDS: HandlerTable = {
  zdiff: zdiffCommand,
  zdiffstore: zdiffstoreCommand,
  zinter: zinterCommand,
  zintercard: zintercardCommand,
  zinterstore: zinterstoreCommand,
  zunion: zunionCommand,
  zunionstore: zunionstoreCommand,
};
