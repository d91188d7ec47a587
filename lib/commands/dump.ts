/**
 * DUMP and RESTORE: a value as a payload of RDB, from one server to another.
 *
 * DESIGN. The payload is decoded into a collection that is in no database yet;
 * only one that is whole takes the key's place. What is wrong with a payload
 * is told as Redis tells it: the footer apart, "bad data format".
 */

import { type Ref } from "../arena/layout.ts";
import { NEEDS_BIGINT, parseInt64, parseInt64Big, toAscii } from "../base/ascii.ts";
import { restoreAge } from "../keyspace/age.ts";
import { ENC_AUTO, NO_EXPIRE, TYPE_STRING } from "../objects/entry.ts";
import { checkPayload, sealPayload } from "../rdb/dump_payload.ts";
import { CorruptRdb, UnsupportedType } from "../rdb/errors.ts";
import { ByteRange } from "../rdb/source.ts";
import { LOADED_ALL, LOADED_SOME, loadElements, saveValue, TYPE_OF_KIND } from "../rdb/stored_value.ts";
import { ValueReader } from "../rdb/value_reader.ts";
import { RdbWriter } from "../rdb/writer.ts";
import { ERR_NOT_INTEGER, ERR_SYNTAX, errorReply } from "../resp/errors.ts";
import { type CommandContext } from "./context.ts";
import { LAST_DEADLINE_MS } from "./expiry.ts";
import { type HandlerTable } from "./spec.ts";

const TOKEN_REPLACE = toAscii("replace");
const TOKEN_ABSTTL = toAscii("absttl");
const TOKEN_IDLETIME = toAscii("idletime");
const TOKEN_FREQ = toAscii("freq");
const ABSTTL = "ABSTTL";

const ERR_BUSY = errorReply("BUSYKEY Target key name already exists.");
const ERR_IDLETIME = errorReply("ERR Invalid IDLETIME value, must be >= 0");
const ERR_FREQ = errorReply("ERR Invalid FREQ value, must be >= 0 and <= 255");
const ERR_TTL = errorReply("ERR Invalid TTL value, must be >= 0");
const ERR_FOOTER = errorReply("ERR DUMP payload version or checksum are wrong");
const ERR_FORMAT = errorReply("ERR Bad data format");

/** What becomes of storing a value: it is there (or has expired), it is corrupt, or there is no room and that was replied. */
const STORED = 0;
const CORRUPT = 1;
const NO_ROOM = 2;
/** After so many elements there is a look at the room that is left: a compressed payload tells nothing of it. */
const ELEMENTS_PER_LOOK = 512;

const FIRST_BYTES = 4096;
const FREQ_MAX = 255;
/** RESTORE's arguments before its options. */
const OPTIONS_FROM = 4;

const source = new ByteRange();
const reader = new ValueReader(source);

/** `DUMP key`. O(n) in the size of the value. */
function dump(c: CommandContext): void {
  const ref = c.read(1);
  if (ref === 0) return c.out.nil();
  const writer = new RdbWriter(FIRST_BYTES, { integers: true, compress: c.server.config.rdbcompression });
  saveValue(c.ks, ref, writer);
  sealPayload(writer);
  c.out.bulk(writer.buf, 0, writer.length);
}

/** The words behind RESTORE's payload; -1 for a number that was not given. */
interface RestoreOptions {
  replace: boolean;
  absolute: boolean;
  idleSeconds: number;
  frequency: number;
}

/** Reads the options, or replies why they are none and returns undefined. */
function readOptions(c: CommandContext): RestoreOptions | undefined {
  const options: RestoreOptions = { replace: false, absolute: false, idleSeconds: -1, frequency: -1 };
  for (let i = OPTIONS_FROM; i < c.argc; i++) {
    const more = i + 1 < c.argc;
    if (c.is(i, TOKEN_REPLACE)) options.replace = true;
    else if (c.is(i, TOKEN_ABSTTL)) options.absolute = true;
    else if (c.is(i, TOKEN_IDLETIME) && more && options.frequency === -1) {
      options.idleSeconds = readNumber(c, ++i, Infinity, ERR_IDLETIME);
      if (Number.isNaN(options.idleSeconds)) return undefined;
    } else if (c.is(i, TOKEN_FREQ) && more && options.idleSeconds === -1) {
      options.frequency = readNumber(c, ++i, FREQ_MAX, ERR_FREQ);
      if (Number.isNaN(options.frequency)) return undefined;
    } else {
      c.out.error(ERR_SYNTAX);
      return undefined;
    }
  }
  return options;
}

/** Argument `i` as an integer from 0 to `max`; replies and returns NaN when it is none. */
function readNumber(c: CommandContext, i: number, max: number, outOfRange: Uint8Array): number {
  const { buf, off, len } = c.args;
  let value = parseInt64(buf, off[i], len[i]);
  if (Math.abs(value) === NEEDS_BIGINT) value = Number(parseInt64Big(buf, off[i], len[i]));
  if (value >= 0 && value <= max) return value;
  c.out.error(Number.isNaN(value) ? ERR_NOT_INTEGER : outOfRange);
  return NaN;
}

/** `RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]`. O(n), O(n log n) for a sorted set. */
function restore(c: CommandContext): void {
  const options = readOptions(c);
  if (options === undefined) return;
  const { buf, off, len } = c.args;
  if (!options.replace && c.write(1) !== 0) return c.out.error(ERR_BUSY);
  const ttl = readNumber(c, 2, Infinity, ERR_TTL);
  if (Number.isNaN(ttl)) return;
  const bytes = checkPayload(buf, off[3], len[3], c.server.debug.skipChecksums);
  if (bytes < 0) return c.out.error(ERR_FOOTER);
  const deadline = options.absolute ? Math.min(ttl, LAST_DEADLINE_MS) : ttl === 0 ? 0 : c.ks.nowMs + ttl;
  // Redis adds without a look at the end of its integers: what overflows has expired.
  const isPast = deadline < c.ks.nowMs || deadline > LAST_DEADLINE_MS;
  const expired = deadline !== 0 && isPast && c.ks.expiryAllowed;
  const outcome = store(c, bytes, options.replace, expired);
  if (outcome === CORRUPT) return c.out.error(ERR_FORMAT);
  if (outcome === NO_ROOM) return;
  c.out.ok();
  if (expired) return;
  let ref = c.peek(1);
  if (deadline !== 0) {
    ref = c.ks.setExpire(c.db, ref, deadline);
    if (!options.absolute) logAbsolute(c, deadline);
  }
  restoreAge(c.ks, ref, options.idleSeconds, options.frequency);
  c.dirty++;
}

/**
 * Decodes the payload and puts it in the key's place; what has expired already only takes the old value away.
 * @returns STORED; or CORRUPT or NO_ROOM, and nothing has changed then
 */
function store(c: CommandContext, bytes: number, replace: boolean, expired: boolean): number {
  const { buf, off } = c.args;
  source.set(buf, off[3], bytes);
  try {
    if (source.left === 0) return CORRUPT;
    reader.begin(source.byte());
    const type = TYPE_OF_KIND[reader.kind];
    if (type !== TYPE_STRING) return storeCollection(c, type, replace, expired);
    if (!reader.nextElement()) return CORRUPT;
    const { element } = reader;
    if (expired) removeOld(c, replace);
    else {
      c.remove(1);
      c.ks.setString(
        c.db,
        buf,
        off[1],
        c.args.len[1],
        element.buf,
        element.off,
        element.len,
        ENC_AUTO,
        NO_EXPIRE,
      );
    }
    return STORED;
  } catch (error) {
    if (error instanceof CorruptRdb || error instanceof UnsupportedType) return CORRUPT;
    throw error;
  }
}

function storeCollection(c: CommandContext, type: number, replace: boolean, expired: boolean): number {
  const { buf, off, len } = c.args;
  const ref = c.ks.build(buf, off[1], len[1], type);
  let outcome = CORRUPT;
  try {
    outcome = fill(c, ref);
  } finally {
    if (outcome !== STORED) c.ks.discard(ref);
  }
  if (outcome !== STORED) return outcome;
  if (!expired) c.ks.install(c.db, ref);
  else {
    c.ks.discard(ref);
    removeOld(c, replace);
  }
  return STORED;
}

/** Adds all elements of the payload to `ref`. @throws {CorruptRdb} */
function fill(c: CommandContext, ref: Ref): number {
  let loaded = LOADED_SOME;
  while (loaded === LOADED_SOME) {
    loaded = loadElements(c.ks, ref, reader, ELEMENTS_PER_LOOK);
    if (loaded === LOADED_SOME && !c.hasRoomFor(0)) return NO_ROOM;
  }
  return loaded === LOADED_ALL && c.ks.collections.count(ref) > 0 ? STORED : CORRUPT;
}

/** The value has expired before it came: of REPLACE the deletion remains. */
function removeOld(c: CommandContext, replace: boolean): void {
  if (!replace || !c.remove(1)) return;
  c.instead.begin(2);
  c.instead.text(c.server.config.lazyfreeLazyServerDel ? "UNLINK" : "DEL");
  c.insteadArg(1);
  c.dirty++;
}

/** Logs the command with its deadline in the place of its time to live. */
function logAbsolute(c: CommandContext, deadline: number): void {
  const { instead } = c;
  instead.begin(c.argc + 1);
  c.insteadArg(0);
  c.insteadArg(1);
  if (Number.isSafeInteger(deadline)) instead.integer(deadline);
  else instead.text(BigInt(deadline).toString());
  for (let i = 3; i < c.argc; i++) c.insteadArg(i);
  instead.text(ABSTTL);
}

/** Commands that serialize values, by name. */
export const DUMP_COMMANDS: HandlerTable = { dump, restore };
