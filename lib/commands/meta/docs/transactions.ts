/**
 * Transaction commands: MULTI to EXEC, and the WATCH they may depend on.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import { docs, key, many } from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "transactions" by full name. */
export const TRANSACTIONS_DOCS: DocsTable = {
  discard: () =>
    docs("2.0.0", "O(N), N being the queued commands", "Leave a transaction and forget the queued commands."),
  exec: () => docs("1.2.0", "As the queued commands say", "Run the queued commands of a transaction."),
  multi: () => docs("1.2.0", "O(1)", "Begin to queue commands for a transaction."),
  unwatch: () => docs("2.2.0", "O(1)", "Stop watching all keys."),
  watch: () =>
    docs("2.2.0", "O(1) a key", "Let the next EXEC fail if any of these keys changes before it.", [
      many(key()),
    ]),
};
