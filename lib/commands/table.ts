/**
 * The command table: looked up by the bytes of a command's name.
 *
 * DESIGN. A small open-addressing table keyed by length and folded letters;
 * one probe finds nearly every name without making a string.
 */

import { equalsFolded, toAscii } from "../base/ascii.ts";
import { CommandDirectory, selectCommands } from "./meta/table.ts";
import { CommandSpec, type Handler, type HandlerTable } from "./spec.ts";

const SLOTS = 1024;
const NO_NAME = new Uint8Array(0);

function hashName(buf: Uint8Array, off: number, len: number): number {
  let hash = len;
  for (let i = 0; i < len; i++) hash = (Math.imul(hash, 31) + (buf[off + i] | 32)) | 0;
  return (hash ^ (hash >>> 10)) & (SLOTS - 1);
}

/** All commands that the server has. */
export class CommandTable {
  /** By full name: `get`, `config`, `config|get`. */
  readonly all = new Map<string, CommandSpec>();
  /** Their facts, for COMMAND. */
  readonly directory: CommandDirectory;
  readonly #names: (Uint8Array | null)[] = new Array(SLOTS).fill(null);
  readonly #specs: (CommandSpec | null)[] = new Array(SLOTS).fill(null);
  /** What was found last: most often it is what is looked for next. */
  #lastName: Uint8Array = NO_NAME;
  #lastSpec: CommandSpec | null = null;

  constructor(handlers: HandlerTable) {
    // A container (CONFIG, CLIENT…) is there when any of its subcommands is.
    const containers = new Set(Object.keys(handlers).map((name) => name.split("|")[0]));
    this.directory = new CommandDirectory(
      selectCommands((name) => name in handlers || containers.has(name)),
    );
    for (const meta of this.directory.commands) {
      const subcommands = new Map<string, CommandSpec>();
      for (const sub of meta.subcommands) {
        const spec = new CommandSpec(sub, handlers[sub.name], undefined);
        subcommands.set(sub.name.slice(sub.name.indexOf("|") + 1), spec);
        this.all.set(sub.name, spec);
      }
      const proc: Handler = handlers[meta.name] ?? containerAlone;
      const spec = new CommandSpec(meta, proc, subcommands.size > 0 ? subcommands : undefined);
      this.all.set(meta.name, spec);
      this.#insert(toAscii(spec.name), spec);
    }
    for (const name of Object.keys(handlers)) {
      if (!this.all.has(name)) throw new Error(`Cannot build command table as ${name} has no facts in meta`);
    }
  }

  /** The command named by `buf[off, off + len)` in any case, or null. */
  find(buf: Uint8Array, off: number, len: number): CommandSpec | null {
    if (equalsFolded(buf, off, len, this.#lastName)) return this.#lastSpec;
    for (let at = hashName(buf, off, len);; at = (at + 1) & (SLOTS - 1)) {
      const name = this.#names[at];
      if (name === null) return null;
      if (equalsFolded(buf, off, len, name)) {
        this.#lastName = name;
        return this.#lastSpec = this.#specs[at];
      }
    }
  }

  /**
   * `rename-command`: from now on the command is found by the other name, or not at all when that is empty. A
   * command that is not here needs no hiding.
   * @returns why it cannot be done
   */
  rename(from: string, to: string): string | undefined {
    const old = toAscii(from.toLowerCase());
    const spec = this.find(old, 0, old.length);
    if (spec === null) return undefined;
    const present: [name: Uint8Array, spec: CommandSpec][] = [];
    for (let at = 0; at < SLOTS; at++) {
      const name = this.#names[at];
      if (name !== null && !equalsFolded(name, 0, name.length, old)) present.push([name, this.#specs[at]!]);
    }
    this.#names.fill(null);
    this.#specs.fill(null);
    this.#lastName = NO_NAME;
    this.#lastSpec = null;
    for (const [name, kept] of present) this.#insert(name, kept);
    if (to === "") return undefined;
    const name = toAscii(to.toLowerCase());
    if (this.find(name, 0, name.length) !== null) return "Target command name already exists";
    this.#insert(name, spec);
    return undefined;
  }

  #insert(name: Uint8Array, spec: CommandSpec): void {
    let at = hashName(name, 0, name.length);
    while (this.#names[at] !== null) at = (at + 1) & (SLOTS - 1);
    this.#names[at] = name;
    this.#specs[at] = spec;
  }
}

/** A container's own handler is never reached: its arity asks for a subcommand. */
function containerAlone(): void {
  throw new Error("Cannot run a container command as its subcommand must be looked up first");
}
