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
import { MAX_DOUBLE_LENGTH, writeDoubleExponent } from "../base/float.ts";
import { Slice } from "../base/slice.ts";
import { type Keyspace } from "../keyspace/keyspace.ts";
import { type ElementSink } from "../objects/collection.ts";
import { TYPE_LIST, TYPE_STRING } from "../objects/entry.ts";

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

/** Takes the elements of a collection into `digest`: in their order where they have one, else in any. */
class ElementDigest implements ElementSink {
  digest: Uint8Array = new Uint8Array(SHA1_BYTES);
  /** Whether the order of items counts: those of a list, not of a set. */
  ordered = false;
  readonly #one = new Uint8Array(SHA1_BYTES);
  readonly #score = new Uint8Array(MAX_DOUBLE_LENGTH);

  item({ buf, off, len }: Slice): void {
    if (this.ordered) mixBytes(this.digest, buf, off, len);
    else xorBytes(this.digest, buf, off, len);
  }

  field(name: Slice, _nameBig: number, value: Slice): void {
    this.#one.fill(0);
    mixBytes(this.#one, name.buf, name.off, name.len);
    mixBytes(this.#one, value.buf, value.off, value.len);
    xorBytes(this.digest, this.#one, 0, SHA1_BYTES);
  }

  scored(member: Slice, _big: number, score: number): void {
    this.#one.fill(0);
    mixBytes(this.#one, member.buf, member.off, member.len);
    mixBytes(this.#one, this.#score, 0, writeDoubleExponent(this.#score, 0, score));
    xorBytes(this.digest, this.#one, 0, SHA1_BYTES);
  }
}

const elements = new ElementDigest();

/** Takes type, value and "has a deadline" of an entry into `digest`. */
export function digestValue(ks: Keyspace, ref: Ref, digest: Uint8Array): void {
  const { entries } = ks;
  const type = entries.type(ref);
  mixNumber(digest, type);
  if (type === TYPE_STRING) {
    entries.value(ref, slice);
    mixBytes(digest, slice.buf, slice.off, slice.len);
  } else {
    elements.digest = digest;
    elements.ordered = type === TYPE_LIST;
    ks.collections.emit(ref, elements);
  }
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
