/**
 * The log: Redis' levels and line format, so that existing tools can read it.
 *
 * ```
 * 4711:M 20 Nov 2026 08:35:17.123 * Ready to accept connections tcp
 *  pid:role   local time         level  message
 * ```
 */

export const LOG_DEBUG = 0;
export const LOG_VERBOSE = 1;
export const LOG_NOTICE = 2;
export const LOG_WARNING = 3;
/** Above all levels: `loglevel nothing`. */
export const LOG_NOTHING = 4;

const MARKS = [".", "-", "*", "#"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Where lines go. */
export type LogSink = (line: string) => void;

/** Writes lines at or above a level. */
export class Log {
  level = LOG_NOTICE;
  sink: LogSink;
  readonly #pid: number;
  /** `M` for the server, `C` for a child and for the time before serving. */
  role = "M";

  constructor(pid: number, sink: LogSink) {
    this.#pid = pid;
    this.sink = sink;
  }

  debug(message: string): void {
    this.write(LOG_DEBUG, message);
  }

  verbose(message: string): void {
    this.write(LOG_VERBOSE, message);
  }

  notice(message: string): void {
    this.write(LOG_NOTICE, message);
  }

  warning(message: string): void {
    this.write(LOG_WARNING, message);
  }

  write(level: number, message: string): void {
    if (level < this.level) return;
    this.sink(`${this.#pid}:${this.role} ${timestamp(new Date())} ${MARKS[level]} ${message}\n`);
  }
}

/** `20 Nov 2026 08:35:17.123`, in local time. */
export function timestamp(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = `${two(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
