/**
 * MONITOR: a connection is shown every command that is executed.
 *
 * DESIGN. The executor looks at one field, `count`, after each command; only
 * with somebody there is a line made. A command is shown when it has run,
 * so EXEC comes after the commands of its transaction. Administrative commands
 * are not shown, passwords are replaced.
 */

import { toAscii } from "../base/ascii.ts";
import { textToByteString } from "../base/byte_string.ts";
import { reprBytes } from "../base/quoted_args.ts";
import { REDACTED } from "../config/config.ts";
import { type Args } from "../resp/args.ts";
import { errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { secretArguments } from "./redact.ts";
import { type ServerPort } from "./server_port.ts";
import { type Session } from "./session.ts";
import { type CommandSpec, FLAG_ADMIN, FLAG_SKIP_MONITOR, type HandlerTable } from "./spec.ts";

const ERR_DENY_BLOCKING = errorReply("ERR MONITOR isn't allowed for DENY BLOCKING client");

/** The monitoring connections. */
export class Monitors {
  /** How many there are. */
  count = 0;
  readonly #server: ServerPort;
  readonly #sessions = new Set<Session>();

  constructor(server: ServerPort) {
    this.#server = server;
  }

  add(session: Session): void {
    session.isMonitor = true;
    this.#sessions.add(session);
    this.count = this.#sessions.size;
  }

  remove(session: Session): void {
    session.isMonitor = false;
    this.#sessions.delete(session);
    this.count = this.#sessions.size;
  }

  /** Shows a command that `session` has run. */
  feed(session: Session, spec: CommandSpec, args: Args): void {
    if ((spec.flags & (FLAG_ADMIN | FLAG_SKIP_MONITOR)) !== 0 || this.#server.loading) return;
    const line = this.#line(session, spec, args);
    for (const monitor of this.#sessions) {
      if (!monitor.muted && !monitor.closeAfterReply) this.#server.push(monitor, line);
    }
  }

  /** `+seconds.micros [db address] "word" …`. */
  #line(session: Session, spec: CommandSpec, args: Args): Uint8Array {
    const nowUs = this.#server.nowUs();
    const seconds = Math.floor(nowUs / 1e6);
    const micros = String(nowUs % 1e6).padStart(6, "0");
    const from = session.isUnix
      ? `unix:${textToByteString(this.#server.config.unixsocket)}`
      : session.address;
    let line = `+${seconds}.${micros} [${session.db.id} ${from}]`;
    const hidden = secretArguments(spec, args);
    for (let i = 0; i < args.argc; i++) {
      const end = args.off[i] + args.len[i];
      line += " " + (hidden.includes(i) ? `"${REDACTED}"` : reprBytes(args.buf, args.off[i], end));
    }
    return toAscii(line + "\r\n");
  }
}

/** `MONITOR`. A connection that monitors already gets no second reply. */
function monitor(c: CommandContext): void {
  if (c.session.inExec) return c.out.error(ERR_DENY_BLOCKING);
  if (c.session.isMonitor) return;
  c.server.monitors.add(c.session);
  c.out.ok();
}

/** MONITOR, by name. */
export const MONITOR_COMMANDS: HandlerTable = { monitor };
