/**
 * All command facts together, and the directory in which a server looks up those it has.
 *
 * DESIGN. The tables describe more commands than a server may offer. {@link selectCommands} keeps those that have
 * a handler; {@link CommandDirectory} then answers by full name or by command line, subcommands included, with
 * one flat map that is filled when first used, because few servers are ever asked.
 */

import { BITMAP_COMMANDS } from "./bitmap.ts";
import { CONNECTION_COMMANDS } from "./connection.ts";
import { GENERIC_COMMANDS } from "./generic.ts";
import { GEO_COMMANDS } from "./geo.ts";
import { HASH_COMMANDS } from "./hash.ts";
import { HYPERLOGLOG_COMMANDS } from "./hyperloglog.ts";
import { LIST_COMMANDS } from "./list.ts";
import { SERVER_COMMANDS } from "./server.ts";
import { SET_COMMANDS } from "./set.ts";
import { SORTED_SET_COMMANDS } from "./sorted_set.ts";
import { STRING_COMMANDS } from "./string.ts";
import { TRANSACTIONS_COMMANDS } from "./transactions.ts";
import type { CommandMeta } from "./types.ts";

/** Every command there are facts of, group by group. */
export const ALL_COMMANDS: readonly CommandMeta[] = [
  ...CONNECTION_COMMANDS,
  ...GENERIC_COMMANDS,
  ...STRING_COMMANDS,
  ...BITMAP_COMMANDS,
  ...LIST_COMMANDS,
  ...HASH_COMMANDS,
  ...SET_COMMANDS,
  ...SORTED_SET_COMMANDS,
  ...GEO_COMMANDS,
  ...HYPERLOGLOG_COMMANDS,
  ...TRANSACTIONS_COMMANDS,
  ...SERVER_COMMANDS,
];

/**
 * The commands whose full names pass, with those of their subcommands that pass.
 *
 * @param has tells by full name (`get`, `config`, `config|get`) whether the server has a command.
 */
export function selectCommands(has: (fullName: string) => boolean): CommandMeta[] {
  const selected: CommandMeta[] = [];
  for (const command of ALL_COMMANDS) {
    if (!has(command.name)) continue;
    const subcommands = command.subcommands.filter((sub) => has(sub.name));
    selected.push(
      subcommands.length === command.subcommands.length ? command : withSubcommands(command, subcommands),
    );
  }
  return selected;
}

/** Field by field, because what a command derives is no property of its own that a spread would copy. */
function withSubcommands(command: CommandMeta, subcommands: readonly CommandMeta[]): CommandMeta {
  return {
    name: command.name,
    group: command.group,
    arity: command.arity,
    flags: command.flags,
    aclCategories: command.aclCategories,
    firstKey: command.firstKey,
    lastKey: command.lastKey,
    step: command.step,
    keySpecs: command.keySpecs,
    tips: command.tips,
    subcommands,
  };
}

/**
 * The words of a command line, as far as metadata has to read them. A `string[]` is one; a handler can lend its
 * arguments decoded as latin1 on demand.
 */
export interface CommandLine {
  readonly length: number;
  at(position: number): string | undefined;
}

/** The commands a server has, found by name. */
export class CommandDirectory {
  /** Top level commands, in the order in which replies list them. */
  readonly commands: readonly CommandMeta[];
  #byFullName: Map<string, CommandMeta> | undefined;

  constructor(commands: readonly CommandMeta[]) {
    this.commands = commands;
    this.#byFullName = undefined;
  }

  /** The command of that full name in any case, as COMMAND INFO and COMMAND DOCS take it. */
  get(fullName: string): CommandMeta | undefined {
    this.#byFullName ??= index(this.commands);
    return this.#byFullName.get(fullName.toLowerCase());
  }

  /** The command that a line would run: of a container with arguments, the subcommand or nothing. */
  resolve(line: CommandLine): CommandMeta | undefined {
    const name = line.at(0) ?? "";
    const command = name.includes("|") ? undefined : this.get(name);
    if (command === undefined || command.subcommands.length === 0 || line.length === 1) return command;
    return this.get(`${command.name}|${line.at(1)}`);
  }
}

function index(commands: readonly CommandMeta[]): Map<string, CommandMeta> {
  const byFullName = new Map<string, CommandMeta>();
  for (const command of commands) {
    byFullName.set(command.name, command);
    for (const sub of command.subcommands) byFullName.set(sub.name, sub);
  }
  return byFullName;
}
