/** The directives of the data set: databases, encodings, key space events. */

import { type Directive, FLAG_IMMUTABLE, number, special } from "./directive.ts";
import { INT_MAX, INT_MIN, LLONG_MAX } from "./numbers.ts";
import { NOTIFY_KEYSPACE_EVENTS } from "./specials.ts";

export const DATA_DIRECTIVES: readonly Directive[] = [
  number("databases", 1n, INT_MAX, 16n, { flags: FLAG_IMMUTABLE }),
  number("hash-max-listpack-entries", 0n, LLONG_MAX, 512n, {
    alias: "hash-max-ziplist-entries",
    unsigned: true,
  }),
  number("hash-max-listpack-value", 0n, LLONG_MAX, 64n, {
    alias: "hash-max-ziplist-value",
    form: "memory",
    unsigned: true,
  }),
  number("hll-sparse-max-bytes", 0n, LLONG_MAX, 3000n, { form: "memory", unsigned: true }),
  number("list-compress-depth", 0n, INT_MAX, 0n, { support: "kept" }),
  number("list-max-listpack-size", INT_MIN, INT_MAX, -2n, {
    alias: "list-max-ziplist-size",
  }),
  special("notify-keyspace-events", NOTIFY_KEYSPACE_EVENTS, { support: "kept" }),
  number("set-max-intset-entries", 0n, LLONG_MAX, 512n, { unsigned: true }),
  number("set-max-listpack-entries", 0n, LLONG_MAX, 128n, { unsigned: true }),
  number("set-max-listpack-value", 0n, LLONG_MAX, 64n, { unsigned: true }),
  number("stream-node-max-bytes", 0n, LLONG_MAX, 4096n, { support: "kept", form: "memory", unsigned: true }),
  number("stream-node-max-entries", 0n, LLONG_MAX, 100n, { support: "kept" }),
  number("tracking-table-max-keys", 0n, LLONG_MAX, 1_000_000n, { support: "kept", unsigned: true }),
  number("zset-max-listpack-entries", 0n, LLONG_MAX, 128n, {
    alias: "zset-max-ziplist-entries",
    unsigned: true,
  }),
  number("zset-max-listpack-value", 0n, LLONG_MAX, 64n, {
    alias: "zset-max-ziplist-value",
    form: "memory",
    unsigned: true,
  }),
];
