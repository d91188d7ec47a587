/**
 * Clients that ask for a late command (lib/commands/late.ts) before its module is there: they wait.
 *
 * DESIGN. As under CLIENT PAUSE, a client that has to wait keeps its request unparsed and is blocked; its request,
 * also one that MULTI would queue, is executed when all modules have come. They are asked for a little while after
 * start, or as soon as somebody needs one. Nobody is shown that it waits: whoever sees a client blocked in BLPOP may
 * rely on CLIENT UNBLOCK.
 */

import { isStillToLoad, loadLateCommands } from "../commands/late.ts";
import { type Blocked, type Session } from "../commands/session.ts";
import { type CommandSpec } from "../commands/spec.ts";
import { type PauseHost } from "./pause.ts";

/** The gate of one server. */
export class LateGate {
  readonly #host: Omit<PauseHost, "ks">;
  #closed = true;
  #opening: Promise<void> | undefined;
  readonly #waiting = new Set<Session>();
  readonly #blocked: Blocked = {
    kind: "late",
    deadlineMs: 0,
    onTimeout: () => {},
    onCancel: (session) => void this.#waiting.delete(session),
  };

  constructor(host: Omit<PauseHost, "ks">) {
    this.#host = host;
  }

  /** Whether there may be commands that have to wait. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Loads the modules if that has not begun. @returns when nobody has to wait any more */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Whether the command must wait; its session is blocked then. */
  holds(session: Session, spec: CommandSpec): boolean {
    if (!isStillToLoad(spec)) return false;
    this.#waiting.add(session);
    this.#host.block(session, this.#blocked);
    void this.open();
    return true;
  }

  async #open(): Promise<void> {
    await loadLateCommands();
    this.#closed = false;
    if (this.#waiting.size === 0) return;
    this.#host.openBatch();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const session of waiting) this.#host.unblock(session);
  }
}
