/** The disk under FaultyFs: files and directories, each with what is on disk and what is only in memory. */

import { ioErrorOf } from "../../lib/platform/errno.ts";
import { type FileStat } from "../../lib/platform/types.ts";

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
  powerCut(random: () => number): void {
    const kept = this.#changes.slice(0, Math.floor(random() * (this.#changes.length + 1)));
    const last = kept.at(-1);
    if (last?.kind === "append") {
      const part = Math.floor(random() * (last.bytes.length + 1));
      kept[kept.length - 1] = { kind: "append", bytes: last.bytes.slice(0, part), lost: last.lost };
    }
    this.#durable = applied(this.#durable, kept);
    this.#changes = [];
    this.#size = 0;
    this.#extend(this.#durable);
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

type EntryChange =
  | { readonly kind: "link"; readonly name: string; readonly node: Node }
  | { readonly kind: "unlink"; readonly name: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

class Directory {
  entries = new Map<string, Node>();
  #durable = new Map<string, Node>();
  #changes: EntryChange[] = [];

  change(change: EntryChange): void {
    applyEntry(this.entries, change);
    this.#changes.push(change);
  }

  sync(): void {
    this.#durable = new Map(this.entries);
    this.#changes = [];
  }

  powerCut(random: () => number): void {
    // A journal keeps the order of changes, but not how far it got.
    const kept = Math.floor(random() * (this.#changes.length + 1));
    for (const change of this.#changes.slice(0, kept)) applyEntry(this.#durable, change);
    this.entries = new Map(this.#durable);
    this.#changes = [];
  }
}

function applyEntry(entries: Map<string, Node>, change: EntryChange): void {
  if (change.kind === "link") entries.set(change.name, change.node);
  else if (change.kind === "unlink") entries.delete(change.name);
  else {
    entries.set(change.to, entries.get(change.from)!);
    entries.delete(change.from);
  }
}

/** All files and directories. Paths are absolute. */
export class Disk {
  readonly #directories = new Map<string, Directory>();
  readonly #nodes: Node[] = [];
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
    this.mkdir("");
  }

  /** A random number below 1 (mulberry32). */
  random = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  used(): number {
    let sum = 0;
    for (const directory of this.#directories.values()) {
      for (const node of directory.entries.values()) sum += node.size;
    }
    return sum;
  }

  mkdir(path: string): void {
    this.#directories.set(path, new Directory());
  }

  find(path: string): Node {
    const [directory, name] = this.#locate(path);
    const node = directory.entries.get(name);
    if (node === undefined) throw ioErrorOf("ENOENT", `open ${path}`);
    return node;
  }

  /** The file at `path`, made when absent, or always when `fresh`. */
  create(path: string, fresh = false): Node {
    const [directory, name] = this.#locate(path);
    const present = directory.entries.get(name);
    if (present !== undefined && !fresh) return present;
    const node = new Node(this.#nodes.length + 1);
    this.#nodes.push(node);
    directory.change({ kind: "link", name, node });
    return node;
  }

  rename(from: string, to: string): void {
    const [source, fromName] = this.#locate(from);
    const [target, toName] = this.#locate(to);
    this.find(from);
    if (source !== target) throw ioErrorOf("EXDEV", `rename ${from} ${to}`);
    source.change({ kind: "rename", from: fromName, to: toName });
  }

  unlink(path: string): void {
    const [directory, name] = this.#locate(path);
    this.find(path);
    directory.change({ kind: "unlink", name });
  }

  stat(path: string): FileStat | undefined {
    if (this.#directories.has(path)) {
      return { size: 0, isFile: false, isDirectory: true, dev: 1, ino: 0, mode: 0o755 };
    }
    const directory = this.#directories.get(path.slice(0, path.lastIndexOf("/")));
    const node = directory?.entries.get(path.slice(path.lastIndexOf("/") + 1));
    if (node === undefined) return undefined;
    return { size: node.size, isFile: true, isDirectory: false, dev: 1, ino: node.ino, mode: 0o644 };
  }

  list(path: string): string[] {
    return [...this.#directory(path).entries.keys()];
  }

  syncDir(path: string): void {
    this.#directory(path).sync();
  }

  powerCut(): void {
    for (const directory of this.#directories.values()) directory.powerCut(this.random);
    for (const node of this.#nodes) node.powerCut(this.random);
  }

  #locate(path: string): [Directory, string] {
    const slash = path.lastIndexOf("/");
    return [this.#directory(path.slice(0, slash)), path.slice(slash + 1)];
  }

  #directory(path: string): Directory {
    const directory = this.#directories.get(path);
    if (directory === undefined) throw ioErrorOf("ENOENT", `open ${path}`);
    return directory;
  }
}
