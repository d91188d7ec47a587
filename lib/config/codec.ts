/**
 * Reading, showing and rewriting the value of a directive, by kind.
 *
 * DESIGN. Pure functions over the tables. The error texts are those that
 * clients and tests know. Arguments are byte strings.
 */

import { byteStringToText } from "../base/byte_string.ts";
import { repr } from "../base/quoted_args.ts";
import {
  type BoolDirective,
  type Directive,
  type EnumDirective,
  Fault,
  FLAG_MULTI,
  type NumberDirective,
  type RewriteLine,
  type SetEnv,
  type StringDirective,
} from "./directive.ts";
import { formatMemory, parseInteger, parseMemory, strtoll } from "./numbers.ts";

/** The longest list of names that an error shows. */
const MAX_CHOICES_TEXT = 255;

/** The value a directive has when nobody sets it. */
export function fallbackValue(directive: Directive): unknown {
  return directive.kind === "special" ? directive.special.initial : directive.fallback;
}

/**
 * Reads the value that `args` spell.
 * @param old the present value, which some directives add to
 */
export function parseValue(
  directive: Directive,
  args: readonly string[],
  old: unknown,
  env: SetEnv,
): unknown | Fault {
  switch (directive.kind) {
    case "bool":
      return parseBool(directive, beforeNul(args[0]), env);
    case "enum":
      return parseEnum(directive, args.map(beforeNul));
    case "number":
      return parseNumber(directive, args[0]);
    case "string":
      return parseText(directive, beforeNul(args[0]));
    case "sds":
      return parseText(directive, args[0]);
    case "special":
      return directive.special.parse(args.map(beforeNul), old, env);
  }
}

/** What C sees of a text: it ends at the first NUL. */
function beforeNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}

/** Reads yes or no. */
function parseBool(directive: BoolDirective, arg: string, env: SetEnv): boolean | Fault {
  const word = arg.toLowerCase();
  if (word !== "yes" && word !== "no") return new Fault("argument must be 'yes' or 'no'");
  const refused = directive.check?.(word === "yes", env);
  return refused === undefined ? word === "yes" : new Fault(refused);
}

/** Reads one name, or with FLAG_MULTI one or more, which are or-ed. */
function parseEnum(directive: EnumDirective, args: readonly string[]): number | Fault {
  const multi = (directive.flags & FLAG_MULTI) !== 0;
  let value = 0;
  let known = args.length === 1 || (multi && args.length > 0);
  for (const arg of args) {
    const word = arg.toLowerCase();
    const found = directive.names.find(([name]) => name === word);
    if (found === undefined) known = false;
    else value |= found[1];
  }
  if (!known) {
    const names = directive.names.map(([name]) => name).join(", ");
    return new Fault(`argument(s) must be one of the following: ${names}`.slice(0, MAX_CHOICES_TEXT));
  }
  const refused = directive.check?.(value);
  return refused === undefined ? value : new Fault(refused);
}

/** Reads a number in the directive's form; undefined when the text is none. */
function readNumber(directive: NumberDirective, text: string): bigint | undefined {
  if (directive.form === "plain") return parseInteger(text);
  if (directive.form === "octal") {
    const parsed = strtoll(text, 8);
    return parsed.complete && !parsed.overflow ? parsed.value : undefined;
  }
  const bytes = parseMemory(text);
  if (bytes !== undefined) return BigInt.asIntN(64, bytes);
  if (directive.form === "memory-percent" && text.length > 1 && text.endsWith("%")) {
    const percent = parseInteger(text.slice(0, -1));
    if (percent !== undefined && percent >= 0n) return -percent;
  }
  return undefined;
}

const NOT_A_NUMBER = {
  "plain": "argument couldn't be parsed into an integer",
  "octal": "argument couldn't be parsed as an octal number",
  "memory": "argument must be a memory value",
  "memory-percent": "argument must be a memory or percent value",
} as const;

/** Reads a number and holds it to the directive's bounds. */
function parseNumber(directive: NumberDirective, text: string): bigint | Fault {
  const read = readNumber(directive, text);
  if (read === undefined) return new Fault(NOT_A_NUMBER[directive.form]);
  const value = directive.unsigned ? BigInt.asUintN(64, read) : read;
  if (directive.form === "memory-percent" && value < 0n) {
    if (value >= directive.min) return value;
    return new Fault(`percentage argument must be less or equal to ${-directive.min}`);
  }
  if (value < directive.min || value > directive.max) {
    const base = directive.form === "octal" ? 8 : 10;
    const [min, max] = [directive.min.toString(base), directive.max.toString(base)];
    return new Fault(`argument must be between ${min} and ${max} inclusive`);
  }
  if (directive.clamp === undefined) return value;
  const [low, high] = directive.clamp;
  return value < low ? low : value > high ? high : value;
}

/** Reads a text. */
function parseText(directive: StringDirective, value: string): string | null | Fault {
  const refused = directive.check?.(value);
  if (refused !== undefined) return new Fault(refused);
  return directive.emptyIsNull && value === "" ? null : value;
}

/** A value as CONFIG GET shows it. */
export function formatValue(directive: Directive, value: unknown): string {
  switch (directive.kind) {
    case "bool":
      return value === true ? "yes" : "no";
    case "enum":
      return formatEnum(directive, value as number);
    case "number":
      return formatNumber(directive, value as bigint);
    case "string":
    case "sds":
      return (value as string | null) ?? "";
    case "special":
      return directive.special.format(value);
  }
}

/** The name of an enumeration's value, or the names of its bits. */
function formatEnum(directive: EnumDirective, value: number): string {
  const exact = directive.names.find((entry) => entry[1] === value);
  if (exact !== undefined) return exact[0];
  return directive.names.filter(([, bit]) => (value & bit) !== 0).map(([name]) => name).join(" ");
}

/** A number as CONFIG GET shows it: bytes without units. */
function formatNumber(directive: NumberDirective, value: bigint): string {
  if (directive.form === "octal") return value.toString(8);
  return directive.form === "memory-percent" && value < 0n ? `${-value}%` : String(value);
}

/** Whether two values of one directive are the same. */
export function sameValue(directive: Directive, a: unknown, b: unknown): boolean {
  if (directive.kind !== "special") return a === b;
  return directive.special.format(a) === directive.special.format(b);
}

/** Whether CONFIG SET need not apply anything when `now` replaces `old`. */
export function isQuietChange(directive: Directive, old: unknown, now: unknown): boolean {
  if (directive.kind === "special" && directive.special.quietWhenEqual !== true) return false;
  return sameValue(directive, old, now);
}

/** The lines that CONFIG REWRITE makes of a value; none removes the directive from the file. */
export function rewriteLines(directive: Directive, value: unknown): readonly RewriteLine[] {
  const name = directive.name;
  switch (directive.kind) {
    case "special":
      return directive.special.rewrite(name, value);
    case "string":
    case "sds":
      if (value === null) return [];
      return [{ text: `${name} ${repr(value as string)}`, force: value !== directive.fallback }];
    case "number":
      return [{
        text: `${name} ${rewriteNumber(directive, value as bigint)}`,
        force: value !== directive.fallback,
      }];
    default:
      return [{ text: `${name} ${formatValue(directive, value)}`, force: value !== directive.fallback }];
  }
}

/** A number as CONFIG REWRITE spells it: bytes in their largest even unit. */
function rewriteNumber(directive: NumberDirective, value: bigint): string {
  if (directive.form === "memory" || (directive.form === "memory-percent" && value >= 0n)) {
    return formatMemory(value);
  }
  return formatNumber(directive, value);
}

/** What a public field of the configuration holds for a value: numbers become plain, paths decoded text. */
export function fieldValue(directive: Directive, value: unknown): unknown {
  switch (directive.kind) {
    case "number":
      return Number(value);
    case "string":
    case "sds":
      return directive.path && value !== null ? byteStringToText(value as string) : value ?? "";
    case "special":
      return directive.special.field(value);
    default:
      return value;
  }
}
