/**
 * The file system port on Bun, over `node:fs`, which is Bun's own native one.
 *
 * DESIGN. Synchronous calls on plain descriptors. Locks use flock(2) itself
 * through `bun_libc.ts`, so that a Bun and a Deno process exclude each other.
 */

import * as fs from "node:fs";
import { libc, LOCK_EX, LOCK_NB } from "./bun_libc.ts";
import { ioErrorOfNumber, toIoError } from "./errno.ts";
import type { AppendFile, FileLock, FileStat, Fs, ReadFile } from "./types.ts";

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants;
const EWOULDBLOCK = 11;
const EINTR = 4;

/** Runs one call and turns what it throws into an IoError. */
function io<T>(syscall: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toIoError(error, syscall);
  }
}

class BunAppendFile implements AppendFile {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  readonly #fd: number;

  constructor(path: string, fd: number) {
    const info = fs.fstatSync(fd);
    this.path = path;
    this.dev = info.dev;
    this.ino = info.ino;
    this.#fd = fd;
  }

  write(buf: Uint8Array, start: number, end: number): number {
    try {
      return fs.writeSync(this.#fd, buf, start, end - start);
    } catch (error) {
      throw toIoError(error, "write");
    }
  }

  dataSync(): void {
    try {
      fs.fdatasyncSync(this.#fd);
    } catch (error) {
      throw toIoError(error, "fdatasync");
    }
  }

  truncate(size: number): void {
    io("ftruncate", () => fs.ftruncateSync(this.#fd, size));
  }

  size(): number {
    return io("fstat", () => fs.fstatSync(this.#fd).size);
  }

  close(): void {
    io("close", () => fs.closeSync(this.#fd));
  }
}

class BunReadFile implements ReadFile {
  readonly size: number;
  readonly #fd: number;

  constructor(fd: number) {
    this.size = fs.fstatSync(fd).size;
    this.#fd = fd;
  }

  read(buf: Uint8Array, start: number, end: number): number {
    try {
      return fs.readSync(this.#fd, buf, start, end - start, null);
    } catch (error) {
      throw toIoError(error, "read");
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** Opens a file and hands its descriptor to `use`; closes it if that throws. */
function openWith<T>(path: string, flags: number, use: (fd: number) => T): T {
  return io(`open ${path}`, () => {
    const fd = fs.openSync(path, flags, 0o644);
    try {
      return use(fd);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  });
}

function statOf(path: string): FileStat | undefined {
  try {
    const info = fs.statSync(path);
    return {
      size: info.size,
      isFile: info.isFile(),
      isDirectory: info.isDirectory(),
      dev: info.dev,
      ino: info.ino,
      mode: info.mode,
    };
  } catch (error) {
    const failure = toIoError(error, `stat ${path}`);
    if (failure.code === "ENOENT" || failure.code === "ENOTDIR") return undefined;
    throw failure;
  }
}

/** flock(2) without waiting: false when somebody else holds the lock. */
function flockNow(fd: number): boolean {
  for (;;) {
    if (libc().flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
    const errno = libc().errno();
    if (errno === EWOULDBLOCK) return false;
    if (errno !== EINTR) throw ioErrorOfNumber(errno, "flock");
  }
}

function tryLock(path: string): FileLock | undefined {
  return openWith(path, O_RDWR | O_CREAT, (fd) => {
    if (!flockNow(fd)) {
      fs.closeSync(fd);
      return undefined;
    }
    let held = true;
    return {
      release(): void {
        // Closing the only descriptor of an open file ends its flock.
        if (held) fs.closeSync(fd);
        held = false;
      },
    };
  });
}

function syncDir(path: string): void {
  openWith(path, O_RDONLY, (fd) => {
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  });
}

function openAppend(path: string, options: { create: boolean; truncate?: boolean }): AppendFile {
  const flags = O_WRONLY | O_APPEND | (options.create ? O_CREAT : 0) |
    (options.truncate === true ? O_TRUNC : 0);
  return openWith(path, flags, (fd) => new BunAppendFile(path, fd));
}

function writeText(path: string, text: string, options?: { append?: boolean; mode?: number }): void {
  const flag = options?.append === true ? "a" : "w";
  io(`write ${path}`, () => fs.writeFileSync(path, text, { flag, mode: options?.mode ?? 0o666 }));
}

/** The {@link Fs} of Bun. */
export function createBunFs(): Fs {
  return {
    openAppend,
    openRead: (path) => openWith(path, O_RDONLY, (fd) => new BunReadFile(fd)),
    rename: (from, to) => io(`rename ${from} ${to}`, () => fs.renameSync(from, to)),
    unlink: (path) => io(`unlink ${path}`, () => fs.unlinkSync(path)),
    stat: statOf,
    list: (path) => io(`opendir ${path}`, () => fs.readdirSync(path)),
    mkdir: (path) => io(`mkdir ${path}`, () => fs.mkdirSync(path)),
    syncDir,
    readText: (path) => io(`read ${path}`, () => fs.readFileSync(path, "utf8")),
    writeText,
    tryLock,
    realPath: (path) => io(`realpath ${path}`, () => fs.realpathSync(path)),
  };
}
