/**
 * Runs command handlers on a keyspace without a server, for tests.
 *
 * DESIGN. What a server adds (gates, AOF, sockets) is left out; what a handler
 * says is kept: its reply, how many changes it counted, what it wants logged.
 * Freed memory is filled, so that a stale read shows, and `verify` walks all.
 */

import { Arena } from "../../lib/arena/arena.ts";
import { latin1, toAscii } from "../../lib/base/ascii.ts";
import { Random } from "../../lib/base/random.ts";
import { CommandContext } from "../../lib/commands/context.ts";
import { type ServerPort } from "../../lib/commands/server_port.ts";
import { Session } from "../../lib/commands/session.ts";
import { type HandlerTable } from "../../lib/commands/spec.ts";
import { CommandTable } from "../../lib/commands/table.ts";
import { Keyspace } from "../../lib/keyspace/keyspace.ts";
import { Entries } from "../../lib/objects/entry.ts";
import { argsOf } from "../../lib/resp/args.ts";

/** The time that a bench begins with. */
export const NOW_MS = 1_700_000_000_000;

/** The parts of a server that data commands look at. */
interface BenchServer {
  config: { protoMaxBulkLen: number; lazyfreeLazyExpire: boolean; hllSparseMaxBytes: number };
  loading: boolean;
}

/** A keyspace, a session, and the handlers of a table. */
export class HandlerBench {
  readonly ks: Keyspace;
  readonly server: BenchServer = {
    config: { protoMaxBulkLen: 512 * 1024 * 1024, lazyfreeLazyExpire: false, hllSparseMaxBytes: 3000 },
    loading: false,
  };
  /** What the last command counted as changes. */
  dirty = 0;
  /** Commands to log for the last command, one per line; `typed` when it is to be logged as typed. */
  logged = "";
  readonly #table: CommandTable;
  readonly #context: CommandContext;
  readonly #session: Session;

  constructor(handlers: HandlerTable) {
    const arena = new Arena();
    arena.fillFreed = true;
    this.ks = new Keyspace(new Entries(arena, 1, 2), new Random(1, 2, 3, 4), 16);
    this.ks.nowMs = NOW_MS;
    this.#table = new CommandTable(handlers);
    this.#session = new Session(1, "", "", true, false, NOW_MS, this.ks.databases[0], true);
    const server = this.server as unknown as ServerPort;
    const [spec] = this.#table.all.values();
    this.#context = new CommandContext(server, this.ks, this.#session, spec);
  }

  /** Speaks RESP3 from now on. */
  useResp3(): void {
    this.#session.out.resp3 = true;
  }

  /** Runs one command, its arguments one byte per character. @returns its reply as it goes out */
  run(...args: string[]): string {
    const c = this.#context;
    const name = toAscii(args[0]);
    const spec = this.#table.find(name, 0, name.length);
    if (spec === null) throw new Error(`Cannot run command as the table does not have it: ${args[0]}`);
    c.spec = spec;
    c.args = argsOf(args.map(toAscii));
    c.dirty = 0;
    c.instead.clear();
    spec.proc(c);
    this.dirty = c.dirty;
    this.logged = c.dirty === 0 ? "" : c.instead.commands === 0 ? "typed" : this.#instead();
    return this.#reply();
  }

  #reply(): string {
    const out = this.#session.out;
    let reply = "";
    for (let bytes = out.take(); bytes !== undefined; bytes = out.take()) {
      reply += latin1(bytes, 0, out.takenLength);
    }
    return reply;
  }

  /** The commands in `instead`; arguments must hold no line break. */
  #instead(): string {
    const writer = this.#context.instead;
    const lines = latin1(writer.buf, 0, writer.length).split("\r\n");
    return lines.filter((line) => !line.startsWith("$") && line !== "")
      .map((line, i) => line.startsWith("*") ? (i === 0 ? "" : "\n") : `${line} `)
      .join("").replaceAll(" \n", "\n").trimEnd();
  }
}
