/** Checks a whole keyspace. For tests. */

import { NIL } from "../arena/layout.ts";
import { type Dict } from "../dict/dict.ts";
import { SEGMENT_BYTES } from "../dict/segment.ts";
import { TYPE_STRING } from "../objects/entry.ts";
import { type Database } from "./database.ts";
import { type Keyspace } from "./keyspace.ts";

/**
 * Walks arena, dicts, entries and collections and throws on the first broken
 * invariant: `expires` and byte counts agree with the entries, hashes are
 * right, and every live byte of the arena is accounted for.
 * @param foreignBytes what a test has taken from the arena for itself
 */
export function verifyKeyspace(ks: Keyspace, foreignBytes = 0): void {
  ks.arena.verify();
  let bytes = foreignBytes + ks.lazyFree.pendingBytes;
  for (const db of ks.databases) {
    verifyDatabase(ks, db);
    bytes += db.bytes + segmentBytes(db.dict) + segmentBytes(db.expires);
  }
  const { liveBytes } = ks.collections.nodes;
  if (bytes !== liveBytes) {
    throw new Error(`Cannot verify keyspace: ${bytes} bytes are known of ${liveBytes}`);
  }
}

function verifyDatabase(ks: Keyspace, db: Database): void {
  const { entries } = ks;
  db.dict.verify();
  db.expires.verify();
  let bytes = 0;
  let deadlines = 0;
  db.dict.forEach((hash, ref) => {
    bytes += entries.bytesOf(ref);
    if (entries.hasExpire(ref)) {
      deadlines++;
      if (!db.expires.findRef(hash, ref)) {
        throw new Error(`Cannot verify keyspace: ${ref} is not in expires`);
      }
    }
    if ((hash | 0) !== entries.hashOf(ref)) {
      throw new Error(`Cannot verify keyspace: hash of ${ref} is wrong`);
    }
    if (entries.type(ref) === TYPE_STRING) return;
    if (entries.word2(ref) === NIL || ks.collections.count(ref) === 0) {
      throw new Error(`Cannot verify keyspace: collection of ${ref} is empty`);
    }
    ks.collections.types[entries.type(ref)].verify(ref);
  });
  if (deadlines !== db.expires.size) throw new Error(`Cannot verify keyspace: ${deadlines} deadlines`);
  if (bytes !== db.bytes) throw new Error(`Cannot verify keyspace: ${bytes} bytes, not ${db.bytes}`);
}

function segmentBytes(dict: Dict): number {
  return dict.segments * SEGMENT_BYTES;
}
