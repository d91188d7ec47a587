/**
 * Settings under which both servers are compared: the defaults, and limits so small that encodings change all the
 * time.
 */

/** Settings by name. */
export type Settings = Readonly<Record<string, string>>;

/** A name and what is set. */
export interface Profile {
  readonly name: string;
  readonly settings: Settings;
}

const DEFAULTS: Settings = {
  "hash-max-listpack-entries": "512",
  "hash-max-listpack-value": "64",
  "list-max-listpack-size": "-2",
  "list-compress-depth": "0",
  "set-max-intset-entries": "512",
  "set-max-listpack-entries": "128",
  "set-max-listpack-value": "64",
  "zset-max-listpack-entries": "128",
  "zset-max-listpack-value": "64",
  "maxmemory-policy": "noeviction",
};

const SMALL: Settings = {
  "hash-max-listpack-entries": "4",
  "hash-max-listpack-value": "8",
  "list-max-listpack-size": "4",
  "list-compress-depth": "1",
  // The other way round the encoding of what SDIFFSTORE stores would depend on the order in which it meets members.
  "set-max-intset-entries": "6",
  "set-max-listpack-entries": "4",
  "set-max-listpack-value": "8",
  "zset-max-listpack-entries": "4",
  "zset-max-listpack-value": "8",
};

/** Nothing but the large forms; counters of use instead of idle times. */
const NONE: Settings = {
  "hash-max-listpack-entries": "0",
  "hash-max-listpack-value": "0",
  "list-max-listpack-size": "1",
  "set-max-intset-entries": "0",
  "set-max-listpack-entries": "0",
  "set-max-listpack-value": "0",
  "zset-max-listpack-entries": "0",
  "zset-max-listpack-value": "0",
  "maxmemory-policy": "allkeys-lfu",
};

/** The profiles that sequences take in turn. */
export const PROFILES: readonly Profile[] = [
  { name: "defaults", settings: DEFAULTS },
  { name: "small limits", settings: { ...DEFAULTS, ...SMALL } },
  {
    name: "lists of 4 KiB, hashes of 128 fields",
    settings: { ...DEFAULTS, "list-max-listpack-size": "-1", "hash-max-listpack-entries": "128" },
  },
  { name: "no small forms", settings: { ...DEFAULTS, ...NONE } },
];
