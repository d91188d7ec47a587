/**
 * The manifest of a Redis 7 AOF of many files, docs/AOF.md §10, as text.
 *
 * ```
 * file appendonly.aof.2.base.rdb seq 2 type b
 * file appendonly.aof.1.incr.aof seq 1 type h
 * file appendonly.aof.2.incr.aof seq 2 type i
 * ```
 *
 * DESIGN. As strict as Redis, and in its words: a manifest that it refuses must
 * not be half understood here. Where Redis is lenient (more pairs, keywords in
 * any case and order, numbers with a tail) so are we. Pure: reading the file
 * and finding those that it names is the caller's.
 *
 * Units: all text is byte strings (lib/base/byte_string.ts).
 */

import { splitArgs } from "../base/quoted_args.ts";

/** A line with its end is at most this long, in bytes. */
const LINE_MAX = 1024;
/** Fields that a line must have at least: three keywords, each with a value. */
const FIELDS_MIN = 6;
/** What a sequence number is at most; beyond it, it would not be exact. */
const SEQ_MAX = Number.MAX_SAFE_INTEGER;

const BAD_FORMAT = "Invalid AOF manifest file format";

/** One file of an AOF. */
export interface ManifestEntry {
  /** Its name in the manifest's directory: never a path. */
  readonly name: string;
  readonly seq: number;
}

/** The files of an AOF. */
export interface Manifest {
  /** What a rewrite has made, RDB or commands; loaded first. */
  readonly base: ManifestEntry | undefined;
  /** What is no longer needed. */
  readonly history: readonly ManifestEntry[];
  /** What was logged behind the base, in the order of loading: `seq` grows. */
  readonly incr: readonly ManifestEntry[];
}

/** Why a text is no manifest. */
export interface ManifestError {
  /** Redis' text. */
  readonly error: string;
  /** Number of the line that is wrong, from 1; 0 when there is none. */
  readonly lineNumber: number;
  /** That line without the blanks around it, where it was read as a whole. */
  readonly line: string | undefined;
}

/** An entry of any type. */
interface TypedEntry extends ManifestEntry {
  readonly type: string;
}

/** Reads a manifest. */
export function parseManifest(text: string): Manifest | ManifestError {
  let base: ManifestEntry | undefined;
  const history: ManifestEntry[] = [];
  const incr: ManifestEntry[] = [];
  let lineNumber = 0;
  for (const raw of linesOf(text)) {
    lineNumber++;
    if (raw.startsWith("#")) continue;
    if (!cString(raw).endsWith("\n")) {
      return { error: "The AOF manifest file contains too long line", lineNumber, line: undefined };
    }
    const line = raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
    const entry = parseLine(line);
    if (typeof entry === "string") return { error: entry, lineNumber, line };
    if (entry.type === "b") {
      if (base !== undefined) return { error: "Found duplicate base file information", lineNumber, line };
      base = entry;
    } else if (entry.type === "h") {
      history.push(entry);
    } else if (entry.type === "i") {
      if (entry.seq <= (incr.at(-1)?.seq ?? 0)) {
        return { error: "Found a non-monotonic sequence number", lineNumber, line };
      }
      incr.push(entry);
    } else {
      return { error: "Unknown AOF file type", lineNumber, line };
    }
  }
  if (lineNumber === 0) return { error: "Found an empty AOF manifest", lineNumber, line: undefined };
  return { base, history, incr };
}

/** Whether {@link parseManifest} has failed. */
export function isManifestError(result: Manifest | ManifestError): result is ManifestError {
  return "error" in result;
}

/** The lines with their ends. One that is too long comes in pieces, as C's fgets has it. */
function* linesOf(text: string): Generator<string> {
  let at = 0;
  while (at < text.length) {
    const lf = text.indexOf("\n", at);
    const end = Math.min(lf < 0 ? text.length : lf + 1, at + LINE_MAX);
    yield text.slice(at, end);
    at = end;
  }
}

/** Reads one line. @returns what is wrong with it as a text */
function parseLine(line: string): TypedEntry | string {
  const fields = splitArgs(line);
  if (fields === null || fields.length < FIELDS_MIN || fields.length % 2 !== 0) return BAD_FORMAT;
  let name: string | undefined;
  let seq = 0;
  let type = "";
  for (let i = 0; i < fields.length; i += 2) {
    const value = cString(fields[i + 1]);
    switch (cString(fields[i]).toLowerCase()) {
      case "file":
        if (/[/\\]/.test(value)) return "File can't be a path, just a filename";
        name = value;
        break;
      case "seq":
        seq = numberOf(value);
        break;
      case "type":
        type = value.slice(0, 1);
        break;
    }
  }
  if (name === undefined || seq === 0 || type === "") return BAD_FORMAT;
  return { name, seq, type };
}

/** A number as `atoll` reads it: what follows the digits is ignored, no digits are 0. */
function numberOf(text: string): number {
  const digits = /^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text)?.[1];
  return digits === undefined ? 0 : Math.max(-SEQ_MAX, Math.min(SEQ_MAX, Number(digits)));
}

/** What C sees of a text: up to the first NUL. */
function cString(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
