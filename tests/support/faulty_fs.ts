/**
 * A disk in memory that can lose power, fill up and fail: the file port for
 * tests of durability.
 *
 * DESIGN. A file has what is on disk, and a list of changes that are only in
 * the page cache; so has a directory, for its entries. `dataSync` and `syncDir`
 * move changes to the disk. {@link FaultyFs.powerCut} keeps what is on disk and
 * a random beginning of the changes behind it, down to half a write.
 * {@link FaultyFs.kill} ends the process only: the page cache stays.
 *
 * A failed `dataSync` loses the bytes it was to write: the page cache still
 * shows them, later syncs succeed, but the disk has zeros there, as Linux file
 * systems do. Random choices come from the seed.
 */

import { ioErrorOf } from "../../lib/platform/errno.ts";
import {
  type AppendFile,
  type FileLock,
  type FileStat,
  type Fs,
  type ReadFile,
} from "../../lib/platform/types.ts";
import { Disk, type Kept, type Node } from "./faulty_disk.ts";

/** Names of the calls that can be made to fail. */
export type FaultyOp =
  | "open"
  | "read"
  | "write"
  | "fdatasync"
  | "ftruncate"
  | "close"
  | "fstat"
  | "rename"
  | "unlink"
  | "syncDir";

/** One way to fail; see {@link FaultyFs.inject}. */
export interface Fault {
  readonly op: FaultyOp;
  /** The errno name. */
  readonly code: string;
  /** Fails the n-th such call from now on, 1 being the next; default 1. */
  readonly at?: number;
  /** For how many calls; default 1, Infinity for good. */
  readonly times?: number;
  /** Instead of `at`: fails each call with this probability. */
  readonly probability?: number;
  /** Only calls on paths that contain this. */
  readonly path?: string;
  /** Of a write: takes so many bytes first, and fails the call after. */
  readonly keep?: number;
}

interface ArmedFault {
  readonly fault: Fault;
  countdown: number;
  left: number;
}

/** An in-memory {@link Fs} with faults; see the module's note. */
export class FaultyFs implements Fs {
  /** Bytes that all files together may have; writes beyond it are short, then ENOSPC. */
  capacity = Infinity;
  /** What happened, one line per call that changes or syncs something. */
  readonly trace: string[] = [];
  /** Open files: tests of leaks look here. */
  openFiles = 0;
  /** After so many changing or syncing calls, power fails by itself; see {@link FaultyFs.dead}. */
  cutAfterCalls = Infinity;
  /** Told before each changing or syncing call: what else happens at that moment. */
  onChange: () => void = () => {};
  readonly #disk: Disk;
  #faults: ArmedFault[] = [];
  #locks = new Set<Node>();
  /** Handles of an earlier life are void. */
  #life = 0;
  #dead = false;

  /** @param disk an existing one; left out: a new one with an empty directory `/data` */
  constructor(seed = 1, disk?: Disk) {
    this.#disk = disk ?? new Disk(seed);
    if (disk !== undefined) return;
    this.#disk.mkdir("/data");
    this.#disk.syncAll();
  }

  /** Power is off: every call fails until `powerCut` has been called. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Makes calls fail. */
  inject(fault: Fault): void {
    this.#faults.push({ fault, countdown: fault.at ?? 1, left: fault.times ?? 1 });
  }

  /** Ends all faults. */
  heal(): void {
    this.#faults = [];
    this.capacity = Infinity;
  }

  /** The process dies: handles and locks are gone, written data stays. */
  kill(): void {
    this.#life++;
    this.#locks.clear();
    this.openFiles = 0;
    this.#dead = false;
    this.cutAfterCalls = Infinity;
  }

  /**
   * Power fails, and comes back: only what was synced, and a part of what was not, is left.
   * @param entries how much of what was done to directories @param data and to files
   */
  powerCut(entries: Kept = "random", data: Kept = "random"): void {
    this.kill();
    this.#disk.powerCut(entries, data);
  }

  /** Another one with the same on its disk, in memory as on the disk; nobody has opened anything. */
  clone(): FaultyFs {
    return new FaultyFs(0, this.#disk.clone());
  }

  /** All names and contents, as one text that two equal disks share. */
  fingerprint(): string {
    return this.#disk.fingerprint();
  }

  /** What a reader sees now. @throws {IoError} ENOENT */
  contents(path: string): Uint8Array {
    return this.#disk.find(path).contents();
  }

  /** Everything that was done so far is on disk. */
  syncAll(): void {
    this.#disk.syncAll();
  }

  /** Makes a file that is on disk, name and all. */
  install(path: string, bytes: Uint8Array): void {
    const node = this.#disk.create(path, true);
    node.truncate(0);
    node.append(bytes);
    node.sync(false);
    this.#disk.syncDir(dirOf(path));
  }

  openAppend(path: string, options: { create: boolean; truncate?: boolean }): AppendFile {
    this.check("open", path);
    const node = options.create ? this.#disk.create(path) : this.#disk.find(path);
    if (options.truncate === true) node.truncate(0);
    this.openFiles++;
    return new FaultyAppendFile(this, path, node, this.#life);
  }

  openRead(path: string): ReadFile {
    this.check("open", path);
    const bytes = this.#disk.find(path).contents();
    let at = 0;
    let open = true;
    this.openFiles++;
    return {
      size: bytes.length,
      read: (buf, start, end) => {
        this.check("read", path);
        const taken = Math.min(end - start, bytes.length - at);
        buf.set(bytes.subarray(at, at + taken), start);
        at += taken;
        return taken;
      },
      close: () => {
        if (open) this.openFiles--;
        open = false;
      },
    };
  }

  rename(from: string, to: string): void {
    this.change("rename", `${from} ${to}`);
    this.#disk.rename(from, to);
  }

  unlink(path: string): void {
    this.change("unlink", path);
    this.#disk.unlink(path);
  }

  stat(path: string): FileStat | undefined {
    this.check("read", path);
    return this.#disk.stat(path);
  }

  list(path: string): string[] {
    return this.#disk.list(path);
  }

  mkdir(path: string): void {
    this.#disk.mkdir(path);
  }

  syncDir(path: string): void {
    this.change("syncDir", path);
    this.#disk.syncDir(path);
  }

  readText(path: string): string {
    this.check("read", path);
    return new TextDecoder().decode(this.#disk.find(path).contents());
  }

  writeText(path: string, text: string, options?: { append?: boolean }): void {
    this.change("write", path);
    const node = this.#disk.create(path);
    if (options?.append !== true) node.truncate(0);
    node.append(new TextEncoder().encode(text));
  }

  tryLock(path: string): FileLock | undefined {
    const node = this.#disk.create(path);
    if (this.#locks.has(node)) return undefined;
    this.#locks.add(node);
    const life = this.#life;
    return {
      release: () => {
        if (life === this.#life) this.#locks.delete(node);
      },
    };
  }

  realPath(path: string): string {
    return path;
  }

  /** Fails if the handle is of an earlier life. */
  checkLife(life: number, syscall: string): void {
    if (life !== this.#life) throw ioErrorOf("EBADF", syscall);
  }

  /** Fails if a fault says so. @returns bytes that the fault lets a write take first; -1 without a fault */
  check(op: FaultyOp, path: string): number {
    if (this.#dead) throw ioErrorOf("EIO", op);
    for (const armed of this.#faults) {
      const keep = this.#fire(armed, op, path);
      if (keep >= 0) return keep;
    }
    return -1;
  }

  #fire(armed: ArmedFault, op: FaultyOp, path: string): number {
    const { fault } = armed;
    if (fault.op !== op || armed.left === 0 || !path.includes(fault.path ?? "")) return -1;
    if (fault.probability !== undefined) {
      if (this.#disk.random() >= fault.probability) return -1;
    } else {
      if (armed.countdown > 1) {
        armed.countdown--;
        return -1;
      }
      armed.left--;
    }
    if (fault.keep !== undefined) {
      this.#faults.unshift({
        fault: { ...fault, keep: undefined, probability: undefined },
        countdown: 1,
        left: 1,
      });
      return fault.keep;
    }
    throw ioErrorOf(fault.code, op);
  }

  /** As `check`, for a call that changes or syncs something; the power may fail in it. */
  change(op: FaultyOp, what: string): number {
    this.onChange();
    const keep = this.check(op, what);
    if (--this.cutAfterCalls < 0) {
      this.#dead = true;
      throw ioErrorOf("EIO", op);
    }
    this.trace.push(`${op} ${what}`);
    return keep;
  }

  /** How many of `wanted` bytes a write to `node` can take. */
  room(wanted: number): number {
    return Math.min(wanted, Math.max(0, this.capacity - this.#disk.used()));
  }

  /** A random number below 1. */
  random(): number {
    return this.#disk.random();
  }
}

class FaultyAppendFile implements AppendFile {
  readonly path: string;
  readonly dev = 1;
  readonly ino: number;
  readonly #fs: FaultyFs;
  readonly #node: Node;
  readonly #life: number;
  #open = true;

  constructor(fs: FaultyFs, path: string, node: Node, life: number) {
    this.#fs = fs;
    this.path = path;
    this.#node = node;
    this.ino = node.ino;
    this.#life = life;
  }

  write(buf: Uint8Array, start: number, end: number): number {
    this.#check("write");
    const wasAlive = !this.#fs.dead;
    let keep: number;
    try {
      keep = this.#fs.change("write", `${this.path} ${end - start}`);
    } catch (error) {
      // Power failed in this very write: some of it may have got through.
      if (wasAlive && this.#fs.dead) {
        this.#node.append(buf.slice(start, start + Math.floor(this.#fs.random() * (end - start + 1))));
      }
      throw error;
    }
    const wanted = keep >= 0 ? Math.min(keep, end - start) : end - start;
    const taken = this.#fs.room(wanted);
    if (taken === 0 && wanted > 0) throw ioErrorOf("ENOSPC", "write");
    this.#node.append(buf.slice(start, start + taken));
    return taken;
  }

  dataSync(): void {
    this.#check("fdatasync");
    try {
      this.#fs.change("fdatasync", this.path);
    } catch (error) {
      if (!this.#fs.dead) this.#node.sync(true);
      throw error;
    }
    this.#node.sync(false);
  }

  truncate(size: number): void {
    this.#check("ftruncate");
    this.#fs.change("ftruncate", `${this.path} ${size}`);
    this.#node.truncate(size);
  }

  size(): number {
    this.#check("fstat");
    this.#fs.check("fstat", this.path);
    return this.#node.size;
  }

  close(): void {
    this.#check("close");
    this.#open = false;
    this.#fs.openFiles--;
    this.#fs.check("close", this.path);
  }

  #check(syscall: string): void {
    this.#fs.checkLife(this.#life, syscall);
    if (!this.#open) throw ioErrorOf("EBADF", syscall);
  }
}

function dirOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
