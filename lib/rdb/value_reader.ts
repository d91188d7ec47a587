/**
 * Decodes one value of any RDB type: what snapshots send, what RESTORE is given,
 * what files of Redis 2.4 to 7.2 hold.
 *
 * DESIGN. A pull reader: `begin(type)`, then `nextElement()` until it is false.
 * What an element is depends on the kind of value alone, never on how it was
 * encoded: the string itself (once), a list's item, a set's member, a sorted
 * set's member and `score`, a hash's field and `value`. Nothing is kept of
 * elements that were read, so a value of millions streams through a small
 * buffer; only a packed blob (or node of a list) is in memory as a whole.
 *
 * What is malformed is {@link CorruptRdb}, at the latest when the end is
 * reached: elements handed out before then may be of a corrupt value. Left to
 * whoever takes the elements: that no member or field comes twice, and that a
 * value without elements is one no key may have.
 *
 * Units: lengths in bytes. Slices are valid until the next call.
 */

import { parseDouble } from "../base/float.ts";
import { Slice } from "../base/slice.ts";
import { CorruptRdb } from "./errors.ts";
import {
  QUICKLIST_NODE_PACKED,
  QUICKLIST_NODE_PLAIN,
  RDB_KIND_HASH,
  RDB_KIND_ZSET,
  RDB_TYPE_STRING,
} from "./format.ts";
import { IntsetReader } from "./intset.ts";
import { doubleAt, readLength } from "./lengths.ts";
import { ListpackReader } from "./listpack.ts";
import { type PackedReader } from "./packed.ts";
import { type RdbSource } from "./source.ts";
import { StringPart } from "./string_part.ts";
import {
  FORM_NODES,
  FORM_NODES_2,
  FORM_PACKED,
  FORM_PAIR,
  FORM_SCORE_BINARY,
  FORM_SCORE_TEXT,
  FORM_SINGLE,
  valueTypeOf,
} from "./value_types.ts";
import { ZiplistReader } from "./ziplist.ts";
import { ZipmapReader } from "./zipmap.ts";

/** The value was read to its end, or none was begun. */
const FORM_NONE = -1;

/** Lengths that stand for scores which are no number in text. */
const SCORE_NAN = 253;
const SCORE_INFINITY = 254;
const SCORE_MINUS_INFINITY = 255;

/** The fewest bytes an element can have, by form: to tell a count that cannot be. */
const ELEMENT_BYTES_MIN: readonly number[] = [1, 2, 2, 9];

/** Reads values from a source, one at a time; see the module's note. */
export class ValueReader {
  /** String, list item, set or sorted-set member, hash field. */
  readonly element = new Slice();
  /** Value of the hash field; otherwise meaningless. */
  readonly value = new Slice();
  /** Score of the sorted-set member, never NaN; otherwise meaningless. */
  score = 0;
  /** What the value is, one of `RDB_KIND_*`. */
  kind = 0;
  /**
   * How many elements the value has; -1 if only reading tells, and then right
   * once the end was reached. From a stream it is what the writer says:
   * no memory should be taken for it in advance without a limit.
   */
  count = 0;
  /** Elements read so far. */
  read = 0;
  readonly #source: RdbSource;
  #form = FORM_NONE;
  /** Elements still to come in the plain forms, nodes in those that have them. */
  #rest = 0;
  readonly #first = new StringPart();
  readonly #second = new StringPart();
  readonly #packedReaders: readonly PackedReader[] = [
    new ZiplistReader(),
    new ListpackReader(),
    new IntsetReader(),
    new ZipmapReader(),
  ];
  #packed: PackedReader = this.#packedReaders[0];
  /** Whether a packed node is being read. */
  #inNode = false;
  readonly #blob = new Slice();
  readonly #blobPart = new StringPart();

  constructor(source: RdbSource) {
    this.#source = source;
  }

  /** Whether a value was begun and its end not yet reached. */
  get unfinished(): boolean {
    return this.#form !== FORM_NONE;
  }

  /**
   * Starts with a value of the RDB type `type`, the first byte of which comes next in the source.
   *
   * @throws {CorruptRdb} @throws {UnsupportedType}
   */
  begin(type: number): void {
    this.#form = FORM_NONE;
    this.#first.shrink();
    this.#second.shrink();
    this.#blobPart.shrink();
    this.#inNode = false;
    this.read = 0;
    const { kind, form, packed } = valueTypeOf(type, this.#source);
    this.kind = kind;
    this.#packed = this.#packedReaders[packed];
    if (form === FORM_PACKED) this.count = this.#beginPacked();
    else if (form === FORM_NODES || form === FORM_NODES_2) this.#beginNodes();
    else this.#beginPlain(type, form);
    this.#form = form;
  }

  /**
   * Reads the next element into `element`, and `value` or `score`.
   *
   * @returns false at the end; the source stands behind the value then
   * @throws {CorruptRdb}
   */
  nextElement(): boolean {
    switch (this.#form) {
      case FORM_NONE:
        return false;
      case FORM_PACKED:
        if (this.#nextPacked()) break;
        return this.#finish();
      case FORM_NODES:
      case FORM_NODES_2:
        if (this.#nextOfNodes()) break;
        return this.#finish();
      default:
        if (this.#rest === 0) return this.#finish();
        this.#rest--;
        this.#nextPlain();
    }
    this.read++;
    return true;
  }

  /** Reads what is left of the value. @throws {CorruptRdb} */
  skip(): void {
    while (this.nextElement());
  }

  #finish(): boolean {
    this.#form = FORM_NONE;
    this.count = this.read;
    return false;
  }

  #beginPlain(type: number, form: number): void {
    const count = type === RDB_TYPE_STRING ? 1 : readLength(this.#source);
    this.#checkCount(count, ELEMENT_BYTES_MIN[form]);
    this.count = this.#rest = count;
  }

  #beginNodes(): void {
    const nodes = readLength(this.#source);
    this.#checkCount(nodes, 2);
    this.#rest = nodes;
    this.count = nodes === 0 ? 0 : -1;
  }

  #checkCount(count: number, bytesEach: number): void {
    if (count > Number.MAX_SAFE_INTEGER || count * bytesEach > this.#source.left) {
      throw new CorruptRdb(`${count} elements where ${this.#source.left} bytes are left`);
    }
  }

  #nextPlain(): void {
    const source = this.#source;
    let after = this.#first.look(source, 0);
    switch (this.#form) {
      case FORM_SINGLE:
        this.#first.resolve(source, this.element);
        break;
      case FORM_PAIR:
        after = this.#second.look(source, after);
        this.#first.resolve(source, this.element);
        this.#second.resolve(source, this.value);
        break;
      case FORM_SCORE_BINARY:
        source.need(after + 8);
        this.#first.resolve(source, this.element);
        this.#setScore(doubleAt(source.buf, source.position + after));
        after += 8;
        break;
      case FORM_SCORE_TEXT:
        after = this.#scoreText(after);
        this.#first.resolve(source, this.element);
        break;
    }
    source.position += after;
  }

  /** Reads the score at `ahead`. @returns the offset after it */
  #scoreText(ahead: number): number {
    const source = this.#source;
    source.need(ahead + 1);
    const len = source.buf[source.position + ahead];
    if (len >= SCORE_NAN) {
      this.#setScore(len === SCORE_INFINITY ? Infinity : len === SCORE_MINUS_INFINITY ? -Infinity : NaN);
      return ahead + 1;
    }
    source.need(ahead + 1 + len);
    this.#setScore(parseDouble(source.buf, source.position + ahead + 1, len));
    return ahead + 1 + len;
  }

  #setScore(score: number): void {
    if (Number.isNaN(score)) throw new CorruptRdb("score that is not a number");
    this.score = score;
  }

  /** Brings the next string of the source into `#blob` and moves on; it stays while nothing else is read. */
  #loadBlob(): void {
    const source = this.#source;
    const after = this.#blobPart.look(source, 0);
    this.#blobPart.resolve(source, this.#blob);
    source.position += after;
  }

  #beginPacked(): number {
    this.#loadBlob();
    const count = this.#packed.open(this.#blob.buf, this.#blob.off, this.#blob.len);
    if (!this.#hasTwo || count < 0) return count;
    if (count % 2 !== 0) throw oddCount();
    return count / 2;
  }

  /** Whether an element takes two entries of a blob. */
  get #hasTwo(): boolean {
    return this.kind === RDB_KIND_HASH || this.kind === RDB_KIND_ZSET;
  }

  #nextPacked(): boolean {
    const packed = this.#packed;
    if (!packed.next(this.element, this.#first.digits)) return false;
    if (!this.#hasTwo) return true;
    const value = this.value;
    if (!packed.next(value, this.#second.digits)) throw oddCount();
    if (this.kind === RDB_KIND_ZSET) this.#setScore(parseDouble(value.buf, value.off, value.len));
    return true;
  }

  #nextOfNodes(): boolean {
    for (;;) {
      if (this.#inNode) {
        if (this.#packed.next(this.element, this.#first.digits)) return true;
        this.#inNode = false;
      }
      if (this.#rest === 0) return false;
      this.#rest--;
      const plain = this.#form === FORM_NODES_2 && this.#isPlainNode();
      this.#loadBlob();
      const { buf, off, len } = this.#blob;
      if (len === 0) throw new CorruptRdb("empty list node");
      if (plain) {
        this.element.set(buf, off, len);
        return true;
      }
      this.#packed.open(buf, off, len);
      this.#inNode = true;
    }
  }

  #isPlainNode(): boolean {
    const container = readLength(this.#source);
    if (container === QUICKLIST_NODE_PLAIN) return true;
    if (container !== QUICKLIST_NODE_PACKED) throw new CorruptRdb(`list node of unknown kind ${container}`);
    return false;
  }
}

function oddCount(): CorruptRdb {
  return new CorruptRdb("packed pairs of an odd number of entries");
}
