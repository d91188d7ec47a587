/** The reply of a container's HELP, and of a subcommand that it does not have. */

import { type CommandContext } from "./context.ts";

/** What a container offers: how a subcommand is written, and what it does, in lines. */
export type HelpEntries = readonly (readonly [synopsis: string, ...description: string[]])[];

/** Replies the help of `container` (upper case), HELP itself added at the end. */
export function writeHelp(c: CommandContext, container: string, entries: HelpEntries): void {
  const lines = [`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const [synopsis, ...description] of [...entries, HELP_ENTRY]) {
    lines.push(synopsis, ...description.map((line) => `    ${line}`));
  }
  c.out.arrayHeader(lines.length);
  for (const line of lines) c.out.simple(line);
}

const HELP_ENTRY = ["HELP", "Print this help."] as const;

/** Replies the error for arguments that no form of the subcommand takes. */
export function subcommandSyntaxError(c: CommandContext): void {
  const name = c.text(1).split("\0", 1)[0].slice(0, 128);
  c.out.errorText(
    `ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${c.text(0).toUpperCase()} HELP.`,
  );
}
