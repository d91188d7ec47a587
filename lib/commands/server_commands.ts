/** Server commands, all tables together. */

import { ABOUT_COMMANDS } from "./about.ts";
import { COMMAND_COMMANDS } from "./command.ts";
import { CONFIG_COMMANDS } from "./config.ts";
import { INFO_COMMANDS } from "./info.ts";
import { LATE_COMMANDS } from "./late.ts";
import { LIFECYCLE_COMMANDS } from "./lifecycle.ts";
import { SLOWLOG_COMMANDS } from "./slowlog_commands.ts";
import { type HandlerTable } from "./spec.ts";

/** Configuration, figures, introspection, the life of the server, and all late commands. */
export const SERVER_COMMANDS: HandlerTable = {
  ...ABOUT_COMMANDS,
  ...COMMAND_COMMANDS,
  ...CONFIG_COMMANDS,
  ...INFO_COMMANDS,
  ...LATE_COMMANDS,
  ...LIFECYCLE_COMMANDS,
  ...SLOWLOG_COMMANDS,
};
