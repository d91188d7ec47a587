/** The disk under FaultyFs: files and directories, each with what is on disk and what is only in memory. */

import { latin1 } from "../../lib/base/ascii.ts";
import { ioErrorOf } from "../../lib/platform/errno.ts";
import { type FileStat } from "../../lib/platform/types.ts";

/** How much of what was not synced a power cut leaves: nothing, everything, or a random beginning. */
export type Kept = "none" | "all" | "random";

function howMany(kept: Kept, count: number, random: () => number): number {
  if (kept === "random") return Math.floor(random() * (count + 1));
  return kept === "all" ? count : 0;
}

type FileChange =
  | { readonly kind: "append"; readonly bytes: Uint8Array; lost: boolean }
  | { readonly kind: "truncate"; readonly size: number };

/** One file. */
export class Node {
  readonly ino: number;
  #cache: Uint8Array = new Uint8Array(64);
  #size = 0;
  #durable: Uint8Array = new Uint8Array(0);
  #changes: FileChange[] = [];

  constructor(ino: number) {
    this.ino = ino;
  }

  get size(): number {
    return this.#size;
  }

  /** A copy of what readers see. */
  contents(): Uint8Array {
    return this.#cache.slice(0, this.#size);
  }

  /** `bytes` become the node's. */
  append(bytes: Uint8Array): void {
    this.#extend(bytes);
    this.#changes.push({ kind: "append", bytes, lost: false });
  }

  truncate(size: number): void {
    this.#resize(size);
    this.#changes.push({ kind: "truncate", size });
  }

  /** Moves the changes to the disk. @param fails the bytes get lost on the way: they will be zeros */
  sync(fails: boolean): void {
    if (fails) {
      for (const change of this.#changes) if (change.kind === "append") change.lost = true;
      return;
    }
    this.#durable = applied(this.#durable, this.#changes);
    this.#changes = [];
  }

  /** What is left when power fails. */
  powerCut(random: () => number, how: Kept): void {
    const kept = this.#changes.slice(0, howMany(how, this.#changes.length, random));
    const last = kept.at(-1);
    if (last?.kind === "append" && how === "random") {
      const part = Math.floor(random() * (last.bytes.length + 1));
      kept[kept.length - 1] = { kind: "append", bytes: last.bytes.slice(0, part), lost: last.lost };
    }
    this.#durable = applied(this.#durable, kept);
    this.#changes = [];
    this.#size = 0;
    this.#extend(this.#durable);
  }

  /** The same, cache and disk. */
  clone(): Node {
    const copy = new Node(this.ino);
    copy.#extend(this.contents());
    copy.#durable = this.#durable;
    copy.#changes = this.#changes.map((change) => ({ ...change }));
    return copy;
  }

  #extend(bytes: Uint8Array): void {
    if (this.#size + bytes.length > this.#cache.length) {
      const grown = new Uint8Array(Math.max(this.#cache.length * 2, this.#size + bytes.length));
      grown.set(this.#cache.subarray(0, this.#size));
      this.#cache = grown;
    }
    this.#cache.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  #resize(size: number): void {
    if (size > this.#size) this.#extend(new Uint8Array(size - this.#size));
    this.#size = size;
  }
}

function applied(durable: Uint8Array, changes: readonly FileChange[]): Uint8Array {
  if (changes.length === 0) return durable;
  const node = new Node(0);
  node.append(durable);
  for (const change of changes) {
    if (change.kind === "truncate") node.truncate(change.size);
    else node.append(change.lost ? new Uint8Array(change.bytes.length) : change.bytes);
  }
  return node.contents();
}

const FIRST_DIRECTORY_INO = 1_000_000;

/** What a name in a directory stands for. */
type Entry = Node | Directory;

type EntryChange =
  | { readonly kind: "link"; readonly name: string; readonly entry: Entry }
  | { readonly kind: "unlink"; readonly name: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

/** One directory: making, renaming and removing what is in it lasts only once the directory itself was synced. */
class Directory {
  readonly ino: number;
  entries = new Map<string, Entry>();
  #durable = new Map<string, Entry>();
  #changes: EntryChange[] = [];

  constructor(ino: number) {
    this.ino = ino;
  }

  change(change: EntryChange): void {
    applyEntry(this.entries, change);
    this.#changes.push(change);
  }

  sync(): void {
    this.#durable = new Map(this.entries);
    this.#changes = [];
  }

  powerCut(random: () => number, how: Kept): void {
    // A journal keeps the order of changes, but not how far it got.
    const kept = howMany(how, this.#changes.length, random);
    for (const change of this.#changes.slice(0, kept)) applyEntry(this.#durable, change);
    this.entries = new Map(this.#durable);
    this.#changes = [];
  }

  /** Fills an empty directory with what `of` has, each entry replaced by its copy. */
  copyFrom(of: Directory, copies: ReadonlyMap<Entry, Entry>): void {
    for (const [name, entry] of of.entries) this.entries.set(name, copies.get(entry)!);
    for (const [name, entry] of of.#durable) this.#durable.set(name, copies.get(entry)!);
    this.#changes = of.#changes.map((change) =>
      change.kind === "link" ? { ...change, entry: copies.get(change.entry)! } : change
    );
  }
}

function applyEntry(entries: Map<string, Entry>, change: EntryChange): void {
  if (change.kind === "link") entries.set(change.name, change.entry);
  else if (change.kind === "unlink") entries.delete(change.name);
  else {
    entries.set(change.to, entries.get(change.from)!);
    entries.delete(change.from);
  }
}

/** All files and directories. Paths are absolute. */
export class Disk {
  readonly #root = new Directory(FIRST_DIRECTORY_INO);
  readonly #directories: Directory[] = [this.#root];
  readonly #nodes: Node[] = [];
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
  }

  /** A random number below 1 (mulberry32). */
  random = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  /** Bytes of all files that have a name. */
  used(): number {
    let sum = 0;
    const add = (directory: Directory): void => {
      for (const entry of directory.entries.values()) {
        if (entry instanceof Node) sum += entry.size;
        else add(entry);
      }
    };
    add(this.#root);
    return sum;
  }

  /** Makes a directory, and those above it. */
  mkdir(path: string): void {
    let at = this.#root;
    for (const name of path.split("/").slice(1)) {
      let next = at.entries.get(name);
      if (next === undefined) {
        next = new Directory(FIRST_DIRECTORY_INO + this.#directories.length);
        this.#directories.push(next);
        at.change({ kind: "link", name, entry: next });
      }
      if (next instanceof Node) throw ioErrorOf("EEXIST", `mkdir ${path}`);
      at = next;
    }
  }

  find(path: string): Node {
    const entry = this.#entry(path);
    if (entry instanceof Directory) throw ioErrorOf("EISDIR", `open ${path}`);
    if (entry === undefined) throw ioErrorOf("ENOENT", `open ${path}`);
    return entry;
  }

  /** The file at `path`, made when absent, or always when `fresh`. */
  create(path: string, fresh = false): Node {
    const [directory, name] = this.#locate(path);
    const present = directory.entries.get(name);
    if (present instanceof Directory) throw ioErrorOf("EISDIR", `open ${path}`);
    if (present !== undefined && !fresh) return present;
    const node = new Node(this.#nodes.length + 1);
    this.#nodes.push(node);
    directory.change({ kind: "link", name, entry: node });
    return node;
  }

  rename(from: string, to: string): void {
    const [source, fromName] = this.#locate(from);
    const [target, toName] = this.#locate(to);
    const moved = source.entries.get(fromName);
    if (moved === undefined) throw ioErrorOf("ENOENT", `rename ${from} ${to}`);
    if (source !== target) throw ioErrorOf("EXDEV", `rename ${from} ${to}`);
    if (target.entries.get(toName) instanceof Directory && moved instanceof Node) {
      throw ioErrorOf("EISDIR", `rename ${from} ${to}`);
    }
    source.change({ kind: "rename", from: fromName, to: toName });
  }

  unlink(path: string): void {
    const [directory, name] = this.#locate(path);
    this.find(path);
    directory.change({ kind: "unlink", name });
  }

  stat(path: string): FileStat | undefined {
    const entry = this.#entry(path);
    if (entry === undefined) return undefined;
    const { ino } = entry;
    if (entry instanceof Node) {
      return { size: entry.size, isFile: true, isDirectory: false, dev: 1, ino, mode: 0o644 };
    }
    return { size: 0, isFile: false, isDirectory: true, dev: 1, ino, mode: 0o755 };
  }

  list(path: string): string[] {
    return [...this.#directory(path).entries.keys()];
  }

  syncDir(path: string): void {
    this.#directory(path).sync();
  }

  /** Everything is on disk, names and contents. */
  syncAll(): void {
    for (const directory of this.#directories) directory.sync();
    for (const node of this.#nodes) node.sync(false);
  }

  /** @param entries of what was done to directories @param data of what was done to files */
  powerCut(entries: Kept, data: Kept): void {
    for (const directory of this.#directories) directory.powerCut(this.random, entries);
    for (const node of this.#nodes) node.powerCut(this.random, data);
  }

  /** Another disk with the same on it, in memory as on the disk. */
  clone(): Disk {
    const copy = new Disk(0);
    copy.#state = this.#state;
    const copies = new Map<Entry, Entry>([[this.#root, copy.#root]]);
    for (const directory of this.#directories.slice(1)) {
      const twin = new Directory(directory.ino);
      copies.set(directory, twin);
      copy.#directories.push(twin);
    }
    for (const node of this.#nodes) {
      const twin = node.clone();
      copies.set(node, twin);
      copy.#nodes.push(twin);
    }
    for (const [i, directory] of this.#directories.entries()) {
      copy.#directories[i].copyFrom(directory, copies);
    }
    return copy;
  }

  /** All names and contents, as one text that two equal disks share. */
  fingerprint(): string {
    const parts: string[] = [];
    const add = (directory: Directory, path: string): void => {
      for (const [name, entry] of [...directory.entries].sort()) {
        if (entry instanceof Directory) add(entry, `${path}/${name}`);
        else parts.push(`${path}/${name}`, latin1(entry.contents(), 0, entry.size));
      }
    };
    add(this.#root, "");
    return parts.join("\0");
  }

  /** What is at `path`; undefined when nothing is. */
  #entry(path: string): Entry | undefined {
    let at: Entry | undefined = this.#root;
    for (const name of path.split("/").slice(1)) {
      if (!(at instanceof Directory)) return undefined;
      at = at.entries.get(name);
    }
    return at;
  }

  #locate(path: string): [Directory, string] {
    const slash = path.lastIndexOf("/");
    return [this.#directory(path.slice(0, slash)), path.slice(slash + 1)];
  }

  #directory(path: string): Directory {
    const entry = this.#entry(path);
    if (entry === undefined) throw ioErrorOf("ENOENT", `open ${path}`);
    if (entry instanceof Node) throw ioErrorOf("ENOTDIR", `open ${path}`);
    return entry;
  }
}
