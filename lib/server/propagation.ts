/**
 * Propagation: what a command did, as commands for the AOF, in units.
 *
 * DESIGN. All effects of one top-level command (a lazy expiry inside it, the
 * commands of an EXEC) are one unit. A unit of one is logged bare, of two or
 * more between MULTI and EXEC, so that a reload applies all or nothing
 * (docs/AOF.md §1). The usual case, one plain command, is fed straight from
 * the input buffer and never copied here.
 */

import { type Ref } from "../arena/layout.ts";
import { Slice } from "../base/slice.ts";
import { type CommandContext } from "../commands/context.ts";
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
  /** Appends MULTI, and EXEC, of a unit; SELECT comes after MULTI. */
  feedMulti(): void;
  feedExec(): void;
}

/** Whether deletions are logged as UNLINK. */
export interface UnlinkSettings {
  readonly lazyfreeLazyExpire: boolean;
  readonly lazyfreeLazyEviction: boolean;
}

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
   * The top-level command is over.
   * @param changed whether it has to be logged itself
   * @returns whether its unit has changed anything
   */
  end(c: CommandContext, dbId: number, changed: boolean): boolean {
    this.#open = false;
    if (!changed && this.#ends.length === 0) return false;
    if (!this.#feed.wantsFeed) {
      // The AOF was turned off by the unit itself: were its effects kept, they would be logged when it is on again.
      // Emptying an array by its length is a slow call, even of an empty one.
      if (this.#ends.length > 0) this.#forget();
      return true;
    }
    if (this.#ends.length === 0 && changed && c.instead.commands <= 1) {
      if (c.instead.commands === 1) this.#feed.feed(dbId, c.instead.buf, 0, c.instead.length);
      else if (c.args.canonical) this.#feed.feed(dbId, c.args.buf, c.args.rawStart, c.args.rawEnd);
      else {
        const raw = this.#encoded(c);
        this.#feed.feed(dbId, raw.buf, this.#start, raw.end);
      }
      return true;
    }
    if (changed) this.collect(c, dbId);
    this.#flush();
    return true;
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
    else this.#feed.feed(db.id, this.#encoder.buf, 0, this.#encoder.length);
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
