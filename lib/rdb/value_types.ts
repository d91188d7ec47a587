/**
 * What the types of RDB values mean: which kind of value, in which form.
 */

import { CorruptRdb, UnsupportedType } from "./errors.ts";
import {
  RDB_KIND_HASH,
  RDB_KIND_LIST,
  RDB_KIND_SET,
  RDB_KIND_STRING,
  RDB_KIND_ZSET,
  RDB_TYPE_HASH,
  RDB_TYPE_HASH_LISTPACK,
  RDB_TYPE_HASH_ZIPLIST,
  RDB_TYPE_HASH_ZIPMAP,
  RDB_TYPE_LIST,
  RDB_TYPE_LIST_QUICKLIST,
  RDB_TYPE_LIST_QUICKLIST_2,
  RDB_TYPE_LIST_ZIPLIST,
  RDB_TYPE_MODULE_2,
  RDB_TYPE_MODULE_PRE_GA,
  RDB_TYPE_SET,
  RDB_TYPE_SET_INTSET,
  RDB_TYPE_SET_LISTPACK,
  RDB_TYPE_STREAM_LISTPACKS,
  RDB_TYPE_STREAM_LISTPACKS_2,
  RDB_TYPE_STREAM_LISTPACKS_3,
  RDB_TYPE_STRING,
  RDB_TYPE_ZSET,
  RDB_TYPE_ZSET_2,
  RDB_TYPE_ZSET_LISTPACK,
  RDB_TYPE_ZSET_ZIPLIST,
} from "./format.ts";
import { moduleName } from "./module_name.ts";
import { type RdbSource } from "./source.ts";

/** Forms of a value: elements one after the other, … */
export const FORM_SINGLE = 0;
/** … field and value in turn, … */
export const FORM_PAIR = 1;
/** … member and score as text in turn, … */
export const FORM_SCORE_TEXT = 2;
/** … member and binary score in turn; */
export const FORM_SCORE_BINARY = 3;
/** one packed blob; */
export const FORM_PACKED = 4;
/** a sequence of nodes that are packed, … */
export const FORM_NODES = 5;
/** … or each of which is packed or plain. */
export const FORM_NODES_2 = 6;

/** What packs the entries of a blob. */
export const PACKED_ZIPLIST = 0;
export const PACKED_LISTPACK = 1;
export const PACKED_INTSET = 2;
export const PACKED_ZIPMAP = 3;

/** One type of value. */
export interface ValueType {
  /** One of `RDB_KIND_*`. */
  readonly kind: number;
  /** One of `FORM_*`. */
  readonly form: number;
  /** One of `PACKED_*`, for the packed forms. */
  readonly packed: number;
}

function type(kind: number, form: number, packed = PACKED_LISTPACK): ValueType {
  return { kind, form, packed };
}

/** By type number; holes are types that do not exist or that we cannot read. */
const TYPES: (ValueType | undefined)[] = [];
TYPES[RDB_TYPE_STRING] = type(RDB_KIND_STRING, FORM_SINGLE);
TYPES[RDB_TYPE_LIST] = type(RDB_KIND_LIST, FORM_SINGLE);
TYPES[RDB_TYPE_SET] = type(RDB_KIND_SET, FORM_SINGLE);
TYPES[RDB_TYPE_ZSET] = type(RDB_KIND_ZSET, FORM_SCORE_TEXT);
TYPES[RDB_TYPE_HASH] = type(RDB_KIND_HASH, FORM_PAIR);
TYPES[RDB_TYPE_ZSET_2] = type(RDB_KIND_ZSET, FORM_SCORE_BINARY);
TYPES[RDB_TYPE_HASH_ZIPMAP] = type(RDB_KIND_HASH, FORM_PACKED, PACKED_ZIPMAP);
TYPES[RDB_TYPE_LIST_ZIPLIST] = type(RDB_KIND_LIST, FORM_PACKED, PACKED_ZIPLIST);
TYPES[RDB_TYPE_SET_INTSET] = type(RDB_KIND_SET, FORM_PACKED, PACKED_INTSET);
TYPES[RDB_TYPE_ZSET_ZIPLIST] = type(RDB_KIND_ZSET, FORM_PACKED, PACKED_ZIPLIST);
TYPES[RDB_TYPE_HASH_ZIPLIST] = type(RDB_KIND_HASH, FORM_PACKED, PACKED_ZIPLIST);
TYPES[RDB_TYPE_LIST_QUICKLIST] = type(RDB_KIND_LIST, FORM_NODES, PACKED_ZIPLIST);
TYPES[RDB_TYPE_HASH_LISTPACK] = type(RDB_KIND_HASH, FORM_PACKED);
TYPES[RDB_TYPE_ZSET_LISTPACK] = type(RDB_KIND_ZSET, FORM_PACKED);
TYPES[RDB_TYPE_LIST_QUICKLIST_2] = type(RDB_KIND_LIST, FORM_NODES_2);
TYPES[RDB_TYPE_SET_LISTPACK] = type(RDB_KIND_SET, FORM_PACKED);

/** Types that exist and that we cannot read. */
const UNSUPPORTED = new Map([
  [RDB_TYPE_MODULE_PRE_GA, "module value of a pre-release"],
  [RDB_TYPE_MODULE_2, "module value"],
  [RDB_TYPE_STREAM_LISTPACKS, "stream"],
  [RDB_TYPE_STREAM_LISTPACKS_2, "stream"],
  [RDB_TYPE_STREAM_LISTPACKS_3, "stream"],
]);

/** Whether `number` is the type of a value, readable or not. */
export function isValueType(number: number): boolean {
  return TYPES[number] !== undefined || UNSUPPORTED.has(number);
}

/**
 * The type with that number, whose value comes next in `source`.
 *
 * @throws {CorruptRdb} no type @throws {UnsupportedType} none that we read
 */
export function valueTypeOf(number: number, source: RdbSource): ValueType {
  const found = TYPES[number];
  if (found !== undefined) return found;
  const name = UNSUPPORTED.get(number);
  if (name === undefined) throw new CorruptRdb(`unknown value type ${number}`);
  const module = number === RDB_TYPE_MODULE_2 ? ` of ${moduleName(source)}` : "";
  throw new UnsupportedType(`${name}${module} (type ${number})`);
}
