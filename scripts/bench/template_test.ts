import { ok, strictEqual, throws } from "node:assert/strict";
import { BENCH_COMMANDS, benchCommand, requiredCommands } from "./commands.ts";
import { CommandBatch, Random } from "./template.ts";
import { ReplyCounter } from "./resp.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("CommandBatch counts up with 16-byte keys", () => {
  const batch = new CommandBatch(["SET", "key:__seq__", "v"], 2);
  batch.fillSequence(999_999_999_998, 2);
  strictEqual(
    text(batch.bytes),
    "*3\r\n$3\r\nSET\r\n$16\r\nkey:999999999998\r\n$1\r\nv\r\n" +
      "*3\r\n$3\r\nSET\r\n$16\r\nkey:999999999999\r\n$1\r\nv\r\n",
  );
});

Deno.test("CommandBatch fills every gap with its own random number below the range", () => {
  const batch = new CommandBatch(benchCommand("mset").argv, 3);
  batch.fillRandom(new Random(42), 1000);
  const keys = text(batch.bytes).match(/key:\d{12}/g) ?? [];
  strictEqual(keys.length, 30);
  ok(new Set(keys).size > 20);
  ok(keys.every((key) => Number(key.slice(4)) < 1000));
});

Deno.test("CommandBatch sends inline PING as it is", () => {
  strictEqual(text(new CommandBatch(null, 2).bytes), "PING\r\nPING\r\n");
});

Deno.test("every command of the list encodes to whole RESP arrays", () => {
  for (const one of BENCH_COMMANDS) {
    if (one.argv === null) continue;
    const batch = new CommandBatch(one.argv, 5);
    batch.fillRandom(new Random(7), 1_000_000);
    const counter = new ReplyCounter();
    counter.feed(batch.bytes, 0, batch.bytes.length);
    strictEqual(counter.replies, 5, one.name);
    ok(!text(batch.bytes).includes("__"), one.name);
  }
});

Deno.test("Random covers its range evenly enough", () => {
  const random = new Random(1);
  const hits = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) hits[random.below(10)]++;
  ok(hits.every((count) => count > 800 && count < 1200), hits.join(" "));
});

Deno.test("benchCommand knows the list and requiredCommands adds the fill's", () => {
  strictEqual(benchCommand("LPOP").name, "lpop");
  strictEqual(requiredCommands(benchCommand("spop")).join(), "SPOP,SADD");
  strictEqual(requiredCommands(benchCommand("ping_inline")).join(), "PING");
  throws(() => benchCommand("frobnicate"), /no such command/);
});
