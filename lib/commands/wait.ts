/**
 * WAIT and WAITAOF: a client waits until its writes are safe.
 *
 * DESIGN. There are no replicas, so WAIT for any is a wait for its timeout.
 * WAITAOF looks at two offsets of the AOF: behind the client's last write, and
 * up to which the disk has everything. The server calls `poll` once per turn
 * of the loop, after the AOF was flushed; a sync in the background makes a
 * turn. Offsets are bytes.
 */

import { parseInt64 } from "../base/ascii.ts";
import { ERR_NOT_INTEGER, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { type ServerPort } from "./server_port.ts";
import { type Blocked, type Session } from "./session.ts";
import { type HandlerTable } from "./spec.ts";
import { readDeadlineMs } from "./timeouts.ts";

const ERR_NUM_LOCAL = errorReply("ERR value is out of range, value must between 0 and 1");
const ERR_POSITIVE = errorReply("ERR value is out of range, must be positive");
const ERR_AOF_OFF = errorReply(
  "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
);

/** What a client waits for. */
interface Waiter {
  readonly offset: number;
  readonly numLocal: number;
  readonly numReplicas: number;
}

/** The clients in WAITAOF. */
export class AofWaiters {
  readonly #server: ServerPort;
  readonly #waiting = new Map<Session, Waiter>();

  constructor(server: ServerPort) {
    this.#server = server;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  add(session: Session, waiter: Waiter, deadlineMs: number): void {
    this.#waiting.set(session, waiter);
    const blocked: Blocked = {
      kind: "waitaof",
      deadlineMs,
      onTimeout: (waiting) => this.#reply(waiting, waiter),
      onCancel: (waiting) => void this.#waiting.delete(waiting),
    };
    this.#server.block(session, blocked);
  }

  /** Answers those whose wait is over. The AOF has just been flushed. */
  poll(): void {
    const { persistence } = this.#server;
    for (const [session, waiter] of this.#waiting) {
      if (waiter.numLocal > 0 && !persistence.aofEnabled) {
        this.#server.answer(session, (waiting) => waiting.out.error(ERR_AOF_OFF));
      } else if (isDone(waiter, persistence.syncedOffset)) {
        this.#server.answer(session, (waiting) => this.#reply(waiting, waiter));
      }
    }
  }

  #reply(session: Session, waiter: Waiter): void {
    replyAcks(session, this.#server.persistence.syncedOffset >= waiter.offset);
  }
}

function isDone(waiter: Waiter, syncedOffset: number): boolean {
  return waiter.numReplicas <= 0 && (waiter.numLocal === 0 || syncedOffset >= waiter.offset);
}

/** How many AOFs have it: ours, and those of the replicas. */
function replyAcks(session: Session, local: boolean): void {
  session.out.arrayHeader(2);
  session.out.integer(local ? 1 : 0);
  session.out.integer(0);
}

function replyNoReplicas(session: Session): void {
  session.out.integer(0);
}

/** `WAIT numreplicas timeout`. O(1). */
function wait(c: CommandContext): void {
  const numReplicas = parseInt64(c.args.buf, c.args.off[1], c.args.len[1]);
  if (Number.isNaN(numReplicas)) return c.out.error(ERR_NOT_INTEGER);
  const deadlineMs = readDeadlineMs(c, 2);
  if (Number.isNaN(deadlineMs)) return;
  if (numReplicas <= 0 || c.session.inExec) return c.out.integer(0);
  c.server.block(c.session, {
    kind: "wait",
    deadlineMs,
    onTimeout: replyNoReplicas,
    onCancel: () => {},
  });
}

/** `WAITAOF numlocal numreplicas timeout`. O(1). */
function waitAof(c: CommandContext): void {
  const { buf, off, len } = c.args;
  const numLocal = parseInt64(buf, off[1], len[1]);
  if (Number.isNaN(numLocal)) return c.out.error(ERR_NOT_INTEGER);
  if (numLocal < 0 || numLocal > 1) return c.out.error(ERR_NUM_LOCAL);
  const numReplicas = parseInt64(buf, off[2], len[2]);
  if (!(numReplicas >= 0)) return c.out.error(ERR_POSITIVE);
  const deadlineMs = readDeadlineMs(c, 3);
  if (Number.isNaN(deadlineMs)) return;
  const { persistence } = c.server;
  persistence.syncPromised = true;
  if (numLocal > 0 && !persistence.aofEnabled) return c.out.error(ERR_AOF_OFF);
  const waiter: Waiter = { offset: c.session.writtenOffset, numLocal, numReplicas };
  if (isDone(waiter, persistence.syncedOffset) || c.session.inExec) {
    return replyAcks(c.session, persistence.syncedOffset >= waiter.offset);
  }
  c.server.aofWaiters.add(c.session, waiter, deadlineMs);
}

/** Commands that wait for safety, by name. */
export const WAIT_COMMANDS: HandlerTable = { wait, waitaof: waitAof };
