/**
 * Error numbers of Linux: names, C library texts, and turning whatever a
 * runtime throws into an {@link IoError}.
 *
 * DESIGN. Both runtimes put the errno name in `error.code` for most calls and
 * the number in the message for some ("(os error 28)"); the text always comes
 * from this table, because logs and replies quote `strerror`.
 */

import { IoError } from "./types.ts";

/** Number, name and text of each errno that files, sockets, pipes and processes can produce. */
const TABLE: readonly (readonly [number, string, string])[] = [
  [1, "EPERM", "Operation not permitted"],
  [2, "ENOENT", "No such file or directory"],
  [3, "ESRCH", "No such process"],
  [4, "EINTR", "Interrupted system call"],
  [5, "EIO", "Input/output error"],
  [6, "ENXIO", "No such device or address"],
  [7, "E2BIG", "Argument list too long"],
  [8, "ENOEXEC", "Exec format error"],
  [9, "EBADF", "Bad file descriptor"],
  [10, "ECHILD", "No child processes"],
  [11, "EAGAIN", "Resource temporarily unavailable"],
  [12, "ENOMEM", "Cannot allocate memory"],
  [13, "EACCES", "Permission denied"],
  [14, "EFAULT", "Bad address"],
  [16, "EBUSY", "Device or resource busy"],
  [17, "EEXIST", "File exists"],
  [18, "EXDEV", "Invalid cross-device link"],
  [19, "ENODEV", "No such device"],
  [20, "ENOTDIR", "Not a directory"],
  [21, "EISDIR", "Is a directory"],
  [22, "EINVAL", "Invalid argument"],
  [23, "ENFILE", "Too many open files in system"],
  [24, "EMFILE", "Too many open files"],
  [26, "ETXTBSY", "Text file busy"],
  [27, "EFBIG", "File too large"],
  [28, "ENOSPC", "No space left on device"],
  [29, "ESPIPE", "Illegal seek"],
  [30, "EROFS", "Read-only file system"],
  [31, "EMLINK", "Too many links"],
  [32, "EPIPE", "Broken pipe"],
  [36, "ENAMETOOLONG", "File name too long"],
  [37, "ENOLCK", "No locks available"],
  [38, "ENOSYS", "Function not implemented"],
  [39, "ENOTEMPTY", "Directory not empty"],
  [40, "ELOOP", "Too many levels of symbolic links"],
  [75, "EOVERFLOW", "Value too large for defined data type"],
  [88, "ENOTSOCK", "Socket operation on non-socket"],
  [92, "ENOPROTOOPT", "Protocol not available"],
  [93, "EPROTONOSUPPORT", "Protocol not supported"],
  [95, "EOPNOTSUPP", "Operation not supported"],
  [97, "EAFNOSUPPORT", "Address family not supported by protocol"],
  [98, "EADDRINUSE", "Address already in use"],
  [99, "EADDRNOTAVAIL", "Cannot assign requested address"],
  [100, "ENETDOWN", "Network is down"],
  [101, "ENETUNREACH", "Network is unreachable"],
  [103, "ECONNABORTED", "Software caused connection abort"],
  [104, "ECONNRESET", "Connection reset by peer"],
  [105, "ENOBUFS", "No buffer space available"],
  [107, "ENOTCONN", "Transport endpoint is not connected"],
  [110, "ETIMEDOUT", "Connection timed out"],
  [111, "ECONNREFUSED", "Connection refused"],
  [113, "EHOSTUNREACH", "No route to host"],
  [116, "ESTALE", "Stale file handle"],
  [122, "EDQUOT", "Disk quota exceeded"],
];

const TEXT_BY_NAME = new Map<string, string>();
const NAME_BY_NUMBER = new Map<number, string>();
for (const [number, name, text] of TABLE) {
  TEXT_BY_NAME.set(name, text);
  NAME_BY_NUMBER.set(number, name);
}
// The resolver's failures have no errno: names as the getaddrinfo of both runtimes' world uses them.
TEXT_BY_NAME.set("ENOTFOUND", "Name or service not known");

/** Error classes of Deno that are thrown without a code in places. */
const NAME_BY_CLASS: Readonly<Record<string, string>> = {
  NotFound: "ENOENT",
  PermissionDenied: "EACCES",
  NotCapable: "EACCES",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  ConnectionAborted: "ECONNABORTED",
  NotConnected: "ENOTCONN",
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  BrokenPipe: "EPIPE",
  AlreadyExists: "EEXIST",
  TimedOut: "ETIMEDOUT",
  Interrupted: "EINTR",
  WouldBlock: "EAGAIN",
  IsADirectory: "EISDIR",
  NotADirectory: "ENOTDIR",
  FilesystemLoop: "ELOOP",
  BadResource: "EBADF",
};

/**
 * An {@link IoError} for an errno name.
 * @param code such as `ENOSPC`; a name not in the table keeps its name and gets the text "Unknown error"
 */
export function ioErrorOf(code: string, syscall: string): IoError {
  return new IoError(code, TEXT_BY_NAME.get(code) ?? "Unknown error", syscall);
}

/** An {@link IoError} for an errno number; a number not in the table is shown as C does, `Unknown error 999`. */
export function ioErrorOfNumber(errno: number, syscall: string): IoError {
  const name = NAME_BY_NUMBER.get(errno);
  return name === undefined
    ? new IoError("EIO", `Unknown error ${errno}`, syscall)
    : ioErrorOf(name, syscall);
}

/**
 * Turns anything a runtime threw into an {@link IoError}; one that already is comes back unchanged.
 * @param syscall what was tried, for the message, such as `open /tmp/x`
 */
export function toIoError(error: unknown, syscall: string): IoError {
  if (error instanceof IoError) return error;
  const { code, message, name } = error as { code?: unknown; message?: unknown; name?: unknown };
  if (typeof code === "string" && TEXT_BY_NAME.has(code)) return ioErrorOf(code, syscall);
  const text = typeof message === "string" ? message : String(error);
  const number = /\(os error (\d+)\)/.exec(text);
  if (number !== null) return ioErrorOfNumber(Number(number[1]), syscall);
  if (text.includes("failed to lookup address")) return ioErrorOf("ENOTFOUND", syscall);
  const named = /^(E[A-Z0-9]+)\b/.exec(text);
  if (named !== null && TEXT_BY_NAME.has(named[1])) return ioErrorOf(named[1], syscall);
  if (typeof name === "string" && Object.hasOwn(NAME_BY_CLASS, name)) {
    return ioErrorOf(NAME_BY_CLASS[name], syscall);
  }
  return new IoError("EIO", TEXT_BY_NAME.get("EIO")!, `${syscall} (${text})`);
}
