/** WATCH's registry against a model: EXEC fails if and only if the client could have seen a change. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Arena } from "../arena/arena.ts";
import { toAscii } from "../base/ascii.ts";
import { Random } from "../base/random.ts";
import { Keyspace } from "../keyspace/keyspace.ts";
import { verifyKeyspace } from "../keyspace/verify.ts";
import { ENC_RAW, Entries, NO_EXPIRE } from "../objects/entry.ts";
import { Session } from "./session.ts";
import { WatchRegistry } from "./watch.ts";

const KEYS = ["a", "b", ""].map(toAscii);
const DATABASES = 2;
const SESSIONS = 3;

const operation = fc.oneof(
  fc.record({
    op: fc.constant("set" as const),
    db: fc.nat(1),
    key: fc.nat(2),
    ttl: fc.constantFrom(0, 0, 5, 20),
  }),
  fc.record({ op: fc.constantFrom("remove" as const, "read" as const), db: fc.nat(1), key: fc.nat(2) }),
  fc.record({ op: fc.constant("flush" as const), db: fc.nat(1) }),
  fc.record({ op: fc.constant("swap" as const) }),
  fc.record({ op: fc.constant("pass" as const), ms: fc.constantFrom(1, 6, 25) }),
  fc.record({ op: fc.constant("watch" as const), session: fc.nat(2), db: fc.nat(1), key: fc.nat(2) }),
  fc.record({ op: fc.constant("exec" as const), session: fc.nat(2) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** What stands where: the number of the write that put it there, and until when. */
type Model = Map<number, { readonly version: number; readonly deadline: number }>[];

class World {
  readonly ks: Keyspace;
  readonly registry: WatchRegistry;
  readonly sessions: Session[] = [];
  readonly model: Model = Array.from({ length: DATABASES }, () => new Map());
  /** What each session watches, and what it saw there. */
  readonly seen: { db: number; key: number; version: number }[][] = [];
  readonly changed: boolean[] = [];
  #version = 0;

  constructor() {
    const entries = new Entries(new Arena(), 1, 2);
    this.ks = new Keyspace(entries, new Random(1, 2, 3, 4), DATABASES);
    this.ks.nowMs = 1000;
    this.registry = new WatchRegistry(this.ks);
    for (let i = 0; i < SESSIONS; i++) {
      this.sessions.push(new Session(i + 1, "", "", true, false, 0, this.ks.databases[0], true));
      this.seen.push([]);
      this.changed.push(false);
    }
  }

  /** The version that a client sees; 0 where nothing is, or nothing any more. */
  visible(db: number, key: number): number {
    const item = this.model[db].get(key);
    return item === undefined || item.deadline < this.ks.nowMs ? 0 : item.version;
  }

  run(operation: Operation): void {
    const { ks, model } = this;
    switch (operation.op) {
      case "set": {
        const key = KEYS[operation.key];
        const deadline = operation.ttl === 0 ? NO_EXPIRE : ks.nowMs + operation.ttl;
        ks.setString(ks.databases[operation.db], key, 0, key.length, key, 0, 0, ENC_RAW, deadline);
        const version = ++this.#version;
        model[operation.db].set(operation.key, {
          version,
          deadline: operation.ttl === 0 ? Infinity : deadline,
        });
        break;
      }
      case "remove":
      case "read": {
        const key = KEYS[operation.key];
        const db = ks.databases[operation.db];
        if (operation.op === "read") ks.lookupRead(db, key, 0, key.length);
        else {
          ks.remove(db, key, 0, key.length);
          model[operation.db].delete(operation.key);
        }
        break;
      }
      case "flush":
        ks.flush(ks.databases[operation.db]);
        model[operation.db].clear();
        break;
      case "swap":
        ks.swap(ks.databases[0], ks.databases[1]);
        model.reverse();
        break;
      case "pass":
        ks.nowMs += operation.ms;
        break;
      case "watch":
        this.#watch(operation.session, operation.db, operation.key);
        break;
      case "exec":
        this.#exec(operation.session);
    }
    for (let i = 0; i < SESSIONS; i++) {
      const sees = this.seen[i].some(({ db, key, version }) => this.visible(db, key) !== version);
      if (sees) this.changed[i] = true;
    }
  }

  #watch(who: number, db: number, key: number): void {
    const session = this.sessions[who];
    if (session.watchBroken) return;
    const bytes = KEYS[key];
    this.registry.add(session, this.ks.databases[db], bytes, 0, bytes.length);
    if (!this.seen[who].some((item) => item.db === db && item.key === key)) {
      this.seen[who].push({ db, key, version: this.visible(db, key) });
    }
  }

  #exec(who: number): void {
    const session = this.sessions[who];
    assert.equal(session.watchBroken || this.registry.anyExpired(session), this.changed[who]);
    this.registry.remove(session);
    session.watchBroken = false;
    this.seen[who] = [];
    this.changed[who] = false;
  }
}

/** Something happens to a key that had expired when it was watched. */
function expired(op: "set" | "remove" | "read"): Operation[] {
  const what: Operation = op === "set" ? { op, db: 0, key: 0, ttl: 0 } : { op, db: 0, key: 0 };
  return [
    { op: "set", db: 0, key: 0, ttl: 5 },
    { op: "pass", ms: 25 },
    { op: "watch", session: 0, db: 0, key: 0 },
    what,
  ];
}

Deno.test("WatchRegistry: EXEC fails if and only if what is watched has changed for its client", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const world = new World();
      for (const one of operations) world.run(one);
      for (let session = 0; session < SESSIONS; session++) world.run({ op: "exec", session });
      assert.equal(world.ks.watchers, null, "nobody watches: changes cost nothing");
      verifyKeyspace(world.ks);
    }),
    {
      numRuns: 500,
      examples: [
        [expired("set")],
        [expired("remove")],
        [expired("read")],
        [[...expired("read"), { op: "set", db: 0, key: 0, ttl: 0 }]],
        [[...expired("read").slice(0, -1), { op: "flush", db: 0 }]],
        [[...expired("read").slice(0, -1), { op: "swap" }]],
      ],
    },
  );
});
