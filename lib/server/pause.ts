/**
 * CLIENT PAUSE: clients wait, writing ones or all, until a time or UNPAUSE.
 *
 * DESIGN. A client that has to wait keeps its request unparsed and is blocked;
 * when the pause is over it is simply executed. While the pause lasts the data
 * set does not change: nothing expires, nothing is evicted. Monitoring
 * connections are never paused.
 */

import { type PausePort } from "../commands/server_port.ts";
import { type Blocked, type Session } from "../commands/session.ts";
import { type CommandSpec, FLAG_WRITE } from "../commands/spec.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";

/** What a pause needs of the server. */
export interface PauseHost {
  readonly ks: Keyspace;
  block(session: Session, blocked: Blocked): void;
  unblock(session: Session): void;
  /** Opens a turn: clocks are read, `beforeSleep` follows. */
  openBatch(): void;
}

const PAUSE_NONE = 0;
const PAUSE_WRITE = 1;
const PAUSE_ALL = 2;

/** The longest time that a timer takes, in ms. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The pause of one server, if there is one; see the module's note. */
export class Pause implements PausePort {
  readonly #host: PauseHost;
  #mode = PAUSE_NONE;
  #untilMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #waiting = new Set<Session>();
  readonly #blocked: Blocked = {
    kind: "pause",
    deadlineMs: 0,
    onTimeout: () => {},
    onCancel: (session) => void this.#waiting.delete(session),
  };

  constructor(host: PauseHost) {
    this.#host = host;
  }

  get active(): boolean {
    return this.#mode !== PAUSE_NONE;
  }

  start(untilMs: number, all: boolean): void {
    this.#mode = all || this.#mode === PAUSE_ALL ? PAUSE_ALL : PAUSE_WRITE;
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    if (this.#untilMs <= this.#host.ks.nowMs) return this.end();
    this.#arm();
  }

  settle(): void {
    this.#host.ks.removalsPaused = this.active;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#mode = PAUSE_NONE;
    this.#untilMs = 0;
    this.settle();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const session of waiting) this.#host.unblock(session);
  }

  /** Whether the command must wait; its session is blocked then. */
  holds(session: Session, spec: CommandSpec): boolean {
    if (session.isMonitor || (this.#mode === PAUSE_WRITE && !mayWrite(session, spec))) return false;
    this.#waiting.add(session);
    this.#host.block(session, this.#blocked);
    return true;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const leftMs = this.#untilMs - this.#host.ks.nowMs;
    this.#timer = setTimeout(() => {
      this.#host.openBatch();
      if (this.#host.ks.nowMs >= this.#untilMs) this.end();
      else this.#arm();
    }, Math.min(Math.max(leftMs, 1), TIMER_MAX_MS));
  }
}

/** Whether the command may change the data set: PFCOUNT may refresh what it has cached in the key. */
function mayWrite(session: Session, spec: CommandSpec): boolean {
  if ((spec.flags & FLAG_WRITE) !== 0 || spec.name === "pfcount") return true;
  if (spec.name !== "exec" || session.transaction === null) return false;
  return session.transaction.queue.some((queued) => mayWrite(session, queued.spec));
}
