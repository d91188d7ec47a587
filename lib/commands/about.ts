/** TIME, LOLWUT and MODULE. */

import { REDIS_VERSION, VELLUM_VERSION } from "../config/version.ts";
import { type CommandContext } from "./context.ts";
import { type HelpEntries, writeHelp } from "./help.ts";
import { type HandlerTable } from "./spec.ts";

const MODULE_HELP: HelpEntries = [["LIST", "Show the modules that are loaded: there are none."]];

const LOLWUT_ART = [
  "      ______________________",
  "    / \\                      \\",
  "   |   |  *3   $3 SET        |",
  "    \\_ |  $3 key  $5 value   |",
  "       |  ...one after the   |",
  "       |  other, for good    |",
  "       |   __________________|__",
  "       |  /                     /",
  "       \\_/_____________________/",
];

/** `TIME`: seconds and microseconds. */
function time(c: CommandContext): void {
  const nowUs = c.server.nowUs();
  c.out.arrayHeader(2);
  c.out.bulkText(String(Math.floor(nowUs / 1e6)));
  c.out.bulkText(String(nowUs % 1e6));
}

/** `LOLWUT [VERSION version]`: one drawing for every version. */
function lolwut(c: CommandContext): void {
  if (c.argc >= 3 && c.text(1).toLowerCase() === "version" && Number.isNaN(c.integer(2))) return;
  c.out.verbatim(
    `${LOLWUT_ART.join("\n")}\n\nvellum ver. ${VELLUM_VERSION}, as Redis ver. ${REDIS_VERSION}\n`,
  );
}

/** These commands, by full name. */
export const ABOUT_COMMANDS: HandlerTable = {
  lolwut,
  "module|help": (c) => writeHelp(c, "MODULE", MODULE_HELP),
  "module|list": (c) => c.out.arrayHeader(0),
  time,
};
