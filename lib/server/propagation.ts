/**
 * Propagation: what a command did, as commands for the AOF, in units.
 *
 * DESIGN. All effects of one top-level command (a lazy expiry inside it, the
 * commands of an EXEC) are one unit. A unit of one is logged bare, of two or
 * more between MULTI and EXEC, so that a reload applies all or nothing
 * (docs/AOF.md §1). The usual case, one plain command, is fed straight from
 * the input buffer and never copied here; brief ones that follow each other in
 * a pipeline are a *run*, fed together when it ends. Whoever could tell whether
 * they have been fed ends it first: any command that is not brief, anything
 * else that is logged, and the end of the pipeline.
 */

import { type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { type CommandContext } from "../commands/context.ts";
import { type Session } from "../commands/session.ts";
import { type Database } from "../keyspace/database.ts";
import { type RemovalSink, REMOVED_EXPIRED } from "../keyspace/ports.ts";
import { type Entries } from "../objects/entry.ts";
import { RequestWriter } from "../resp/request_writer.ts";

/** Where commands are logged: the AOF. */
export interface Feed {
  /** Whether anybody wants commands at all. */
  readonly wantsFeed: boolean;
  /** Appends encoded commands for database `dbId`. */
  feed(dbId: number, buf: Uint8Array, start: number, end: number): void;
  /** Offset behind the last change, for WAITAOF. */
  readonly writeOffset: number;
  /** Appends MULTI, and EXEC, of a unit; SELECT comes after MULTI. */
  feedMulti(): void;
  feedExec(): void;
}

/** Whether deletions are logged as UNLINK. */
export interface UnlinkSettings {
  readonly lazyfreeLazyExpire: boolean;
  readonly lazyfreeLazyEviction: boolean;
}

const NO_BYTES = new Uint8Array(0);

/** Collects the effects of the running command; see the module's note. */
export class Propagation implements RemovalSink {
  readonly #feed: Feed;
  readonly #entries: Entries;
  readonly #settings: UnlinkSettings;
  /** Encoded effects of the open unit, one after the other. */
  readonly #effects = new RequestWriter();
  readonly #ends: number[] = [];
  readonly #dbIds: number[] = [];
  readonly #encoder = new RequestWriter();
  readonly #key = new Slice();
  #open = false;
  /** The buffer whose requests may become a run, and the run: of which session, for which database, which bytes. */
  #runBuf: Uint8Array = NO_BYTES;
  #runSession: Session | null = null;
  #runDbId = 0;
  #runStart = 0;
  #runEnd = 0;

  constructor(feed: Feed, entries: Entries, settings: UnlinkSettings) {
    this.#feed = feed;
    this.#entries = entries;
    this.#settings = settings;
  }

  /** A command starts: removals join its unit from now on, unless `bareExpiry`. */
  begin(bareExpiry: boolean): void {
    this.#open = !bareExpiry;
  }

  /** A command inside the unit (of an EXEC) has changed something. */
  collect(c: CommandContext, dbId: number): void {
    if (!this.#feed.wantsFeed) return;
    if (c.instead.commands > 0) this.#add(dbId, c.instead.buf, 0, c.instead.length, c.instead.commands);
    else {
      const raw = this.#encoded(c);
      this.#add(dbId, raw.buf, this.#start, raw.end, 1);
    }
  }

  /**
   * The top-level command is over. What it has changed is logged, now or with the run that it belongs to.
   * @param changed whether it has to be logged itself
   * @param brief whether it may belong to a run
   */
  end(c: CommandContext, dbId: number, changed: boolean, brief: boolean): void {
    this.#open = false;
    if (!changed && this.#ends.length === 0) return;
    const { args, instead } = c;
    if (!this.#feed.wantsFeed) {
      // The AOF was turned off by the unit itself: were its effects kept, they would be logged when it is on again.
      // Emptying an array by its length is a slow call, even of an empty one.
      if (this.#ends.length > 0) this.#forget();
    } else if (this.#ends.length === 0 && instead.commands <= 1) {
      if (brief && instead.commands === 0 && args.canonical && args.buf === this.#runBuf) {
        return this.#extendRun(c, dbId);
      }
      this.endRun();
      if (instead.commands === 1) this.#feed.feed(dbId, instead.buf, 0, instead.length);
      else if (args.canonical) this.#feed.feed(dbId, args.buf, args.rawStart, args.rawEnd);
      else {
        const raw = this.#encoded(c);
        this.#feed.feed(dbId, raw.buf, this.#start, raw.end);
      }
    } else {
      this.endRun();
      if (changed) this.collect(c, dbId);
      this.#flush();
    }
    c.session.writtenOffset = this.#feed.writeOffset;
  }

  /** Requests in `buf` may become a run; the bytes stay as they are until `forbidRuns`, which must follow. */
  allowRuns(buf: Uint8Array): void {
    this.#runBuf = buf;
  }

  /** Ends the run; there is none until `allowRuns`. */
  forbidRuns(): void {
    this.endRun();
    this.#runBuf = NO_BYTES;
  }

  /** Logs the commands of the run, if there is one. */
  endRun(): void {
    const session = this.#runSession;
    if (session === null) return;
    this.#runSession = null;
    this.#feed.feed(this.#runDbId, this.#runBuf, this.#runStart, this.#runEnd);
    session.writtenOffset = this.#feed.writeOffset;
  }

  #extendRun(c: CommandContext, dbId: number): void {
    const { rawStart, rawEnd } = c.args;
    if (this.#runSession !== null && rawStart === this.#runEnd && dbId === this.#runDbId) {
      this.#runEnd = rawEnd;
      return;
    }
    this.endRun();
    this.#runSession = c.session;
    this.#runDbId = dbId;
    this.#runStart = rawStart;
    this.#runEnd = rawEnd;
  }

  removed(db: Database, ref: Ref, reason: number): void {
    if (!this.#feed.wantsFeed) return;
    const lazy = reason === REMOVED_EXPIRED
      ? this.#settings.lazyfreeLazyExpire
      : this.#settings.lazyfreeLazyEviction;
    this.#entries.key(ref, this.#key);
    this.#encoder.clear();
    this.#encoder.begin(2);
    this.#encoder.text(lazy ? "UNLINK" : "DEL");
    this.#encoder.bulk(this.#key.buf, this.#key.off, this.#key.len);
    if (this.#open) this.#add(db.id, this.#encoder.buf, 0, this.#encoder.length, 1);
    else {
      this.endRun();
      this.#feed.feed(db.id, this.#encoder.buf, 0, this.#encoder.length);
    }
  }

  #start = 0;

  /** The request as bytes of a RESP array: its own when they are one, else encoded anew. */
  #encoded(c: CommandContext): { buf: Uint8Array; end: number } {
    const args = c.args;
    this.#start = 0;
    if (args.canonical) {
      this.#start = args.rawStart;
      return { buf: args.buf, end: args.rawEnd };
    }
    this.#encoder.clear();
    this.#encoder.begin(args.argc);
    for (let i = 0; i < args.argc; i++) this.#encoder.bulk(args.buf, args.off[i], args.len[i]);
    return { buf: this.#encoder.buf, end: this.#encoder.length };
  }

  #add(dbId: number, buf: Uint8Array, start: number, end: number, commands: number): void {
    this.#effects.raw(buf, start, end, commands);
    this.#ends.push(this.#effects.length);
    this.#dbIds.push(dbId);
  }

  #flush(): void {
    if (this.#ends.length === 0) return;
    const framed = this.#effects.commands > 1;
    if (framed) this.#feed.feedMulti();
    let start = 0;
    for (let i = 0; i < this.#ends.length; i++) {
      this.#feed.feed(this.#dbIds[i], this.#effects.buf, start, this.#ends[i]);
      start = this.#ends[i];
    }
    if (framed) this.#feed.feedExec();
    this.#forget();
  }

  /** Closes the unit. */
  #forget(): void {
    this.#effects.clear();
    this.#ends.length = 0;
    this.#dbIds.length = 0;
  }
}
