/**
 * How long hashes, sets and sorted sets stay packed, that is, in one block
 * (lib/pack) without a root. The names that OBJECT ENCODING shows do not
 * depend on it.
 */

/** The most members, or fields with their values, of a packed collection: a search goes through all of them. */
export const PACKED_MAX_ELEMENTS = 128;
/** The most bytes of its block: a change may move all of them. */
export const PACKED_MAX_BYTES = 16 * 1024;
