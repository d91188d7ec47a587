/**
 * The configuration of a server: its values, and CONFIG GET, SET and REWRITE
 * over them.
 *
 * DESIGN. One map holds every directive's exact value; the public fields
 * (fields.ts) mirror those that code reads. Pure: files, directories and
 * commands are reached through {@link ConfigIo}, and what a change means is
 * done by the listeners of {@link Config.onChange}. CONFIG SET is all or
 * nothing: new values go in, listeners run, and the first complaint puts the
 * old values back and runs the listeners again.
 *
 * Names and values are byte strings (lib/base/byte_string.ts).
 */

import { byteStringToBytes } from "../base/byte_string.ts";
import { globMatch, isGlob } from "../base/glob.ts";
import { fallbackValue, fieldValue, formatValue, isQuietChange, parseValue } from "./codec.ts";
import { rewriteLines, sameValue } from "./codec.ts";
import * as flag from "./directive.ts";
import { type Directive, Fault, type SetEnv } from "./directive.ts";
import { DIRECTIVE_NAMES, type DirectiveName, DIRECTIVES, lookupDirective } from "./directives.ts";
import { PROTECTED_ACTION_LOCAL, PROTECTED_ACTION_YES } from "./enums.ts";
import { ConfigFields, fieldName } from "./fields.ts";
import { type ConfigIo, failureText } from "./io.ts";
import { parseConfig, type ParseSink, readConfigFiles } from "./parse.ts";
import { rewriteConfig } from "./rewrite.ts";

/** What logs, SLOWLOG and MONITOR show in place of a sensitive value. */
export const REDACTED = "(redacted)";

/** Does what a changed directive demands. @returns why it cannot be done, which undoes the change */
export type ApplyChange = () => string | undefined;

/** Where a configuration is read from; later sources override earlier ones. */
export interface ConfigSources {
  /** The path of a file. */
  readonly file?: string;
  /** The text that standard input brought. */
  readonly stdin?: string;
  /** The lines made of the command line's options. */
  readonly optionLines?: readonly string[];
}

/** Who asks for CONFIG SET, and when. */
export interface SetContext {
  /** Whether the data set is being loaded. */
  readonly loading?: boolean;
  /** Whether the client came through a loopback address or a Unix socket. */
  readonly localClient?: boolean;
}

/** A `rename-command` line of the configuration file. */
export interface CommandRename {
  readonly from: string;
  readonly to: string;
}

/** One change that CONFIG SET has made and may have to undo. */
interface Change {
  readonly entry: DirectiveName;
  readonly old: unknown;
}

/** No outside world: nothing can be read. */
const NO_IO: ConfigIo = {
  readFile() {
    throw new Error("No such file or directory");
  },
};

const PATTERN_NAMES = DIRECTIVE_NAMES
  .filter((entry) => (entry.directive.flags & flag.FLAG_HIDDEN) === 0)
  .map((entry) => ({ entry, bytes: byteStringToBytes(entry.name) }));

/** The configuration. Construction sets every default; {@link Config.load} reads the files. */
export class Config extends ConfigFields {
  /** Warnings that came up while loading or setting; the server logs and clears them. */
  readonly warnings: string[] = [];
  /** The `rename-command` lines met. */
  readonly commandRenames: CommandRename[] = [];
  readonly #io: ConfigIo;
  readonly #values = new Map<Directive, unknown>();
  readonly #listeners = new Map<string, ApplyChange[]>();
  /** Words of the file that are kept and not acted on: user, loadmodule, module directives. */
  readonly #keptWords = new Set<string>();
  /** Directives met while loading. */
  readonly #met = new Set<Directive>();

  constructor(io: ConfigIo = NO_IO) {
    super();
    this.#io = io;
    for (const directive of DIRECTIVES) this.#store(directive, fallbackValue(directive));
  }

  /**
   * Reads the configuration of a starting server.
   * @throws {ConfigFileError}
   */
  load(sources: ConfigSources): void {
    let text = sources.file === undefined ? "" : readConfigFiles(sources.file, this.#io);
    text += sources.stdin ?? "";
    if (sources.optionLines !== undefined) text += "\n" + sources.optionLines.join("\n");
    parseConfig(text, this.#sink(), this.#io);
  }

  /** The value of one directive as CONFIG GET shows it. */
  value(name: string): string {
    const entry = lookupDirective(name);
    if (entry === undefined) throw new Error(`Cannot show a directive as it must exist: name is ${name}`);
    return formatValue(entry.directive, this.#values.get(entry.directive));
  }

  /**
   * CONFIG GET: the names that match any of the patterns, with their values.
   * An exact name is answered in the spelling of the request and may be a hidden
   * one. Order: by pattern, then by name.
   */
  get(patterns: readonly string[]): [name: string, value: string][] {
    const found = new Map<string, [string, string]>();
    const add = (name: string, directive: Directive) => {
      const key = name.toLowerCase();
      if (!found.has(key)) found.set(key, [name, formatValue(directive, this.#values.get(directive))]);
    };
    for (const pattern of patterns) {
      const bytes = byteStringToBytes(pattern);
      if (!isGlob(bytes, 0, bytes.length)) {
        const entry = lookupDirective(pattern);
        if (entry !== undefined) add(pattern, entry.directive);
        continue;
      }
      for (const { entry, bytes: name } of PATTERN_NAMES) {
        if (globMatch(bytes, 0, bytes.length, name, 0, name.length, true)) add(entry.name, entry.directive);
      }
    }
    return [...found.values()];
  }

  /**
   * CONFIG SET: all of the pairs or none.
   * @returns the error reply without its `-`, or undefined when all went well
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    context: SetContext = {},
  ): string | undefined {
    const entries: DirectiveName[] = [];
    for (const [name] of pairs) {
      const entry = lookupDirective(name);
      const refused = entry === undefined
        ? `ERR Unknown option or number of arguments for CONFIG SET - '${name}'`
        : this.#refusal(name, entry, entries, context);
      if (refused !== undefined) return oneLine(refused);
      entries.push(entry!);
    }
    return this.#setAll(entries, pairs.map((pair) => pair[1]));
  }

  /** Registers what must be done when CONFIG SET changes `name`. A function registered for several names runs once per command. */
  onChange(name: string, apply: ApplyChange): void {
    const entry = lookupDirective(name);
    if (entry === undefined) {
      throw new Error(`Cannot listen to a directive as it must exist: name is ${name}`);
    }
    const key = entry.directive.name;
    const list = this.#listeners.get(key);
    if (list === undefined) this.#listeners.set(key, [apply]);
    else list.push(apply);
  }

  /**
   * CONFIG REWRITE: the new text of the configuration file.
   * @param oldText its present text, undefined when it does not exist
   * @param users the ACL users, each `name rules…`; undefined leaves the file's own alone
   * @param all whether also what is at its default is written (DEBUG CONFIG-REWRITE-FORCE-ALL)
   */
  rewrite(oldText: string | undefined, users?: readonly string[], all = false): string {
    return rewriteConfig(
      oldText ?? "",
      (directive) => {
        const lines = rewriteLines(directive, this.#values.get(directive));
        return all ? lines.map(({ text }) => ({ text, force: true })) : lines;
      },
      users,
    );
  }

  /** One line for each directive that was set to something else than its default and is not acted on. */
  unsupportedWarnings(): string[] {
    const names = DIRECTIVES
      .filter((directive) => {
        if (directive.support === "yes") return false;
        return !sameValue(directive, this.#values.get(directive), fallbackValue(directive));
      })
      .map((directive) => directive.name);
    return [...names, ...this.#keptWords].map((name) =>
      `WARNING: the configuration directive '${name}' is accepted and its value kept, but it has no effect here.`
    );
  }

  /** Puts a value in its place, and into the field that mirrors it. */
  #store(directive: Directive, value: unknown): void {
    this.#values.set(directive, value);
    const field = fieldName(directive.name);
    if (Object.hasOwn(this, field)) {
      (this as unknown as Record<string, unknown>)[field] = fieldValue(directive, value);
    }
  }

  /** The surroundings in which a directive is set. */
  #env(loading: boolean, repeated: boolean): SetEnv {
    return {
      loading,
      repeated,
      changeDir: (path) => {
        try {
          return this.#io.changeDirectory?.(path) ?? path;
        } catch (error) {
          return new Fault(failureText(error));
        }
      },
      warn: (text) => this.warnings.push(text),
    };
  }

  /** What the lines of a configuration file do. */
  #sink(): ParseSink {
    return {
      directive: ({ directive }, args) => {
        const env = this.#env(true, this.#met.has(directive));
        const value = parseValue(directive, args, this.#values.get(directive), env);
        if (value instanceof Fault) return value.text;
        this.#met.add(directive);
        this.#store(directive, value);
      },
      renameCommand: (from, to) => {
        this.commandRenames.push({ from, to });
        if (this.#io.renameCommand === undefined) this.#keptWords.add("rename-command");
        return this.#io.renameCommand?.(from, to);
      },
      user: (args) => {
        if (this.#io.declareUser === undefined) this.#keptWords.add("user");
        return this.#io.declareUser?.(args);
      },
      loadModule: () => void this.#keptWords.add("loadmodule"),
      moduleDirective: (name) => void this.#keptWords.add(name),
      finish: () => this.#checkLoaded(),
    };
  }

  /** The checks at the end of a configuration text. */
  #checkLoaded(): string | undefined {
    if (this.logfile !== "") {
      try {
        this.#io.probeLogFile?.(this.value("logfile"));
      } catch (error) {
        return `Can't open the log file: ${failureText(error)}`;
      }
    }
    if (!this.clusterEnabled) return undefined;
    if (this.replicaof !== null) return "replicaof directive not allowed in cluster mode";
    if (this.databases > 1) {
      this.warnings.push(
        `WARNING: Changing databases number from ${this.databases} to 1 since we are in cluster mode`,
      );
      this.#store(lookupDirective("databases")!.directive, 1n);
    }
    return undefined;
  }

  /** Why CONFIG SET may not touch a directive, before any value is looked at. */
  #refusal(
    name: string,
    entry: DirectiveName,
    earlier: readonly DirectiveName[],
    context: SetContext,
  ): string | undefined {
    const flags = entry.directive.flags;
    const failed = (reason: string) =>
      `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
    if ((flags & flag.FLAG_IMMUTABLE) !== 0) return failed("can't set immutable config");
    if ((flags & flag.FLAG_PROTECTED) !== 0 && !this.#protectedAllowed(context)) {
      return failed("can't set protected config");
    }
    if (context.loading && (flags & flag.FLAG_DENY_LOADING) !== 0) {
      return "LOADING Redis is loading the dataset in memory";
    }
    if (earlier.includes(entry)) return failed("duplicate parameter");
  }

  /** Whether this client may set protected directives. */
  #protectedAllowed(context: SetContext): boolean {
    return this.enableProtectedConfigs === PROTECTED_ACTION_YES ||
      (this.enableProtectedConfigs === PROTECTED_ACTION_LOCAL && context.localClient === true);
  }

  /** Sets, applies, and undoes everything at the first complaint. */
  #setAll(entries: readonly DirectiveName[], values: readonly string[]): string | undefined {
    const env = this.#env(false, false);
    const done: Change[] = [];
    const applies = new Map<ApplyChange, string>();
    const failed = (name: string, reason: string) =>
      oneLine(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);
    for (let i = 0; i < entries.length; i++) {
      const { name, directive } = entries[i];
      const old = this.#values.get(directive);
      const multi = (directive.flags & flag.FLAG_MULTI) !== 0;
      const args = multi ? values[i] === "" ? [] : values[i].split(" ") : [values[i]];
      const value = parseValue(directive, args, old, env);
      if (value instanceof Fault) {
        this.#undo(done, env);
        return failed(name, value.text);
      }
      done.push({ entry: entries[i], old });
      this.#store(directive, value);
      if ((directive.flags & flag.FLAG_VOLATILE) === 0 && isQuietChange(directive, old, value)) continue;
      for (const apply of this.#listeners.get(directive.name) ?? []) {
        if (!applies.has(apply)) applies.set(apply, name);
      }
    }
    for (const [apply, name] of applies) {
      const complaint = apply();
      if (complaint === undefined) continue;
      this.warnings.push(
        `Failed applying new configuration. Possibly related to new ${name} setting. Restoring previous settings.`,
      );
      this.#undo(done, env);
      this.#reapply(applies.keys());
      return failed(name, complaint);
    }
    return undefined;
  }

  /** Puts the old values back, last change first. */
  #undo(changes: readonly Change[], env: SetEnv): void {
    for (const { entry, old } of changes.toReversed()) {
      if (entry.directive.name === "dir") env.changeDir(old as string);
      this.#store(entry.directive, old);
    }
  }

  /** Runs the listeners again, over the old values. */
  #reapply(applies: Iterable<ApplyChange>): void {
    for (const apply of applies) {
      const complaint = apply();
      if (complaint !== undefined) {
        this.warnings.push(`Failed applying restored failed CONFIG SET command: ${complaint}`);
      }
    }
  }
}

/** A reply of one line, whatever the client's names held. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}

/**
 * Which arguments of a CONFIG SET hold sensitive values, for {@link REDACTED}.
 * @param names the names at positions 2, 4, 6… of the command
 * @returns positions within the command
 */
export function sensitiveSetArguments(names: readonly string[]): number[] {
  const positions: number[] = [];
  names.forEach((name, i) => {
    const flags = lookupDirective(name)?.directive.flags ?? 0;
    if ((flags & flag.FLAG_SENSITIVE) !== 0) positions.push(3 + 2 * i);
  });
  return positions;
}
