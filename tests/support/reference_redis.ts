/**
 * A real Redis 7.2 to compare with: found, started on a socket of its own, and asked over raw RESP.
 *
 * Replies keep what the protocol says about their kind, because a set sent as an array is a difference.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A reply as the wire has it; maps are lists of pairs, text is latin1. */
export type Reply =
  | { kind: "status" | "error" | "bulk"; text: string }
  | { kind: "integer"; value: number }
  | { kind: "nil" }
  | { kind: "array" | "set"; items: Reply[] }
  | { kind: "map"; pairs: [Reply, Reply][] };

/**
 * The path of a redis-server 7.2, or undefined: `VELLUM_REF_REDIS`, else what is on the PATH under its name or
 * with its version in the name.
 */
export function findReferenceRedis(): string | undefined {
  for (const path of [process.env.VELLUM_REF_REDIS, "redis-server-7.2", "redis-server"]) {
    if (path === undefined || path === "") continue;
    const { stdout } = spawnSync(path, ["--version"], { encoding: "latin1" });
    if (/ v=7\.2\./.test(stdout ?? "")) return path;
  }
  return undefined;
}

/** Reads one reply of a text at an offset. @returns the reply and where the next begins; undefined if cut short. */
export function parseReply(text: string, at = 0): [Reply, number] | undefined {
  const eol = text.indexOf("\r\n", at);
  if (eol < 0) return undefined;
  const type = text[at], head = text.slice(at + 1, eol), next = eol + 2;
  if (type === "+") return [{ kind: "status", text: head }, next];
  if (type === "-") return [{ kind: "error", text: head }, next];
  if (type === ":") return [{ kind: "integer", value: Number(head) }, next];
  if (type === "_") return [{ kind: "nil" }, next];
  const length = Number(head);
  if (length === -1) return [{ kind: "nil" }, next];
  if (type === "$") {
    if (text.length < next + length + 2) return undefined;
    return [{ kind: "bulk", text: text.slice(next, next + length) }, next + length + 2];
  }
  if (type !== "*" && type !== "~" && type !== "%") {
    throw new Error(`Cannot parse reply: it starts with ${type}`);
  }
  const items: Reply[] = [];
  let end = next;
  for (let i = type === "%" ? length * 2 : length; i > 0; i--) {
    const item = parseReply(text, end);
    if (item === undefined) return undefined;
    items.push(item[0]);
    end = item[1];
  }
  if (type !== "%") return [{ kind: type === "*" ? "array" : "set", items }, end];
  const pairs: [Reply, Reply][] = [];
  for (let i = 0; i < items.length; i += 2) pairs.push([items[i], items[i + 1]]);
  return [{ kind: "map", pairs }, end];
}

/** A running reference server with one connection to it. */
export class ReferenceRedis {
  readonly #dir: string;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  #received = "";
  #wake: () => void = () => {};

  private constructor(dir: string, child: ChildProcess, socket: Socket) {
    this.#dir = dir;
    this.#child = child;
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      this.#received += chunk;
      this.#wake();
    });
    socket.on("close", () => this.#wake());
  }

  /** Starts the server at that path, with more arguments, in a new directory and connects to it. */
  static async start(path: string, more: readonly string[] = []): Promise<ReferenceRedis> {
    const dir = mkdtempSync(join(tmpdir(), "vellum-reference-"));
    const socketPath = join(dir, "redis.sock");
    const args = ["--port", "0", "--unixsocket", socketPath, "--dir", dir, "--save", "", ...more];
    const child = spawn(path, args, { stdio: "ignore" });
    for (let tries = 0; tries < 200; tries++) {
      const socket = await tryConnect(socketPath);
      if (socket !== undefined) return new ReferenceRedis(dir, child, socket);
      await new Promise((done) => setTimeout(done, 25));
    }
    child.kill("SIGKILL");
    throw new Error(`Cannot start reference server: ${path} does not answer`);
  }

  /** Sends a command and waits for its reply. */
  async ask(...args: string[]): Promise<Reply> {
    let line = `*${args.length}\r\n`;
    for (const arg of args) line += `$${arg.length}\r\n${arg}\r\n`;
    this.#socket.write(line, "latin1");
    for (;;) {
      const parsed = parseReply(this.#received);
      if (parsed !== undefined) {
        this.#received = this.#received.slice(parsed[1]);
        return parsed[0];
      }
      if (this.#socket.destroyed) {
        throw new Error("Cannot read reply: the reference server closed the connection");
      }
      await new Promise<void>((done) => this.#wake = done);
    }
  }

  /** Ends the server and removes its directory. */
  async stop(): Promise<void> {
    const gone = new Promise((done) => this.#child.once("exit", done));
    const closed = new Promise((done) => this.#socket.once("close", done));
    this.#socket.destroy();
    this.#child.kill("SIGKILL");
    await Promise.all([gone, closed]);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once("connect", () => done(socket));
    socket.once("error", () => done(undefined));
  });
}
