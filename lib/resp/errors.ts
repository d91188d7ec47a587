/** Error replies that more than one place gives, encoded once. */

import { toAscii } from "../base/ascii.ts";

/** Encodes `-TEXT\r\n`; line breaks within become spaces, as a reply line may have none. */
export function errorReply(text: string): Uint8Array {
  return toAscii(`-${text.replace(/[\r\n]/g, " ")}\r\n`);
}

export const ERR_SYNTAX = errorReply("ERR syntax error");
export const ERR_NOT_INTEGER = errorReply("ERR value is not an integer or out of range");
export const ERR_NOT_FLOAT = errorReply("ERR value is not a valid float");
export const ERR_OVERFLOW = errorReply("ERR increment or decrement would overflow");
export const ERR_NO_KEY = errorReply("ERR no such key");
export const ERR_SAME_OBJECT = errorReply("ERR source and destination objects are the same");
export const ERR_OUT_OF_RANGE = errorReply("ERR index out of range");
export const ERR_DB_INDEX = errorReply("ERR DB index is out of range");
export const ERR_INVALID_CURSOR = errorReply("ERR invalid cursor");
export const ERR_STRING_TOO_LONG = errorReply("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
export const ERR_WRONG_TYPE = errorReply("WRONGTYPE Operation against a key holding the wrong kind of value");
export const ERR_OOM = errorReply("OOM command not allowed when used memory > 'maxmemory'.");
export const ERR_NO_AUTH = errorReply("NOAUTH Authentication required.");
export const ERR_LOADING = errorReply("LOADING Redis is loading the dataset in memory");
export const ERR_EXEC_ABORT = errorReply("EXECABORT Transaction discarded because of previous errors.");
