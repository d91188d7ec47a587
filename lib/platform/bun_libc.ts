/**
 * The few C library calls that Bun has no function for, through its built-in
 * foreign function interface (present in compiled executables too).
 *
 * DESIGN. Opened on first use: binding costs a fifth of a millisecond, which
 * a cold start that takes no lock does not pay.
 */

/** flock(2): exclusive. */
export const LOCK_EX = 2;
/** flock(2): fail instead of waiting. */
export const LOCK_NB = 4;

interface Symbols {
  flock(fd: number, operation: number): number;
  __errno_location(): number;
}

declare const Bun: {
  FFI: {
    dlopen(
      path: string,
      symbols: Record<string, { args: readonly string[]; returns: string }>,
    ): { symbols: Symbols };
    read: { i32(pointer: number): number };
  };
};

/** The bound calls. */
export interface Libc {
  flock(fd: number, operation: number): number;
  /** The errno of the call just before. */
  errno(): number;
}

let bound: Libc | undefined;

/** Binds the C library on first use: glibc's name, then musl's. @throws when neither is there */
export function libc(): Libc {
  if (bound !== undefined) return bound;
  const symbols = open();
  bound = {
    flock: symbols.flock,
    errno: () => Bun.FFI.read.i32(symbols.__errno_location()),
  };
  return bound;
}

function open(): Symbols {
  const wanted = {
    flock: { args: ["int", "int"], returns: "int" },
    __errno_location: { args: [], returns: "ptr" },
  };
  try {
    return Bun.FFI.dlopen("libc.so.6", wanted).symbols;
  } catch {
    return Bun.FFI.dlopen("libc.so", wanted).symbols;
  }
}
