/**
 * What commands see of a connection. The server's `Client` extends it with
 * buffers and the socket.
 */

import { type Database } from "../keyspace/database.ts";
import { type Args } from "../resp/args.ts";
import { ReplyBuffer } from "../resp/reply_buffer.ts";
import { type CommandSpec } from "./spec.ts";

/** CLIENT REPLY states. */
export const REPLY_ON = 0;
export const REPLY_OFF = 1;
/** The next command's reply is left out… */
export const REPLY_SKIP_NEXT = 2;
/** …and this is that command. */
export const REPLY_SKIPPING = 3;

/** A command that waits for EXEC. */
export interface QueuedCommand {
  readonly spec: CommandSpec;
  readonly args: Args;
}

/** What a queued argument takes beside its bytes, for CLIENT LIST's `multi-mem`. */
const ARGUMENT_OVERHEAD_BYTES = 8;

/** A transaction between MULTI and EXEC. */
export class Transaction {
  readonly queue: QueuedCommand[] = [];
  /** A command was refused while queueing: EXEC answers EXECABORT. */
  aborted = false;
  /** FLAG_* bits that any queued command has, and those that all have. */
  anyFlags = 0;
  allFlags = -1;
  /** Memory of the queued arguments in bytes. */
  memory = 0;

  /** Queues a copy of a command. Of a transaction that cannot run any more nothing is kept. */
  add(spec: CommandSpec, args: Args): void {
    if (this.aborted) return;
    this.queue.push({ spec, args: args.clone() });
    this.anyFlags |= spec.flags;
    this.allFlags &= spec.flags;
    for (let i = 0; i < args.argc; i++) this.memory += args.len[i] + ARGUMENT_OVERHEAD_BYTES;
  }
}

/** A client that waits for something: what ends the wait. */
export interface Blocked {
  /** What is waited for; "late" for the module of its command, which is nothing that a client could be told. */
  readonly kind: "wait" | "waitaof" | "keys" | "pause" | "late";
  /** When the wait ends by itself, in ms of the wall clock; 0 for never. */
  readonly deadlineMs: number;
  /** The deadline passed, or CLIENT UNBLOCK TIMEOUT: writes the reply. */
  onTimeout(session: Session): void;
  /** The client goes, or is unblocked with an error: forget it. */
  onCancel(session: Session): void;
}

/** State of one connection that commands read and change. */
export class Session {
  readonly id: number;
  /** `ip:port` of the peer, and of our end. */
  readonly address: string;
  readonly localAddress: string;
  readonly isLocal: boolean;
  readonly isUnix: boolean;
  readonly createdMs: number;
  readonly out = new ReplyBuffer();
  db: Database;
  name = "";
  libName = "";
  libVersion = "";
  user = "default";
  authenticated: boolean;
  replyMode = REPLY_ON;
  transaction: Transaction | null = null;
  /** EXEC is running its commands: none of them may wait, those that would act as timed out. */
  inExec = false;
  /** A watched key changed: EXEC answers null. Set by the watch registry. */
  watchBroken = false;
  /** How many keys are watched. */
  watchedKeys = 0;
  blocked: Blocked | null = null;
  isMonitor = false;
  noEvict = false;
  noTouch = false;
  /** Close once everything written has been sent. */
  closeAfterReply = false;
  /** Nothing is read or executed any more. */
  closing = false;
  /** Bytes of its buffers when the server last added them up. */
  sampledBytes = 0;
  lastInteractionMs: number;
  lastCommand: CommandSpec | null = null;
  /** Commands executed. */
  commands = 0;
  /** AOF offset behind this client's last write, for WAITAOF; 0 when it wrote nothing. */
  writtenOffset = 0;

  constructor(
    id: number,
    address: string,
    localAddress: string,
    isLocal: boolean,
    isUnix: boolean,
    nowMs: number,
    db: Database,
    authenticated: boolean,
  ) {
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
    this.isLocal = isLocal;
    this.isUnix = isUnix;
    this.createdMs = nowMs;
    this.lastInteractionMs = nowMs;
    this.db = db;
    this.authenticated = authenticated;
  }

  /** Whether it waits for something that CLIENT LIST and INFO show, rather than for its command's module. */
  get showsBlocked(): boolean {
    return this.blocked !== null && this.blocked.kind !== "late";
  }

  /** Whether what is written now will not be sent (CLIENT REPLY OFF, or SKIP before). */
  get muted(): boolean {
    return this.replyMode === REPLY_OFF || this.replyMode === REPLY_SKIPPING;
  }

  /** Memory of the replies that are under way to the peer, in bytes. */
  get sendingBytes(): number {
    return 0;
  }

  /** Memory of the query buffer in bytes, and how much of it is in use; the server's client knows. */
  get queryBufferBytes(): number {
    return 0;
  }

  get queryBufferUsed(): number {
    return 0;
  }
}
