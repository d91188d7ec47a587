/** Which arguments of a command must not be shown: MONITOR and the slow log print `(redacted)` for them. */

import { equalsFolded, parseInt64, toAscii } from "../base/ascii.ts";
import { bytesToByteString } from "../base/byte_string.ts";
import { sensitiveSetArguments } from "../config/config.ts";
import { type Args } from "../resp/args.ts";
import { type CommandSpec } from "./spec.ts";

const TOKEN_AUTH = toAscii("auth");
const TOKEN_SETNAME = toAscii("setname");
const NOTHING: readonly number[] = [];

/** The positions of the secret arguments of a command that was run; position 0 is the command's name. */
export function secretArguments(spec: CommandSpec, args: Args): readonly number[] {
  switch (spec.name) {
    case "auth":
      return args.argc > 3 ? NOTHING : args.argc === 3 ? [1, 2] : [1];
    case "hello":
      return helloSecrets(args);
    case "config|set":
      return sensitiveSetArguments(settingNames(args));
    default:
      return NOTHING;
  }
}

/** HELLO reads its options in order and stops at the first that is wrong; what it has read of AUTH is secret. */
function helloSecrets(args: Args): readonly number[] {
  const { argc, buf, off, len } = args;
  if (argc < 2) return NOTHING;
  const version = parseInt64(buf, off[1], len[1]);
  if (version !== 2 && version !== 3) return NOTHING;
  const secrets: number[] = [];
  for (let i = 2; i < argc;) {
    if (equalsFolded(buf, off[i], len[i], TOKEN_AUTH) && i + 2 < argc) {
      secrets.push(i + 1, i + 2);
      i += 3;
    } else if (equalsFolded(buf, off[i], len[i], TOKEN_SETNAME) && i + 1 < argc) i += 2;
    else break;
  }
  return secrets;
}

function settingNames(args: Args): string[] {
  const names: string[] = [];
  for (let i = 2; i + 1 < args.argc; i += 2) {
    names.push(bytesToByteString(args.buf, args.off[i], args.off[i] + args.len[i]));
  }
  return names;
}
