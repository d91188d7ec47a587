/** The directives of listening, of clients and their limits, and of access. */

import {
  bool,
  choice,
  type Directive,
  FLAG_IMMUTABLE,
  FLAG_MULTI,
  FLAG_SENSITIVE,
  number,
  optionalText,
  special,
  text,
} from "./directive.ts";
import { ACL_PUBSUB_NAMES } from "./enums.ts";
import { INT_MAX, LLONG_MAX, UINT_MAX } from "./numbers.ts";
import { BIND, CLIENT_OUTPUT_BUFFER_LIMIT } from "./specials.ts";

const MB = 1n << 20n;

export const NETWORK_DIRECTIVES: readonly Directive[] = [
  choice("acl-pubsub-default", ACL_PUBSUB_NAMES, "resetchannels", { support: "kept" }),
  text("aclfile", "", { flags: FLAG_IMMUTABLE, support: "kept", path: true }),
  number("acllog-max-len", 0n, LLONG_MAX, 128n, { support: "kept" }),
  special("bind", BIND, { flags: FLAG_MULTI, redisDefault: "* -::*" }),
  optionalText("bind-source-addr", { support: "kept" }),
  special("client-output-buffer-limit", CLIENT_OUTPUT_BUFFER_LIMIT, { flags: FLAG_MULTI }),
  number("client-query-buffer-limit", MB, LLONG_MAX, 1024n * MB, { form: "memory", unsigned: true }),
  number("io-threads", 1n, 128n, 1n, { flags: FLAG_IMMUTABLE, support: "kept" }),
  bool("io-threads-do-reads", "no", { flags: FLAG_IMMUTABLE, support: "kept" }),
  number("maxclients", 1n, UINT_MAX, 10000n, { unsigned: true }),
  number("port", 0n, 65535n, 6379n),
  bool("protected-mode", "yes"),
  number("proto-max-bulk-len", MB, LLONG_MAX, 512n * MB, { form: "memory" }),
  optionalText("requirepass", { flags: FLAG_SENSITIVE, binary: true }),
  number("socket-mark-id", 0n, UINT_MAX, 0n, { flags: FLAG_IMMUTABLE, support: "kept", unsigned: true }),
  number("tcp-backlog", 0n, INT_MAX, 511n, { flags: FLAG_IMMUTABLE }),
  number("tcp-keepalive", 0n, INT_MAX, 300n),
  number("timeout", 0n, INT_MAX, 0n),
  optionalText("unixsocket", { flags: FLAG_IMMUTABLE, path: true }),
  number("unixsocketperm", 0n, 0o777n, 0n, { flags: FLAG_IMMUTABLE, form: "octal", unsigned: true }),
];
