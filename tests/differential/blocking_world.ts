/**
 * Many connections to both servers, of which some wait for keys: steps are taken one at a time, and what each
 * connection got, and who still waits, is compared after every step.
 *
 * DESIGN. A step ends when each server has either answered all of it or shows the connection as blocked in CLIENT
 * LIST, so nothing depends on how fast anybody is. A step of a connection that is blocked is left out, which makes
 * every part of a scenario a scenario.
 */

import { Client, eventually, sleep } from "../support/client.ts";
import { differences, readDataset } from "../support/dataset.ts";
import { encodeCommands, textOf } from "../support/resp.ts";
import { type TestServer } from "../support/server.ts";
import { type Command } from "./generator.ts";

/**
 * What one connection sends at once. `@UNBLOCK n [how]` is CLIENT UNBLOCK of connection n, `@CLOSE n` closes it and
 * opens another in its place.
 */
export interface Step {
  readonly client: number;
  readonly commands: readonly Command[];
}

/** How long a step may take, in ms. */
const STEP_MS = 10_000;
const PUMP_TIMEOUT_MS = 600_000;
/** Timeouts up to this, in s, are waited for. */
const SHORT_S = 0.05;

const FAILED = "FAILED:";

/** One connection: all that was sent and all that came. */
class Talker {
  readonly id: string;
  readonly replies: string[] = [];
  readonly #client: Client;
  /** Replies that are to come in all. */
  expected = 0;
  closed = false;

  private constructor(client: Client, id: string) {
    this.#client = client;
    this.id = id;
  }

  static async open(port: number, protocol: 2 | 3): Promise<Talker> {
    const client = await Client.connect({ port });
    client.timeoutMs = PUMP_TIMEOUT_MS;
    await client.command("HELLO", String(protocol));
    const talker = new Talker(client, textOf(await client.command("CLIENT", "ID")));
    talker.#pump();
    return talker;
  }

  async #pump(): Promise<void> {
    try {
      for (;;) this.replies.push(await this.#client.rawReply());
    } catch {
      this.closed = true;
    }
  }

  get isDone(): boolean {
    return this.closed || this.replies.length >= this.expected;
  }

  async send(commands: readonly Command[]): Promise<void> {
    this.expected += commands.length;
    await this.#client.send(encodeCommands(commands));
  }

  close(): void {
    this.#client.close();
  }
}

/** One server with its connections. */
class Side {
  readonly #port: number;
  readonly #control: Client;
  readonly #protocol: 2 | 3;
  readonly #talkers: Talker[] = [];

  private constructor(port: number, control: Client, protocol: 2 | 3) {
    this.#port = port;
    this.#control = control;
    this.#protocol = protocol;
  }

  static async open(server: TestServer, count: number, protocol: 2 | 3): Promise<Side> {
    const control = await Client.connect({ port: server.port });
    await control.command("FLUSHALL");
    const side = new Side(server.port, control, protocol);
    for (let i = 0; i < count; i++) side.#talkers.push(await Talker.open(server.port, protocol));
    return side;
  }

  close(): void {
    for (const talker of this.#talkers) talker.close();
    this.#control.close();
  }

  async #clientList(): Promise<string[]> {
    return textOf(await this.#control.command("CLIENT", "LIST")).split("\n");
  }

  /** Which connections wait for a key. */
  async blocked(): Promise<number[]> {
    const lines = await this.#clientList();
    const ids = lines.filter((line) => / flags=\w*b/.test(line)).map((line) => /^id=(\d+)/.exec(line)![1]);
    return [...this.#talkers.keys()].filter((i) => ids.includes(this.#talkers[i].id));
  }

  /** Takes a step, and waits until it and all that it sets going has come to rest. @returns what is to be compared */
  async take({ client, commands }: Step): Promise<string> {
    if ((await this.blocked()).includes(client)) return "(left out)";
    const talker = this.#talkers[client];
    await talker.send(await Promise.all(commands.map((command) => this.#translate(command))));
    const waits = commands.some(hasShortTimeout);
    let blocked: number[] = [];
    await eventually(`all connections rest after ${showStep({ client, commands })}`, async () => {
      await sleep(0);
      blocked = await this.blocked();
      // One that has just been served and has more to say is neither blocked nor done.
      return !(waits && blocked.includes(client)) &&
        this.#talkers.every((one, i) => blocked.includes(i) || one.isDone);
    }, STEP_MS);
    return `blocked ${(await this.blocked()).join()}; ${await this.#blockedCount()}\n${
      this.#transcript(blocked)
    }`;
  }

  async #translate(command: Command): Promise<Command> {
    const [name, which, ...rest] = command;
    if (name === "@UNBLOCK") return ["CLIENT", "UNBLOCK", this.#talkers[Number(which)].id, ...rest];
    if (name !== "@CLOSE") return command;
    const { id } = this.#talkers[Number(which)];
    this.#talkers[Number(which)].close();
    await eventually("the connection is gone", async () => {
      return !(await this.#clientList()).some((line) => line.startsWith(`id=${id} `));
    }, STEP_MS);
    this.#talkers[Number(which)] = await Talker.open(this.#port, this.#protocol);
    return ["PING"];
  }

  async #blockedCount(): Promise<string> {
    return /blocked_clients:\d+/.exec(textOf(await this.#control.command("INFO", "clients")))?.[0] ?? "";
  }

  /** What each connection that does not wait has been sent last. */
  #transcript(blocked: readonly number[]): string {
    return this.#talkers
      .map((one, i) => blocked.includes(i) ? `${i}: …` : `${i}: ${JSON.stringify(one.replies.slice(-12))}`)
      .join("\n");
  }

  /** Wakes everybody. @returns all that everybody got */
  async end(): Promise<string> {
    for (const i of await this.blocked()) {
      while ((await this.blocked()).includes(i)) {
        await this.#control.command("CLIENT", "UNBLOCK", this.#talkers[i].id);
      }
    }
    await eventually("all replies come", () => this.#talkers.every((one) => one.isDone), STEP_MS);
    return this.#talkers.map((one, i) => `${i}: ${JSON.stringify(one.replies)}`).join("\n");
  }
}

function hasShortTimeout(command: Command): boolean {
  if (!/^b/i.test(command[0])) return false;
  const text = /^b(l|z)mpop$/i.test(command[0]) ? command[1] : command[command.length - 1];
  return Number(text) > 0 && Number(text) <= SHORT_S;
}

/** Runs a scenario on both servers. @returns what differed first */
export async function runScenario(
  servers: readonly [TestServer, TestServer],
  steps: readonly Step[],
  protocol: 2 | 3,
): Promise<string | undefined> {
  const count = 1 + Math.max(0, ...steps.map(({ client }) => client));
  const sides = await Promise.all(servers.map((server) => Side.open(server, count, protocol)));
  try {
    for (const step of steps) {
      const [ours, theirs] = await Promise.all(sides.map((side) => attempt(() => side.take(step))));
      if (ours !== theirs || ours.startsWith(FAILED)) {
        return `${showStep(step)}\nours:   ${ours}\ntheirs: ${theirs}`;
      }
    }
    const [ours, theirs] = await Promise.all(sides.map((side) => attempt(() => side.end())));
    if (ours !== theirs || ours.startsWith(FAILED)) return `at the end\nours:   ${ours}\ntheirs: ${theirs}`;
  } finally {
    for (const side of sides) side.close();
  }
  const [a, b] = await Promise.all(servers.map(readAll));
  const lines = differences(a, b);
  return lines.length === 0 ? undefined : `data sets:\n${lines.join("\n")}`;
}

async function attempt(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    return `${FAILED} ${(error as Error).message}`;
  }
}

async function readAll(server: TestServer) {
  using client = await Client.connect({ port: server.port });
  return await readDataset(client);
}

/** What a server holds against what it held before a restart. @returns the differences */
export async function restartDifferences(server: TestServer): Promise<string[]> {
  const before = await readAll(server);
  await server.restart();
  return differences(await readAll(server), before);
}

/** A step in a line. */
export function showStep({ client, commands }: Step): string {
  return `${client}> ${
    commands.map((command) => command.map((arg) => arg === "" ? '""' : arg).join(" ")).join(" | ")
  }`;
}
