/**
 * What a directive is: its kind, bounds, default and rules, as data.
 *
 * DESIGN. The tables `directives_*.ts` declare every directive with the
 * helpers below; `codec.ts` reads, shows and rewrites values by kind;
 * `config.ts` holds the values. A directive with a grammar of its own brings a
 * {@link Special}. Defaults are written as a configuration file would spell
 * them.
 *
 * Values by kind: bool `boolean`, enum `number`, number `bigint`, string and
 * sds `string` (a byte string; null for "not set"), special its own type.
 */

import type { EnumNames } from "./enums.ts";

/** CONFIG SET refuses it. */
export const FLAG_IMMUTABLE = 1;
/** CONFIG GET shows it only by its full name. */
export const FLAG_HIDDEN = 2;
/** Its value is kept out of logs. */
export const FLAG_SENSITIVE = 4;
/** CONFIG SET refuses it while the data set is loading. */
export const FLAG_DENY_LOADING = 8;
/** Takes several arguments. */
export const FLAG_MULTI = 16;
/** CONFIG SET refuses it unless enable-protected-configs allows it. */
export const FLAG_PROTECTED = 32;
/** CONFIG SET applies it even when the value is the same (files whose content may have changed). */
export const FLAG_VOLATILE = 64;

/** Whether vellum acts on a directive, or merely keeps its value. */
export type Support = "yes" | "kept";

/** Why a value was refused, in the words of the error message. */
export class Fault {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The part of the outside world that setting a directive may touch. */
export interface SetEnv {
  /** Reading a configuration (several `save` lines add up), or CONFIG SET (they replace). */
  readonly loading: boolean;
  /** Whether this directive was already met in the configuration being loaded. */
  readonly repeated: boolean;
  /** Enters a directory and tells its absolute path; a {@link Fault} has the system's error text. */
  changeDir(path: string): string | Fault;
  /** Takes a warning for the log. */
  warn(text: string): void;
}

/** One line of a rewritten configuration; unforced lines only replace existing ones. */
export interface RewriteLine {
  readonly text: string;
  readonly force: boolean;
}

/** The grammar of a directive that fits no kind. */
export interface Special<T> {
  readonly initial: T;
  /** Reads the arguments; `old` is the present value. */
  parse(args: readonly string[], old: T, env: SetEnv): T | Fault;
  /** As CONFIG GET shows it. */
  format(value: T): string;
  /** As CONFIG REWRITE writes it: no lines at all removes it from the file. */
  rewrite(name: string, value: T): readonly RewriteLine[];
  /** What a public field of the configuration holds. */
  field(value: T): unknown;
  /** Whether CONFIG SET of an equal value is no change at all. */
  readonly quietWhenEqual?: boolean;
}

/** What all directives have. */
export interface DirectiveBase {
  readonly name: string;
  /** An older name that still works. */
  readonly alias: string | undefined;
  /** The FLAG_ bits. */
  readonly flags: number;
  readonly support: Support;
  /** Redis' default where ours differs, as CONFIG GET shows it. */
  readonly redisDefault: string | undefined;
}

/** yes or no. */
export interface BoolDirective extends DirectiveBase {
  readonly kind: "bool";
  readonly fallback: boolean;
  /** Looks at a value of CONFIG SET; a text refuses it. */
  readonly check: ((value: boolean, env: SetEnv) => string | undefined) | undefined;
}

/** One of a list of names; with FLAG_MULTI, several of them. */
export interface EnumDirective extends DirectiveBase {
  readonly kind: "enum";
  readonly names: EnumNames;
  readonly fallback: number;
  readonly check: ((value: number) => string | undefined) | undefined;
}

/** How a number is spelled: plain; bytes with units; bytes or percent (kept negative); octal. */
export type NumberForm = "plain" | "memory" | "memory-percent" | "octal";

/** A number within bounds. */
export interface NumberDirective extends DirectiveBase {
  readonly kind: "number";
  readonly form: NumberForm;
  /** Compared, and shown in errors, as unsigned 64-bit integers. */
  readonly unsigned: boolean;
  readonly min: bigint;
  readonly max: bigint;
  readonly fallback: bigint;
  /** Accepted values are brought into this narrower range. */
  readonly clamp: readonly [bigint, bigint] | undefined;
}

/** A text. `sds` may hold NUL bytes, `string` ends at the first. */
export interface StringDirective extends DirectiveBase {
  readonly kind: "string" | "sds";
  readonly fallback: string | null;
  /** Whether the empty string means "not set". */
  readonly emptyIsNull: boolean;
  /** Whether it names a file: public fields then hold decoded text. */
  readonly path: boolean;
  readonly check: ((value: string) => string | undefined) | undefined;
}

/** A directive with a grammar of its own. */
export interface SpecialDirective extends DirectiveBase {
  readonly kind: "special";
  readonly special: Special<unknown>;
}

export type Directive = BoolDirective | EnumDirective | NumberDirective | StringDirective | SpecialDirective;

/** The optional parts common to all helpers. */
export interface Options {
  alias?: string;
  flags?: number;
  support?: Support;
  redisDefault?: string;
}

/** The fields of {@link DirectiveBase}. */
function base(name: string, options: Options): DirectiveBase {
  return {
    name,
    alias: options.alias,
    flags: options.flags ?? 0,
    support: options.support ?? "yes",
    redisDefault: options.redisDefault,
  };
}

/** Declares a yes/no directive. */
export function bool(
  name: string,
  fallback: "yes" | "no",
  options: Options & { check?: BoolDirective["check"] } = {},
): BoolDirective {
  return { ...base(name, options), kind: "bool", fallback: fallback === "yes", check: options.check };
}

/** Declares an enumeration. */
export function choice(
  name: string,
  names: EnumNames,
  fallback: string,
  options: Options & { check?: EnumDirective["check"] } = {},
): EnumDirective {
  const found = names.find((entry) => entry[0] === fallback);
  if (found === undefined) throw new Error(`Cannot declare ${name} as its default must be one of its names`);
  return { ...base(name, options), kind: "enum", names, fallback: found[1], check: options.check };
}

/** Declares a number between `min` and `max`. */
export function number(
  name: string,
  min: bigint,
  max: bigint,
  fallback: bigint,
  options: Options & { form?: NumberForm; unsigned?: boolean; clamp?: readonly [bigint, bigint] } = {},
): NumberDirective {
  return {
    ...base(name, options),
    kind: "number",
    form: options.form ?? "plain",
    unsigned: options.unsigned ?? false,
    min,
    max,
    fallback,
    clamp: options.clamp,
  };
}

/** Declares a text that may be empty. */
export function text(
  name: string,
  fallback: string,
  options: Options & { path?: boolean; check?: StringDirective["check"] } = {},
): StringDirective {
  return {
    ...base(name, options),
    kind: "string",
    fallback,
    emptyIsNull: false,
    path: options.path ?? false,
    check: options.check,
  };
}

/** Declares a text that is not set by default, nor when empty. */
export function optionalText(
  name: string,
  options: Options & { path?: boolean; binary?: boolean; check?: StringDirective["check"] } = {},
): StringDirective {
  return {
    ...base(name, options),
    kind: options.binary ? "sds" : "string",
    fallback: null,
    emptyIsNull: true,
    path: options.path ?? false,
    check: options.check,
  };
}

/** Declares a directive with a grammar of its own. */
export function special<T>(name: string, grammar: Special<T>, options: Options = {}): SpecialDirective {
  // The value only ever meets the grammar it came from.
  return { ...base(name, options), kind: "special", special: grammar as Special<unknown> };
}

/** Marks a whole table as kept: its values are stored and shown, and nothing acts on them. */
export function kept(table: readonly Directive[]): readonly Directive[] {
  return table.map((directive) => ({ ...directive, support: "kept" }));
}
