/**
 * `vellum check-aof`: checks an AOF without a server, and repairs it.
 *
 * DESIGN. What redis-check-aof of 7.2 says, line by line and with its status,
 * so that what reads the one can read the other (docs/AOF.md §11): a file of
 * commands, one that begins with an RDB, or the manifest of many. Only the last
 * file of an AOF is ever cut. Unlike Redis' tool this one opens files for
 * writing only if it may have to, holds the server's lock then, and keeps what
 * it cuts off (check_cut.ts).
 *
 * Every way to fail ends in a line and status 1.
 */

import { latin1 } from "../base/ascii.ts";
import { byteStringToText } from "../base/byte_string.ts";
import { Log } from "../base/log.ts";
import { type AppendFile, IoError, type ReadFile } from "../platform/types.ts";
import { CommandCheck, END_TIMESTAMP } from "./check_commands.ts";
import { cutAof, directoryOf, lockAof } from "./check_cut.ts";
import { CheckInput } from "./check_input.ts";
import { type CheckOptions, parseCheckArgs } from "./check_options.ts";
import { CheckFailed, type CheckPort, orFail, withFile } from "./check_port.ts";
import { RDB_SANE, RDB_UNREADABLE, RdbCheck } from "./check_rdb.ts";
import { isManifestError, type ManifestEntry, parseManifest } from "./manifest.ts";

const RDB_MAGIC = "REDIS";
/** A file that is shorter is no RDB. */
const RDB_BYTES_MIN = 8;
const MANIFEST_LINE_MAX = 1024;
const MANIFEST_KEYWORD = "file";
/** A manifest that is longer is none of a server's. */
const MANIFEST_BYTES_MAX = 64 * 1024 * 1024;

/** The verdict on one file: good, … */
const FILE_VALID = 0;
/** … of no bytes, … */
const FILE_EMPTY = 1;
/** … cut at its last good byte, … */
const FILE_CUT = 2;
/** … or at a timestamp. */
const FILE_CUT_AT_TIMESTAMP = 3;

/** Does what `port.args`, the first of which is `check-aof`, ask for. @returns the status of the process */
export function runCheckAof(port: CheckPort): number {
  try {
    const options = parseCheckArgs(port.args.slice(1));
    if (typeof options !== "string") new AofCheck(port, options).run();
    else port.writeStdout(options);
    return 0;
  } catch (error) {
    port.writeStdout(lastLine(error));
    return 1;
  }
}

function lastLine(error: unknown): string {
  if (error instanceof CheckFailed) return error.message === "" ? "" : `${error.message}\n`;
  if (error instanceof IoError) return `Failed: ${error.message}, aborting...\n`;
  if (error instanceof RangeError) return "Out of memory, aborting...\n";
  return `Unexpected failure: ${String(error)}, aborting...\n`;
}

/** One file of those to be checked. */
interface Part {
  /** What it is called in most lines… */
  readonly name: string;
  /** …and where it is. */
  readonly path: string;
  /** Whether it begins with an RDB. */
  readonly rdb: boolean;
  /** Whether nothing comes behind it, so that it may be cut. */
  readonly last: boolean;
}

/** One run. */
class AofCheck {
  readonly #port: CheckPort;
  readonly #options: CheckOptions;
  readonly #say: (line: string) => void;
  /** Counts through all files, as redis-check-aof does. */
  #line = 1;

  constructor(port: CheckPort, options: CheckOptions) {
    this.#port = port;
    this.#options = options;
    this.#say = (line) => port.writeStdout(`${line}\n`);
  }

  /** @throws {CheckFailed} */
  run(): void {
    const { path } = this.#options;
    if (this.#isManifest(path)) return this.#checkMany(path);
    const rdb = this.#isRdb(path);
    this.#say("Start checking Old-Style AOF");
    const lock = this.#mayCut ? lockAof(this.#port.fs, path) : undefined;
    try {
      this.#verdict("AOF", path, this.#checkFile({ name: path, path, rdb, last: true }));
    } finally {
      lock?.release();
    }
  }

  get #mayCut(): boolean {
    return this.#options.fix || this.#options.untilTimestamp !== 0n;
  }

  /** Opens a file to see what it is. */
  #look<T>(path: string, use: (file: ReadFile) => T): T {
    const { fs } = this.#port;
    const cannotOpen = (why: string) => `Cannot open file ${path}: ${why}`;
    return withFile(
      fs,
      path,
      cannotOpen,
      (file) => orFail(() => use(file), () => `Cannot read file: ${path}`),
    );
  }

  /** Why what is there is nothing to be opened: a pipe would block us. Empty for a file, and for nothing at all. */
  #whyNoFile(path: string): string {
    const stat = orFail(() => this.#port.fs.stat(path), (why) => `Cannot open file ${path}: ${why}`);
    if (stat === undefined || stat.isFile) return "";
    return stat.isDirectory ? "Is a directory" : "Not a regular file";
  }

  /** Whether the first line that is no comment begins like that of a manifest. */
  #isManifest(path: string): boolean {
    if (this.#whyNoFile(path) !== "") throw new CheckFailed(`Cannot read file: ${path}`);
    return this.#look(path, (file) => {
      const input = new CheckInput(file);
      while (input.line(MANIFEST_LINE_MAX)) {
        const line = latin1(input.chunk.buf, input.lineStart, input.lineEnd);
        if (!line.startsWith("#")) return line.startsWith(MANIFEST_KEYWORD);
      }
      return false;
    });
  }

  #isRdb(path: string): boolean {
    return this.#whyNoFile(path) === "" && this.#look(path, (file) => {
      const input = new CheckInput(file);
      if (input.ensure(RDB_BYTES_MIN) < RDB_BYTES_MIN) return false;
      const { buf, pos } = input.chunk;
      return latin1(buf, pos, pos + RDB_MAGIC.length) === RDB_MAGIC;
    });
  }

  /** Checks all that a manifest names. */
  #checkMany(path: string): void {
    this.#say("Start checking Multi Part AOF");
    const manifest = parseManifest(this.#look(path, manifestText));
    if (isManifestError(manifest)) {
      const log = new Log(this.#port.host.pid, (line) => this.#port.writeStdout(line));
      log.role = "C";
      log.warning("\n*** FATAL AOF MANIFEST FILE ERROR ***\n");
      if (manifest.line !== undefined) {
        log.warning(`Reading the manifest file, at line ${manifest.lineNumber}\n`);
        log.warning(`>>> '${byteStringToText(manifest.line)}'\n`);
      }
      log.warning(`${manifest.error}\n`);
      throw new CheckFailed("");
    }
    const { base, incr } = manifest;
    const dir = directoryOf(path);
    if (base !== undefined) this.#checkBase(dir, base, incr.length === 0);
    if (incr.length > 0) this.#say("Start to check INCR files.");
    incr.forEach((entry, i) => {
      const part = partOf(dir, entry, false, i === incr.length - 1);
      this.#verdict("INCR AOF", part.name, this.#checkFile(part));
    });
    this.#say("All AOF files and manifest are valid");
  }

  #checkBase(dir: string, entry: ManifestEntry, last: boolean): void {
    const rdb = this.#isRdb(partOf(dir, entry, false, last).path);
    this.#say(`Start to check BASE AOF (${rdb ? "RDB" : "RESP"} format).`);
    const part = partOf(dir, entry, rdb, last);
    this.#verdict("BASE AOF", part.name, this.#checkFile(part));
  }

  #verdict(kind: string, name: string, verdict: number): void {
    const { untilTimestamp } = this.#options;
    if (verdict === FILE_VALID) this.#say(`${kind} ${name} is valid`);
    else if (verdict === FILE_EMPTY) this.#say(`${kind} ${name} is empty`);
    else if (verdict === FILE_CUT) this.#say(`Successfully truncated AOF ${name}`);
    else this.#say(`Successfully truncated AOF ${name} to timestamp ${untilTimestamp}`);
  }

  /** Checks one file. @returns a FILE_ number */
  #checkFile(part: Part): number {
    const { fs } = this.#port;
    const refused = (why: string) => `Cannot open file ${part.path}: ${why}, aborting...`;
    const whyNot = this.#whyNoFile(part.path);
    if (whyNot !== "") throw new CheckFailed(refused(whyNot));
    return withFile(fs, part.path, refused, (file) => {
      // Opened before the check: that the file cannot be written to should not turn out at its end.
      const target = this.#mayCut && part.last
        ? orFail(() => fs.openAppend(part.path, { create: false }), refused)
        : null;
      try {
        return file.size === 0 ? FILE_EMPTY : this.#checkOpened(part, file, target);
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        throw new CheckFailed(`Failed to read from AOF ${part.name}, aborting...`, { cause: error });
      } finally {
        target?.close();
      }
    });
  }

  /** @param target the same file for cutting it; null when it must not be cut */
  #checkOpened(part: Part, file: ReadFile, target: AppendFile | null): number {
    const { untilTimestamp, fix } = this.#options;
    const { name, path } = part;
    const { size } = file;
    const say = this.#say;
    const input = new CheckInput(file);
    if (part.rdb) this.#checkRdb(path, input, size);
    const commands = new CommandCheck(input, path, name, this.#line, untilTimestamp);
    const end = commands.run(say);
    this.#line = commands.line;
    const { okUpTo, error } = commands;
    if (end === END_TIMESTAMP) {
      this.#cutAtTimestamp(part, target, size, okUpTo);
      return FILE_CUT_AT_TIMESTAMP;
    }
    if (error !== "") say(error);
    const diff = size - okUpTo;
    if (diff === 0 && untilTimestamp !== 0n) {
      say(`Truncate nothing in AOF ${name} to timestamp ${untilTimestamp}`);
      return FILE_VALID;
    }
    const lines = `ok_up_to_line=${commands.line}, diff=${diff}`;
    say(`AOF analyzed: filename=${name}, size=${size}, ok_up_to=${okUpTo}, ${lines}`);
    if (diff <= 0) return FILE_VALID;
    if (!fix) throw new CheckFailed(`AOF ${name} is not valid. Use the --fix option to try fixing it.`);
    if (target === null) {
      throw new CheckFailed(`Failed to truncate AOF ${name} because it is not the last file`);
    }
    say(`This will shrink the AOF ${name} from ${size} bytes, with ${diff} bytes, to ${okUpTo} bytes`);
    this.#port.writeStdout("Continue? [y/N]: ");
    if (!this.#confirmed()) throw new CheckFailed("Aborting...");
    cutAof(this.#port, target, size, okUpTo, `Failed to truncate AOF ${name}`);
    return FILE_CUT;
  }

  #checkRdb(path: string, input: CheckInput, size: number): void {
    const outcome = new RdbCheck(input.chunk, path, size, this.#port.nowMs(), this.#say).run();
    if (outcome === RDB_UNREADABLE) {
      throw new CheckFailed("RDB preamble of AOF file holds what vellum cannot read, aborting.");
    }
    if (outcome !== RDB_SANE) throw new CheckFailed("RDB preamble of AOF file is not sane, aborting.");
    this.#say("RDB preamble is OK, proceeding with AOF tail...");
  }

  #cutAtTimestamp(part: Part, target: AppendFile | null, size: number, offset: number): void {
    const { untilTimestamp } = this.#options;
    const { path } = part;
    if (offset === 0) {
      throw new CheckFailed(`AOF ${path} has nothing before timestamp ${untilTimestamp}, aborting...`);
    }
    if (target === null) {
      this.#say(
        `Failed to truncate AOF ${path} to timestamp ${untilTimestamp} to offset ${offset} because it is not the last file.`,
      );
      throw new CheckFailed(
        "If you insist, please delete all files after this file according to the manifest file and delete the " +
          "corresponding records in manifest file manually. Then re-run redis-check-aof.",
      );
    }
    cutAof(this.#port, target, size, offset, `Failed to truncate AOF ${path} to timestamp ${untilTimestamp}`);
  }

  /** Whether the answer begins with a y. */
  #confirmed(): boolean {
    const answer = new Uint8Array(1);
    try {
      return this.#port.readStdin(answer, 0, 1) === 1 && (answer[0] | 32) === 121;
    } catch {
      return false;
    }
  }
}

function partOf(dir: string, entry: ManifestEntry, rdb: boolean, last: boolean): Part {
  const name = byteStringToText(entry.name);
  return { name, path: `${dir}/${name}`, rdb, last };
}

/** The whole manifest as a byte string. */
function manifestText(file: ReadFile): string {
  if (file.size > MANIFEST_BYTES_MAX) throw new CheckFailed("Read AOF manifest failed");
  const input = new CheckInput(file);
  let text = "";
  while (input.line(MANIFEST_LINE_MAX)) text += latin1(input.chunk.buf, input.lineStart, input.lineEnd);
  return text;
}
