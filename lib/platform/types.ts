/**
 * The platform port: everything vellum asks of a runtime or an operating
 * system, as one small set of interfaces.
 *
 * DESIGN. Only `deno.ts` and `bun.ts` beside this file implement the port and
 * name a runtime; only `main.ts` picks one. The rest of the house sees these
 * types, so that one end-to-end suite runs on both runtimes and a fault
 * injecting implementation can stand in for the disk (tests/support).
 *
 * Sockets are push style: the port reads, `NetHandler.onData` is told. All
 * sockets that are ready in one turn of the event loop are delivered before
 * the callback of `Platform.afterBatch` runs: there the server flushes the AOF
 * and sends replies (docs/ARCHITECTURE.md, "event loop").
 *
 * Files are synchronous: what must not block the loop goes to the bio Worker.
 * Every failed system call surfaces as an {@link IoError}; socket errors never
 * surface at all, but as `onClose`.
 */

/** A failed system call: errno name and the C library's text for it. */
export class IoError extends Error {
  /** The errno name, such as `ENOSPC`; `EIO` when the runtime hides it. */
  readonly code: string;
  /** What `strerror` says, such as `No space left on device`. */
  readonly strerror: string;

  constructor(code: string, strerror: string, syscall: string) {
    super(`${syscall}: ${strerror}`);
    this.name = "IoError";
    this.code = code;
    this.strerror = strerror;
  }
}

/** One accepted connection. */
export interface Conn {
  /** Free for the handler: the server keeps its client here. */
  data: unknown;
  /** The peer, `ip:port`, or `path:0` for a Unix socket. */
  readonly remoteAddress: string;
  /** Our end, `ip:port`, or `path:0` for a Unix socket. */
  readonly localAddress: string;
  /** Whether the peer came through a loopback address or a Unix socket. */
  readonly isLocal: boolean;
  /** Whether this is a Unix socket. */
  readonly isUnix: boolean;
  /**
   * Sends `buf[start, end)`. At most one send may be under way per connection.
   * @returns true when every byte was taken at once: the buffer is the caller's
   * again and `onSent` is not called. false: the bytes belong to the port until
   * `onSent` (or `onClose`) is called for this connection.
   */
  send(buf: Uint8Array, start: number, end: number): boolean;
  /** Stops delivering `onData`, so that the peer feels backpressure. */
  pause(): void;
  /** Undoes `pause`. */
  resume(): void;
  /** Closes now, dropping what is unsent. `onClose` follows, in a later microtask or turn. Idempotent. */
  close(): void;
}

/** What the server does when something happens on a socket. */
export interface NetHandler {
  /** A new connection; set `conn.data` here. */
  onOpen(conn: Conn): void;
  /** Bytes arrived: `buf[start, end)`, valid only during this call. */
  onData(conn: Conn, buf: Uint8Array, start: number, end: number): void;
  /** The send that returned false is complete. */
  onSent(conn: Conn): void;
  /** The peer will send nothing more (half-closed); replies can still go out. */
  onEnd(conn: Conn): void;
  /** The connection is gone, whoever closed it. Called exactly once, the last call for it. */
  onClose(conn: Conn): void;
  /** Accepting failed (EMFILE, say); the port goes on accepting by itself, with a pause. */
  onAcceptError(error: IoError): void;
}

/**
 * Where to listen. A host may be an address, a name, `*` for every IPv4 address, or `::*`, which takes IPv4 too
 * (and then shows IPv4 peers as such): a configured pair of both is one listen on `::*`, else on `*`.
 */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly backlog: number }
  | { readonly kind: "unix"; readonly path: string; readonly mode: number; readonly backlog: number };

/** An open listening socket. */
export interface Listener {
  /** The bound TCP port (useful when 0 was asked for); 0 for a Unix socket. */
  readonly port: number;
  /** Stops accepting; open connections stay. A Unix socket's file is removed. */
  close(): void;
}

/** Settings of the net side that may change while serving. */
export interface NetOptions {
  /** TCP keep-alive in seconds, 0 for off, for connections accepted from now on. */
  keepAliveSeconds: number;
}

/** A file that is only appended to. */
export interface AppendFile {
  readonly path: string;
  /** Device and inode, so that a worker can prove that it opened the same file. */
  readonly dev: number;
  readonly ino: number;
  /**
   * One write(2) of `buf[start, end)` at the end of the file; may be short.
   * @returns the number of bytes written
   * @throws {IoError}
   */
  write(buf: Uint8Array, start: number, end: number): number;
  /** fdatasync(2). @throws {IoError} */
  dataSync(): void;
  /** ftruncate(2) to `size` bytes; later writes append there. @throws {IoError} */
  truncate(size: number): void;
  /** The present size in bytes, by fstat(2). @throws {IoError} */
  size(): number;
  /** close(2). @throws {IoError} */
  close(): void;
}

/** A file that is read from its beginning. */
export interface ReadFile {
  readonly size: number;
  /** Reads into `buf[start, end)`; 0 at the end of the file. @throws {IoError} */
  read(buf: Uint8Array, start: number, end: number): number;
  close(): void;
}

/** What `Fs.stat` tells. */
export interface FileStat {
  readonly size: number;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
}

/** A held exclusive lock; it ends with `release` or with the process. */
export interface FileLock {
  release(): void;
}

/** The file system, synchronous. Every method throws {@link IoError}. */
export interface Fs {
  /** O_WRONLY|O_APPEND, and O_CREAT 0644 when `create`; O_TRUNC too when `truncate`. */
  openAppend(path: string, options: { create: boolean; truncate?: boolean }): AppendFile;
  openRead(path: string): ReadFile;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** undefined when nothing is there. */
  stat(path: string): FileStat | undefined;
  /** The names in a directory, unsorted. */
  list(path: string): string[];
  mkdir(path: string): void;
  /** Fsyncs a directory, so that renames and creations in it last. */
  syncDir(path: string): void;
  /** A whole file as text (UTF-8). */
  readText(path: string): string;
  /** Whole-file write, created with `mode` when given; not atomic, not synced. */
  writeText(path: string, text: string, options?: { append?: boolean; mode?: number }): void;
  /**
   * An exclusive advisory lock (flock(2)) on `path`, which is created when absent.
   * @returns undefined when somebody else holds it
   */
  tryLock(path: string): FileLock | undefined;
  /** The path, absolute and without symbolic links where it exists. */
  realPath(path: string): string;
}

/** How a child ended: an exit code, or the signal that killed it. */
export interface ExitStatus {
  readonly code: number;
  /** The signal's name, such as `SIGKILL`; undefined for a normal exit. */
  readonly signal: string | undefined;
}

/** A child of the same executable, with its standard input piped from us. */
export interface Child {
  readonly pid: number;
  /** Resolves when the pipe has taken all of `buf` (which must not change until then); rejects with {@link IoError} (EPIPE) when the child is gone. One at a time. */
  write(buf: Uint8Array): Promise<void>;
  /** Closes the pipe: the child reads end of file. Never rejects. */
  closeStdin(): Promise<void>;
  /** Sends a signal; a child already gone is no error. */
  kill(signal: "SIGKILL" | "SIGUSR1" | "SIGTERM"): void;
  /** Resolves once, when the child has been reaped. */
  readonly exited: Promise<ExitStatus>;
}

/** The parent's end of a Worker. Messages are structured clones. */
export interface WorkerPort {
  post(message: unknown): void;
  onMessage(callback: (message: unknown) => void): void;
  /** The worker died of an uncaught error or could not be started. */
  onError(callback: (text: string) => void): void;
  terminate(): void;
}

/** The worker's own end, inside the Worker. */
export interface WorkerSelf {
  post(message: unknown): void;
  onMessage(callback: (message: unknown) => void): void;
}

/** Processor time used so far, in seconds. */
export interface CpuUsage {
  readonly user: number;
  readonly system: number;
}

/** Facts of the machine and process that INFO shows. */
export interface HostInfo {
  readonly runtime: "deno" | "bun";
  readonly runtimeVersion: string;
  /** As `uname -srm`: `Linux 6.1.0 x86_64`. */
  readonly os: string;
  readonly archBits: 64;
  readonly pid: number;
  /** The executable that runs us. */
  readonly executable: string;
  /** Total memory of the machine in bytes. */
  readonly totalMemory: number;
}

/** Everything vellum asks of the runtime. */
export interface Platform {
  readonly host: HostInfo;
  /** The arguments behind the program's name. */
  readonly args: readonly string[];
  readonly fs: Fs;
  readonly netOptions: NetOptions;
  /** Binds and starts accepting. @throws {IoError} such as EADDRINUSE */
  listen(address: ListenAddress, handler: NetHandler): Listener;
  /**
   * Runs `callback` once after all sockets that are ready in this turn were
   * delivered. Calls made before it has run are the server's to coalesce.
   */
  afterBatch(callback: () => void): void;
  /**
   * Runs `callback` in a later turn of the event loop. Whoever works in slices one right after the other must
   * go through here: sockets are then polled between slices, at least about once in a millisecond. Timers and
   * immediates of the runtime do not give that.
   */
  nextTurn(callback: () => void): void;
  /**
   * Runs `callback` after about `ms` milliseconds; cannot be called off. For what is arranged at start and must not
   * delay the first clients, where a runtime's first timer may cost them several milliseconds.
   */
  afterStart(callback: () => void, ms: number): void;
  /** Starts this same program again with `args` and a piped stdin; stdout and stderr are inherited. @throws {IoError} */
  spawnSelf(args: readonly string[]): Child;
  /** Starts the bio Worker (lib/bio/worker.ts). */
  startBioWorker(): WorkerPort;
  /** Blocking read of standard input; 0 at its end. @throws {IoError} */
  readStdin(buf: Uint8Array, start: number, end: number): number;
  /** Blocking write to standard output; failures are swallowed. */
  writeStdout(text: string): void;
  writeStderr(text: string): void;
  /**
   * Registers the one callback for errors nobody caught: thrown by a handler's callback, by a timer or
   * listener, or a rejection left unhandled. It runs at once, before any later `afterBatch`: the state may be
   * torn, so it should log and end the process.
   */
  onUncaught(callback: (error: unknown) => void): void;
  onSignal(signal: "SIGTERM" | "SIGINT" | "SIGUSR1" | "SIGHUP", callback: () => void): void;
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
  /** Monotonic clock, microseconds, with a fraction. */
  monotonicUs(): number;
  /** Resident set size in bytes. */
  rss(): number;
  cpuUsage(): CpuUsage;
  /** CPU time of waited-for children, where the platform tells; else zeros. */
  childCpuUsage(): CpuUsage;
  /** Bytes of the garbage-collected heap in use (not the arena). */
  heapUsed(): number;
  env(name: string): string | undefined;
  cwd(): string;
  chdir(path: string): void;
  /** Largest number of open files the process may have, and raises the soft limit where it can. */
  openFilesLimit(): number;
  /** Cryptographically random bytes. */
  randomBytes(length: number): Uint8Array;
  /** Blocks the whole thread (DEBUG SLEEP). */
  sleepSync(ms: number): void;
  /** Ends the process at once. */
  exit(code: number): never;
}
