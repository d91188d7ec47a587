import assert from "node:assert/strict";
import { docsOf, documentedNames } from "./docs/table.ts";
import { ALL_COMMANDS, CommandDirectory, selectCommands } from "./table.ts";
import {
  ACL_CATEGORIES,
  COMMAND_FLAGS,
  type CommandArgument,
  type CommandGroup,
  type CommandMeta,
} from "./types.ts";

const everyCommand: CommandMeta[] = ALL_COMMANDS.flatMap((command) => [command, ...command.subcommands]);

/** The names must all be known and stand in the order of the whole list. */
function assertOrdered(names: readonly string[], all: readonly string[], what: string): void {
  assert.deepEqual(names, all.filter((name) => names.includes(name)), what);
}

Deno.test("names are unique, and subcommands carry their container's name", () => {
  assert.equal(new Set(everyCommand.map((command) => command.name)).size, everyCommand.length);
  for (const command of ALL_COMMANDS) {
    assert.match(command.name, /^[a-z_]+$/);
    for (const sub of command.subcommands) {
      assert.ok(sub.name.startsWith(command.name + "|"), sub.name);
      assert.equal(sub.group, command.group);
    }
  }
});

Deno.test("flags, categories and key flags are known words in printing order", () => {
  const access = [
    "RO",
    "RW",
    "OW",
    "RM",
    "access",
    "update",
    "insert",
    "delete",
    "incomplete",
    "variable_flags",
  ];
  for (const command of everyCommand) {
    assertOrdered(command.flags, COMMAND_FLAGS, command.name);
    assertOrdered(command.aclCategories.map((name) => name.slice(1)), ACL_CATEGORIES, command.name);
    for (const spec of command.keySpecs) assertOrdered(spec.flags, access, command.name);
  }
});

Deno.test("every command has docs, and all docs have a command", () => {
  const groups = new Set<CommandGroup>(everyCommand.map((command) => command.group));
  for (const group of groups) {
    const names = everyCommand.filter((command) => command.group === group).map((command) => command.name);
    assert.deepEqual(documentedNames(group).sort(), names.sort());
  }
  assert.throws(() => docsOf("string", "toString"), /Cannot find docs of command/);
});

Deno.test("docs are whole: summary, version, arguments that fit the key specs", () => {
  for (const command of everyCommand) {
    const docs = docsOf(command.group, command.name);
    assert.match(docs.summary, /^[A-Z].*\.$/, command.name);
    assert.match(docs.since, /^\d+\.\d+\.\d+$/, command.name);
    const specsUsed = new Set<number>();
    const visit = (arg: CommandArgument) => {
      assert.equal(arg.arguments !== undefined, arg.type === "oneof" || arg.type === "block", command.name);
      assert.ok(arg.type !== "pure-token" || arg.token !== undefined, command.name);
      if (arg.keySpecIndex >= 0) specsUsed.add(arg.keySpecIndex);
      arg.arguments?.forEach(visit);
    };
    docs.arguments?.forEach(visit);
    assert.deepEqual([...specsUsed].sort(), command.keySpecs.map((_, index) => index), command.name);
  }
});

Deno.test("a directory finds full names in any case", () => {
  const directory = new CommandDirectory(ALL_COMMANDS);
  assert.equal(directory.get("GET")?.name, "get");
  assert.equal(directory.get("Config|Get")?.name, "config|get");
  for (
    const name of ["", "nosuch", "get|x", "config|", "config|nosuch", "config|get|x", "|", "constructor"]
  ) {
    assert.equal(directory.get(name), undefined, name);
  }
});

Deno.test("a directory resolves command lines", () => {
  const directory = new CommandDirectory(ALL_COMMANDS);
  assert.equal(directory.resolve(["SET", "k", "v"])?.name, "set");
  assert.equal(directory.resolve(["CONFIG"])?.name, "config");
  assert.equal(directory.resolve(["CONFIG", "GET", "x"])?.name, "config|get");
  assert.equal(directory.resolve(["CONFIG", "nosuch"]), undefined);
  assert.equal(directory.resolve(["config|get", "x"]), undefined);
  assert.equal(directory.resolve([]), undefined);
});

Deno.test("a selection keeps what a server has, subcommands too", () => {
  const has = new Set(["get", "config", "config|get", "object|freq"]);
  const selected = selectCommands((name) => has.has(name));
  assert.deepEqual(selected.map((command) => command.name), ["get", "config"]);
  assert.deepEqual(selected[1].subcommands.map((sub) => sub.name), ["config|get"]);
  assert.deepEqual(selected[1].aclCategories, ["@slow"]);
  assert.equal(selected[1].arity, -2);
  assert.deepEqual(selectCommands(() => true), ALL_COMMANDS);
});
