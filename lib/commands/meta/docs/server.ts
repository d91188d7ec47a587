/**
 * Server commands: configuration, persistence, statistics, introspection.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import {
  after,
  block,
  docs,
  int,
  key,
  many,
  oneof,
  opt,
  pattern,
  replaced,
  since,
  str,
  word,
} from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "server" by full name. */
export const SERVER_DOCS: DocsTable = {
  bgrewriteaof: () => docs("1.0.0", "O(1)", "Compact the append-only file in the background."),
  bgsave: () =>
    docs(
      "1.0.0",
      "O(1)",
      "Write a snapshot file in the background.",
      [opt(since("3.2.2", word("SCHEDULE")))],
      { history: [["3.2.2", "Option `SCHEDULE`."]] },
    ),
  command: () => docs("2.8.13", "O(N), N being all commands", "Describe every command the server has."),
  "command|count": () => docs("2.8.13", "O(1)", "Count the commands of the server."),
  "command|docs": () =>
    docs("7.0.0", "O(N), N being the commands asked for", "Explain commands: summary, arguments, history.", [
      opt(many(str("command-name"))),
    ]),
  "command|getkeys": () =>
    docs(
      "2.8.13",
      "O(N), N being the arguments of that line",
      "Pick the key names out of a full command line.",
      [str("command"), opt(many(str("arg")))],
    ),
  "command|getkeysandflags": () =>
    docs(
      "7.0.0",
      "O(N), N being the arguments of that line",
      "Pick the key names out of a full command line, and how each is accessed.",
      [str("command"), opt(many(str("arg")))],
    ),
  "command|help": () => docs("5.0.0", "O(1)", "List the subcommands of COMMAND."),
  "command|info": () =>
    docs("2.8.13", "O(N), N being the commands asked for", "Describe the given commands, or all of them.", [
      opt(many(str("command-name"))),
    ], { history: [["7.0.0", "Without a name it describes all commands."]] }),
  "command|list": () =>
    docs("7.0.0", "O(N), N being all commands", "List the names of commands, optionally filtered.", [
      opt(
        after(
          "FILTERBY",
          oneof(
            "filterby",
            str("module-name", "MODULE"),
            str("category", "ACLCAT"),
            pattern("pattern", "PATTERN"),
          ),
        ),
      ),
    ]),
  config: () => docs("2.0.0", "As the subcommand says", "Read and change the configuration."),
  "config|get": () =>
    docs("2.0.0", "O(N), N being the patterns given", "Read the parameters that match patterns.", [
      many(str("parameter")),
    ], { history: [["7.0.0", "More than one pattern."]] }),
  "config|help": () => docs("5.0.0", "O(1)", "List the subcommands of CONFIG."),
  "config|resetstat": () => docs("2.0.0", "O(1)", "Set the counters shown by INFO back to zero."),
  "config|rewrite": () => docs("2.8.0", "O(1)", "Write the current settings back to the configuration file."),
  "config|set": () =>
    docs("2.0.0", "O(N), N being the parameters given", "Change parameters while the server runs.", [
      many(block("data", str("parameter"), str("value"))),
    ], { history: [["7.0.0", "More than one parameter, all of them or none."]] }),
  dbsize: () => docs("1.0.0", "O(1)", "Count the keys of this database."),
  debug: () =>
    docs("1.0.0", "As the subcommand says", "Tools for testing the server itself.", [], {
      docFlags: ["syscmd"],
    }),
  flushall: () =>
    docs("1.0.0", "O(N), N being the keys of all databases", "Empty every database.", [
      opt(oneof("flush-type", since("4.0.0", word("ASYNC")), since("6.2.0", word("SYNC")))),
    ], { history: [["4.0.0", "Mode `ASYNC`."], ["6.2.0", "Mode `SYNC`."]] }),
  flushdb: () =>
    docs("1.0.0", "O(N), N being the keys of the database", "Empty this database.", [
      opt(oneof("flush-type", since("4.0.0", word("ASYNC")), since("6.2.0", word("SYNC")))),
    ], { history: [["4.0.0", "Mode `ASYNC`."], ["6.2.0", "Mode `SYNC`."]] }),
  info: () =>
    docs("1.0.0", "O(1)", "Report the state and the counters of the server.", [opt(many(str("section")))], {
      history: [["7.0.0", "More than one section."]],
    }),
  lastsave: () => docs("1.0.0", "O(1)", "Tell the Unix time of the last snapshot that succeeded."),
  latency: () => docs("2.8.13", "As the subcommand says", "Observe spikes of latency."),
  "latency|doctor": () => docs("2.8.13", "O(1)", "Explain in plain words the spikes seen and what may help."),
  "latency|graph": () => docs("2.8.13", "O(1)", "Draw the spikes of one event over time.", [str("event")]),
  "latency|help": () => docs("2.8.13", "O(1)", "List the subcommands of LATENCY."),
  "latency|histogram": () =>
    docs(
      "7.0.0",
      "O(N), N being the commands that have run times",
      "Show how the run times of commands are distributed.",
      [opt(many(str("command")))],
    ),
  "latency|history": () =>
    docs("2.8.13", "O(1)", "List the spikes of one event with their times.", [str("event")]),
  "latency|latest": () => docs("2.8.13", "O(1)", "List the newest and the worst spike of every event."),
  "latency|reset": () =>
    docs("2.8.13", "O(1)", "Forget the spikes of some events or of all.", [opt(many(str("event")))]),
  lolwut: () =>
    docs("5.0.0", "", "Draw something pretty and tell the version.", [opt(int("version", "VERSION"))]),
  memory: () => docs("4.0.0", "As the subcommand says", "Examine the use of memory."),
  "memory|doctor": () => docs("4.0.0", "O(1)", "Explain in plain words what is wrong with memory."),
  "memory|help": () => docs("4.0.0", "O(1)", "List the subcommands of MEMORY."),
  "memory|malloc-stats": () =>
    docs("4.0.0", "Grows with the memory allocated, may be slow", "Show the figures of the allocator."),
  "memory|purge": () =>
    docs(
      "4.0.0",
      "Grows with the memory allocated, may be slow",
      "Let the allocator give unused pages back.",
    ),
  "memory|stats": () => docs("4.0.0", "O(1)", "Break down what memory is used for."),
  "memory|usage": () =>
    docs("4.0.0", "O(N), N being the elements sampled", "Estimate how many bytes a key takes.", [
      key(),
      opt(int("count", "SAMPLES")),
    ]),
  module: () => docs("4.0.0", "As the subcommand says", "Manage modules."),
  "module|help": () => docs("5.0.0", "O(1)", "List the subcommands of MODULE."),
  "module|list": () => docs("4.0.0", "O(N), N being the loaded modules", "List the loaded modules."),
  monitor: () => docs("1.0.0", "", "Stream every command the server executes to this connection."),
  replicaof: () =>
    docs("5.0.0", "O(1)", "Follow another server, or stop following.", [
      oneof("args", block("host-port", str("host"), int("port")), block("no-one", "NO", "ONE")),
    ]),
  role: () => docs("2.8.12", "O(1)", "Tell whether the server leads or follows, and with whom."),
  save: () =>
    docs("1.0.0", "O(N), N being the keys of all databases", "Write a snapshot file while all clients wait."),
  shutdown: () =>
    docs(
      "1.0.0",
      "O(1), or O(N) when a snapshot of N keys is written",
      "Stop the server, saving the data as configured or asked.",
      [
        opt(oneof("save-selector", "NOSAVE", "SAVE")),
        opt(since("7.0.0", word("NOW"))),
        opt(since("7.0.0", word("FORCE"))),
        opt(since("7.0.0", word("ABORT"))),
      ],
      { history: [["7.0.0", "Modifiers `NOW`, `FORCE` and `ABORT`."]] },
    ),
  slaveof: () =>
    docs("1.0.0", "O(1)", "Old name of REPLICAOF.", [
      oneof("args", block("host-port", str("host"), int("port")), block("no-one", "NO", "ONE")),
    ], replaced("5.0.0", "`REPLICAOF`")),
  slowlog: () => docs("2.2.12", "As the subcommand says", "Look at the log of slow commands."),
  "slowlog|get": () =>
    docs("2.2.12", "O(N), N being the entries returned", "List the newest slow commands.", [
      opt(int("count")),
    ], { history: [["4.0.0", "Entries tell the client's address and name."]] }),
  "slowlog|help": () => docs("6.2.0", "O(1)", "List the subcommands of SLOWLOG."),
  "slowlog|len": () => docs("2.2.12", "O(1)", "Count the entries of the slow log."),
  "slowlog|reset": () => docs("2.2.12", "O(N), N being the entries in the log", "Empty the slow log."),
  swapdb: () =>
    docs(
      "4.0.0",
      "O(N), N being the clients that watch or wait for keys of either",
      "Exchange the contents of two databases.",
      [int("index1"), int("index2")],
    ),
  time: () => docs("2.6.0", "O(1)", "Tell the server's clock: Unix seconds and microseconds."),
};
