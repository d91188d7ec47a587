/**
 * Connection commands: handshake, authentication, database choice and CLIENT.
 *
 * What COMMAND DOCS tells of each, in the words of syntax.ts.
 */

import {
  after,
  block,
  deprecated,
  docs,
  int,
  many,
  oneof,
  opt,
  replaced,
  shown,
  since,
  str,
  word,
} from "./syntax.ts";
import type { DocsTable } from "../types.ts";

/** Docs of the group "connection" by full name. */
export const CONNECTION_DOCS: DocsTable = {
  auth: () =>
    docs(
      "1.0.0",
      "O(N), N being the passwords the user has",
      "Prove who the client is with a password, or a user name and a password.",
      [opt(since("6.0.0", str("username"))), str("password")],
      { history: [["6.0.0", "A user name may precede the password."]] },
    ),
  client: () => docs("2.4.0", "As the subcommand says", "Inspect and control client connections."),
  "client|getname": () => docs("2.6.9", "O(1)", "Tell the name given to this connection."),
  "client|help": () => docs("5.0.0", "O(1)", "List the subcommands of CLIENT."),
  "client|id": () => docs("5.0.0", "O(1)", "Tell this connection's id, unique while the server runs."),
  "client|info": () => docs("6.2.0", "O(1)", "Describe this connection as one line of CLIENT LIST."),
  "client|kill": () =>
    docs(
      "2.4.0",
      "O(N), N being the open connections",
      "Close the connections that match an address or filters.",
      [oneof(
        "filter",
        deprecated("2.8.12", shown("ip:port", str("old-format"))),
        many(
          oneof(
            "new-format",
            opt(since("2.8.12", int("client-id", "ID"))),
            opt(
              since(
                "2.8.12",
                after(
                  "TYPE",
                  oneof(
                    "client-type",
                    "NORMAL",
                    since("3.2.0", word("MASTER")),
                    "SLAVE",
                    since("5.0.0", word("REPLICA")),
                    "PUBSUB",
                  ),
                ),
              ),
            ),
            opt(str("username", "USER")),
            opt(shown("ip:port", str("addr", "ADDR"))),
            opt(since("6.2.0", shown("ip:port", str("laddr", "LADDR")))),
            opt(after("SKIPME", oneof("skipme", "YES", "NO"))),
          ),
        ),
      )],
      {
        history: [
          ["2.8.12", "Filters in the form of option and value."],
          ["2.8.12", "Filter `ID`."],
          ["3.2.0", "`TYPE` knows `master`."],
          ["5.0.0", "`TYPE` knows `replica`; `slave` stays as an alias."],
          ["6.2.0", "Filter `LADDR`."],
        ],
      },
    ),
  "client|list": () =>
    docs("2.4.0", "O(N), N being the open connections", "Describe every open connection, one line each.", [
      opt(since("5.0.0", after("TYPE", oneof("client-type", "NORMAL", "MASTER", "REPLICA", "PUBSUB")))),
      opt(many(since("6.2.0", int("client-id", "ID")))),
    ], {
      history: [
        ["2.8.12", "Field `id`."],
        ["5.0.0", "Filter `TYPE`."],
        ["6.0.0", "Field `user`."],
        ["6.2.0", "Fields `argv-mem`, `tot-mem`, `laddr` and `redir`; filter `ID`."],
        ["7.0.0", "Fields `resp`, `multi-mem`, `rbs` and `rbp`."],
        ["7.0.3", "Field `ssub`."],
      ],
    }),
  "client|no-evict": () =>
    docs(
      "7.0.0",
      "O(1)",
      "Exempt this connection from eviction when client buffers use too much memory, or end that.",
      [oneof("enabled", "ON", "OFF")],
    ),
  "client|no-touch": () =>
    docs(
      "7.2.0",
      "O(1)",
      "Keep this connection's reads from refreshing the access times of keys, or end that.",
      [oneof("enabled", "ON", "OFF")],
    ),
  "client|pause": () =>
    docs("3.0.0", "O(1)", "Hold back the commands of all clients for a while.", [
      int("timeout"),
      opt(since("6.2.0", oneof("mode", "WRITE", "ALL"))),
    ], { history: [["6.2.0", "A mode can limit the pause to writes (`WRITE`)."]] }),
  "client|reply": () =>
    docs("3.2.0", "O(1)", "Switch replies to this connection on or off, or skip the next one.", [
      oneof("action", "ON", "OFF", "SKIP"),
    ]),
  "client|setinfo": () =>
    docs("7.2.0", "O(1)", "Record the name or version of the client library.", [
      oneof("attr", str("libname", "LIB-NAME"), str("libver", "LIB-VER")),
    ]),
  "client|setname": () => docs("2.6.9", "O(1)", "Name this connection.", [str("connection-name")]),
  "client|unblock": () =>
    docs(
      "5.0.0",
      "O(log(N)), N being the open connections",
      "Wake another client that waits in a blocking command.",
      [int("client-id"), opt(oneof("unblock-type", "TIMEOUT", "ERROR"))],
    ),
  "client|unpause": () =>
    docs("6.2.0", "O(N), N being the paused clients", "End a pause and let the held back commands run."),
  echo: () => docs("1.0.0", "O(1)", "Send the argument back.", [str("message")]),
  hello: () =>
    docs(
      "6.0.0",
      "O(1)",
      "Choose the protocol version, optionally authenticating and naming the connection.",
      [opt(
        block(
          "arguments",
          int("protover"),
          opt(after("AUTH", block("auth", str("username"), str("password")))),
          opt(str("clientname", "SETNAME")),
        ),
      )],
      {
        history: [["6.2.0", "`protover` may be left out: the reply then describes the connection as it is."]],
      },
    ),
  ping: () =>
    docs("1.0.0", "O(1)", "Check that the server answers; an argument comes back as the reply.", [
      opt(str("message")),
    ]),
  quit: () =>
    docs(
      "1.0.0",
      "O(1)",
      "Close this connection after the reply.",
      [],
      replaced("7.2.0", "just closing the connection"),
    ),
  reset: () => docs("6.2.0", "O(1)", "Bring this connection back to the state of a new one."),
  select: () => docs("1.0.0", "O(1)", "Switch this connection to another database.", [int("index")]),
};
