/**
 * The file system port on Deno.
 *
 * DESIGN. Synchronous calls throughout. Deno's errors carry the errno name, so
 * one wrapper turns all of them into IoError; the append file has try/catch of
 * its own, because a closure per write would be garbage on the hottest path.
 */

import { toIoError } from "./errno.ts";
import type { AppendFile, FileLock, FileStat, Fs, ReadFile } from "./types.ts";

/** Runs one call and turns what it throws into an IoError. */
function io<T>(syscall: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toIoError(error, syscall);
  }
}

class DenoAppendFile implements AppendFile {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  readonly #file: Deno.FsFile;

  constructor(path: string, file: Deno.FsFile) {
    const info = file.statSync();
    this.path = path;
    this.dev = info.dev;
    this.ino = info.ino ?? 0;
    this.#file = file;
  }

  write(buf: Uint8Array, start: number, end: number): number {
    try {
      return this.#file.writeSync(buf.subarray(start, end));
    } catch (error) {
      throw toIoError(error, "write");
    }
  }

  dataSync(): void {
    try {
      this.#file.syncDataSync();
    } catch (error) {
      throw toIoError(error, "fdatasync");
    }
  }

  truncate(size: number): void {
    io("ftruncate", () => this.#file.truncateSync(size));
  }

  size(): number {
    return io("fstat", () => this.#file.statSync().size);
  }

  close(): void {
    io("close", () => this.#file.close());
  }
}

class DenoReadFile implements ReadFile {
  readonly size: number;
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.size = file.statSync().size;
    this.#file = file;
  }

  read(buf: Uint8Array, start: number, end: number): number {
    try {
      return this.#file.readSync(buf.subarray(start, end)) ?? 0;
    } catch (error) {
      throw toIoError(error, "read");
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** Opens a file and hands it to `use`; closes it if that throws. */
function openWith<T>(path: string, options: Deno.OpenOptions, use: (file: Deno.FsFile) => T): T {
  return io(`open ${path}`, () => {
    const file = Deno.openSync(path, options);
    try {
      return use(file);
    } catch (error) {
      file.close();
      throw error;
    }
  });
}

function statOf(path: string): FileStat | undefined {
  try {
    const info = Deno.statSync(path);
    return {
      size: info.size,
      isFile: info.isFile,
      isDirectory: info.isDirectory,
      dev: info.dev,
      ino: info.ino ?? 0,
      mode: info.mode ?? 0,
    };
  } catch (error) {
    const failure = toIoError(error, `stat ${path}`);
    if (failure.code === "ENOENT" || failure.code === "ENOTDIR") return undefined;
    throw failure;
  }
}

function tryLock(path: string): FileLock | undefined {
  return openWith(path, { read: true, write: true, create: true, mode: 0o644 }, (file) => {
    if (!file.tryLockSync(true)) {
      file.close();
      return undefined;
    }
    let held = true;
    return {
      release(): void {
        // Closing the only descriptor of an open file ends its flock.
        if (held) file.close();
        held = false;
      },
    };
  });
}

function syncDir(path: string): void {
  openWith(path, { read: true }, (directory) => {
    directory.syncSync();
    directory.close();
  });
}

function openAppend(path: string, options: { create: boolean; truncate?: boolean }): AppendFile {
  return openWith(path, { append: true, create: options.create, mode: 0o644 }, (file) => {
    // Deno refuses append with truncate in one open.
    if (options.truncate === true) file.truncateSync(0);
    return new DenoAppendFile(path, file);
  });
}

/** The {@link Fs} of Deno. */
export function createDenoFs(): Fs {
  return {
    openAppend,
    openRead: (path) => openWith(path, { read: true }, (file) => new DenoReadFile(file)),
    rename: (from, to) => io(`rename ${from} ${to}`, () => Deno.renameSync(from, to)),
    unlink: (path) => io(`unlink ${path}`, () => Deno.removeSync(path)),
    stat: statOf,
    list: (path) => io(`opendir ${path}`, () => Array.from(Deno.readDirSync(path), (entry) => entry.name)),
    mkdir: (path) => io(`mkdir ${path}`, () => Deno.mkdirSync(path)),
    syncDir,
    readText: (path) => io(`read ${path}`, () => Deno.readTextFileSync(path)),
    writeText: (path, text, options) =>
      io(`write ${path}`, () => Deno.writeTextFileSync(path, text, options)),
    tryLock,
    realPath: (path) => io(`realpath ${path}`, () => Deno.realPathSync(path)),
  };
}
