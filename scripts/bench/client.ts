/**
 * A control connection: one command at a time, replies as strings.
 */
import { encodeCommand, parseReply, type Reply, ReplyError } from "./resp.ts";

/** A TCP connection without Nagle's delay. */
export async function connect(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  return conn;
}

/** Writes all of `bytes`. */
export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += await conn.write(at === 0 ? bytes : bytes.subarray(at));
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Fails with `what` when `work` takes longer than `ms`; `work` itself goes on. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Timed out after ${ms / 1000} s: ${what}`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** How long any one control command may take, in ms. */
const COMMAND_TIMEOUT_MS = 120_000;

/** One connection that sends a command and awaits its reply. */
export class Client {
  #conn: Deno.TcpConn;
  #pending = new Uint8Array(0);
  #chunk = new Uint8Array(64 * 1024);

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Connects to `port` of this machine. */
  static async open(port: number): Promise<Client> {
    return new Client(await connect(port));
  }

  /** Sends one command and returns its reply, an error reply too. */
  async try(...argv: string[]): Promise<Reply> {
    await writeAll(this.#conn, encodeCommand(argv));
    return await within(COMMAND_TIMEOUT_MS, argv.join(" "), this.#read());
  }

  /** Sends one command. @throws Error when the reply is an error. */
  async command(...argv: string[]): Promise<Reply> {
    const reply = await this.try(...argv);
    if (reply instanceof ReplyError) throw new Error(`${argv.join(" ")} was answered: ${reply.message}`);
    return reply;
  }

  /** The fields of INFO's `section`; empty when the server has no INFO. */
  async info(section: string): Promise<Map<string, string>> {
    const reply = await this.try("INFO", section);
    const fields = new Map<string, string>();
    if (typeof reply !== "string") return fields;
    for (const line of reply.split("\r\n")) {
      const colon = line.indexOf(":");
      if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1));
    }
    return fields;
  }

  /** Closes the connection. */
  close(): void {
    this.#conn.close();
  }

  async #read(): Promise<Reply> {
    for (;;) {
      const parsed = parseReply(this.#pending);
      if (parsed !== null) {
        this.#pending = this.#pending.slice(parsed.end);
        return parsed.reply;
      }
      const count = await this.#conn.read(this.#chunk);
      if (count === null) throw new Error("The server closed a control connection");
      const joined = new Uint8Array(this.#pending.length + count);
      joined.set(this.#pending);
      joined.set(this.#chunk.subarray(0, count), this.#pending.length);
      this.#pending = joined;
    }
  }
}
