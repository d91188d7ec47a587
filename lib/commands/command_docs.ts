/**
 * COMMAND DOCS: a late command, because all documentation hangs on it.
 */

import { type CommandContext } from "./context.ts";
import { writeCommandDocs } from "./meta/docs_reply.ts";
import { type CommandMeta } from "./meta/types.ts";
import { type HandlerTable } from "./spec.ts";

/** `COMMAND DOCS [name …]`: a name that is none is left out. */
function docs(c: CommandContext): void {
  const { directory } = c.server.commands;
  if (c.argc === 2) return writeCommandDocs(c.out, directory.commands);
  const found: CommandMeta[] = [];
  for (let i = 2; i < c.argc; i++) {
    const meta = directory.get(c.text(i));
    if (meta !== undefined) found.push(meta);
  }
  writeCommandDocs(c.out, found);
}

/** COMMAND DOCS, by full name. */
export const COMMAND_DOCS_COMMANDS: HandlerTable = { "command|docs": docs };
