/**
 * Connections that change lists, hashes, sets and sorted sets without pause, each with a model of its own keys, for
 * tests that kill the server: what is left must be what the model held after some number of the commands sent.
 */

import { type Client } from "../support/client.ts";
import { type Random } from "../support/random.ts";
import { encodeCommands, itemsOf, type Reply, textOf, textsOf } from "../support/resp.ts";
import { type TestServer } from "../support/server.ts";

/** Keys of each type per writer: few, so that each is changed often. */
const KEYS = 3;
const MEMBERS = 40;
const LIST_LIMIT = 60;

type Command = readonly string[];

/** The keys of one writer as plain values. */
class Model {
  readonly lists = new Map<string, string[]>();
  readonly hashes = new Map<string, Map<string, string>>();
  readonly sets = new Map<string, Set<string>>();
  readonly zsets = new Map<string, Map<string, number>>();

  /** Does what the server does. */
  apply([name, key, ...args]: Command): void {
    const list = valueOf(this.lists, key, () => []);
    const hash = valueOf(this.hashes, key, () => new Map<string, string>());
    const set = valueOf(this.sets, key, () => new Set<string>());
    const zset = valueOf(this.zsets, key, () => new Map<string, number>());
    switch (name) {
      case "RPUSH":
        return void list.push(...args);
      case "LPUSH":
        return void list.unshift(...args.toReversed());
      case "LPOP":
        return void list.splice(0, Number(args[0]));
      case "LTRIM":
        return void list.splice(Number(args[1]) + 1);
      case "LREM":
        return void this.lists.set(key, list.filter((item) => item !== args[1]));
      case "HSET":
        for (let i = 0; i < args.length; i += 2) hash.set(args[i], args[i + 1]);
        return;
      case "HDEL":
        return void args.forEach((field) => hash.delete(field));
      case "HINCRBY":
        return void hash.set(args[0], String(Number(hash.get(args[0]) ?? 0) + Number(args[1])));
      case "SADD":
        return void args.forEach((member) => set.add(member));
      case "SREM":
        return void args.forEach((member) => set.delete(member));
      case "ZADD":
        for (let i = 0; i < args.length; i += 2) zset.set(args[i + 1], Number(args[i]));
        return;
      case "ZINCRBY":
        return void zset.set(args[1], (zset.get(args[1]) ?? 0) + Number(args[0]));
      case "ZREM":
        return void args.forEach((member) => zset.delete(member));
      case "DEL":
        list.length = 0;
        hash.clear();
        set.clear();
        return zset.clear();
      default:
        throw new Error(`Cannot model ${name}`);
    }
  }

  /** Everything as one comparable text. */
  text(name: string): string {
    const lines: string[] = [];
    for (let i = 0; i < KEYS; i++) {
      const { list, hash, set, zset } = keysOf(name, i);
      lines.push((this.lists.get(list) ?? []).join(" "));
      lines.push([...this.hashes.get(hash) ?? []].map((pair) => pair.join("=")).sort().join(" "));
      lines.push([...this.sets.get(set) ?? []].sort().join(" "));
      lines.push([...this.zsets.get(zset) ?? []].map((pair) => pair.join("@")).sort().join(" "));
    }
    return lines.join("\n");
  }
}

function valueOf<T>(values: Map<string, T>, key: string, make: () => T): T {
  let value = values.get(key);
  if (value === undefined) values.set(key, value = make());
  return value;
}

function keysOf(name: string, i: number): { list: string; hash: string; set: string; zset: string } {
  return { list: `${name}:l${i}`, hash: `${name}:h${i}`, set: `${name}:s${i}`, zset: `${name}:z${i}` };
}

/** A random command about the keys of a writer. */
function command(name: string, random: Random): Command {
  const keys = keysOf(name, random.below(KEYS));
  const item = (): string => {
    const text = `m${random.below(MEMBERS)}`;
    return random.chance(0.01) ? text.padEnd(6000, "x") : text;
  };
  const some = (): string[] => Array.from({ length: random.between(1, 6) }, item);
  const number = (): string => String(random.below(1000));
  return random.pick([
    () => ["RPUSH", keys.list, ...some()],
    () => ["LPUSH", keys.list, ...some()],
    () => ["LPOP", keys.list, String(random.between(1, 4))],
    () => ["LTRIM", keys.list, "0", String(LIST_LIMIT - 1)],
    () => ["LREM", keys.list, "0", item()],
    () => ["HSET", keys.hash, ...some().flatMap((field) => [field, item()])],
    () => ["HDEL", keys.hash, ...some()],
    () => ["HINCRBY", keys.hash, "counter", number()],
    () => ["SADD", keys.set, ...some()],
    () => ["SREM", keys.set, ...some()],
    () => ["ZADD", keys.zset, ...some().flatMap((member) => [number(), member])],
    () => ["ZINCRBY", keys.zset, number(), item()],
    () => ["ZREM", keys.zset, ...some()],
    () => random.chance(0.05) ? ["DEL", random.pick(Object.values(keys))] : ["SADD", keys.set, item()],
  ])();
}

/** One connection. */
class CollectionWriter {
  readonly name: string;
  /** What was there before the first of `sent`. */
  model = new Model();
  sent: Command[] = [];
  /** When the replies came; one per command that was acknowledged. */
  acknowledgedMs: number[] = [];
  error = "";
  done: Promise<void> = Promise.resolve();
  readonly #random: Random;
  readonly #depth: number;

  constructor(name: string, depth: number, random: Random) {
    this.name = name;
    this.#depth = depth;
    this.#random = random;
  }

  start(client: Client): void {
    this.done = this.#run(client);
  }

  async #run(client: Client): Promise<void> {
    try {
      for (;;) {
        const batch = Array.from({ length: this.#depth }, () => command(this.name, this.#random));
        this.sent.push(...batch);
        await client.send(encodeCommands(batch));
        for (let i = 0; i < batch.length; i++) {
          const reply = await client.reply();
          if (reply.type === "error") {
            this.error = `${batch[i].join(" ")}: ${reply.text}`;
            return;
          }
          this.acknowledgedMs.push(Date.now());
        }
      }
    } catch {
      // The server is gone: what was sent and not answered may or may not be there.
    }
  }

  /** What a server has of this writer's keys, as the model's text. */
  async found(client: Client): Promise<string> {
    const commands: string[][] = [];
    for (let i = 0; i < KEYS; i++) {
      const { list, hash, set, zset } = keysOf(this.name, i);
      commands.push(["LRANGE", list, "0", "-1"], ["HGETALL", hash], ["SMEMBERS", set]);
      commands.push(["ZRANGE", zset, "0", "-1", "WITHSCORES"]);
    }
    return (await client.pipeline(commands)).map((reply, i) => {
      if (i % 4 === 0) return textsOf(reply).join(" ");
      if (i % 4 === 2) return textsOf(reply).sort().join(" ");
      return pairsOf(reply, i % 4 === 1 ? "=" : "@").sort().join(" ");
    }).join("\n");
  }
}

function pairsOf(reply: Reply, between: string): string[] {
  const texts = itemsOf(reply).map(textOf);
  return Array.from({ length: texts.length / 2 }, (_, i) => `${texts[2 * i]}${between}${texts[2 * i + 1]}`);
}

/** Several of them; they go on after each kill with what was left. */
export class CollectionWriters {
  readonly #writers: CollectionWriter[];

  /** @param depths how many commands each has under way */
  constructor(depths: readonly number[], random: Random) {
    this.#writers = depths.map((depth, i) => new CollectionWriter(`w${i}`, depth, random));
  }

  async start(server: TestServer): Promise<void> {
    for (const writer of this.#writers) writer.start(await server.connect());
  }

  /** How many commands of each were acknowledged since the last look. */
  get acknowledged(): number[] {
    return this.#writers.map((writer) => writer.acknowledgedMs.length);
  }

  /** How many of each were acknowledged until then. */
  acknowledgedUntil(ms: number): number[] {
    return this.#writers.map((writer) => writer.acknowledgedMs.filter((at) => at <= ms).length);
  }

  /** Waits until each has lost its connection. @throws Error when a write was refused */
  async broken(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.done));
    for (const { error } of this.#writers) if (error !== "") throw new Error(`A write was refused: ${error}`);
  }

  /**
   * Compares what is there with the models, which go on from what was found.
   * @param least of each writer, how many commands must be there
   * @returns one line for each writer whose keys are as they never were, or older
   */
  async losses(client: Client, least: readonly number[]): Promise<string[]> {
    const lines: string[] = [];
    for (const [i, writer] of this.#writers.entries()) {
      const found = await writer.found(client);
      const { model, name, sent } = writer;
      let count = 0;
      for (; count < least[i]; count++) model.apply(sent[count]);
      while (model.text(name) !== found && count < sent.length) model.apply(sent[count++]);
      if (model.text(name) !== found) {
        lines.push(
          `${name}: ${least[i]} of ${sent.length} commands must be there; found\n${found.slice(0, 3000)}`,
        );
      }
      writer.sent = [];
      writer.acknowledgedMs = [];
    }
    return lines;
  }
}
