/**
 * DEBUG DIGEST and DIGEST-VALUE: a number that two servers share exactly when
 * their data is the same.
 *
 * DESIGN. Redis' own definition, so that it can be compared with a real one.
 * *xor*: the SHA-1 of some bytes is xored into the digest (order does not
 * matter); *mix*: that, and then the digest becomes its own SHA-1 (it does).
 */

import { type Ref } from "../arena/layout.ts";
import { sha1, SHA1_BYTES } from "../base/sha1.ts";
import { toAscii } from "../base/ascii.ts";
import { Slice } from "../base/slice.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { TYPE_STRING } from "../objects/entry.ts";

const EXPIRES = toAscii("!!expire!!");
const hash = new Uint8Array(SHA1_BYTES);
const word = new Uint8Array(4);
const slice = new Slice();

function xorBytes(digest: Uint8Array, buf: Uint8Array, off: number, len: number): void {
  sha1(buf, off, len, hash);
  for (let i = 0; i < SHA1_BYTES; i++) digest[i] ^= hash[i];
}

function mixBytes(digest: Uint8Array, buf: Uint8Array, off: number, len: number): void {
  xorBytes(digest, buf, off, len);
  sha1(digest, 0, SHA1_BYTES, digest);
}

/** Mixes in a number as four bytes, the highest first. */
function mixNumber(digest: Uint8Array, value: number): void {
  for (let i = 0; i < 4; i++) word[i] = value >>> (24 - 8 * i);
  mixBytes(digest, word, 0, 4);
}

/** Takes type, value and "has a deadline" of an entry into `digest`. */
export function digestValue(ks: Keyspace, ref: Ref, digest: Uint8Array): void {
  const { entries } = ks;
  const type = entries.type(ref);
  mixNumber(digest, type);
  if (type !== TYPE_STRING) throw new Error(`Cannot digest value as type must be known: type is ${type}`);
  entries.value(ref, slice);
  mixBytes(digest, slice.buf, slice.off, slice.len);
  if (entries.hasExpire(ref)) xorBytes(digest, EXPIRES, 0, EXPIRES.length);
}

/** The digest of all databases. O(N). */
export function digestDataset(ks: Keyspace): Uint8Array {
  const all = new Uint8Array(SHA1_BYTES);
  const one = new Uint8Array(SHA1_BYTES);
  for (const db of ks.databases) {
    if (db.dict.size === 0) continue;
    mixNumber(all, db.id);
    db.dict.forEach((_hash, ref) => {
      one.fill(0);
      ks.entries.key(ref, slice);
      mixBytes(one, slice.buf, slice.off, slice.len);
      digestValue(ks, ref, one);
      xorBytes(all, one, 0, SHA1_BYTES);
    });
  }
  return all;
}

/** A digest as 40 hexadecimal digits. */
export function digestText(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
