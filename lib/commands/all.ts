/** All handlers of the server, family by family. */

import { BITMAP_COMMANDS } from "./bitmaps.ts";
import { KEY_COMMANDS } from "./keys.ts";
import { type HandlerTable } from "./spec.ts";
import { STRING_COMMANDS } from "./strings.ts";

export const ALL_HANDLERS: HandlerTable = {
  ...STRING_COMMANDS,
  ...BITMAP_COMMANDS,
  ...KEY_COMMANDS,
};
