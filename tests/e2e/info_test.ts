/** INFO: its sections, and that the figures are true. */

import assert from "node:assert/strict";
import { type Client, eventually } from "../support/client.ts";
import { info } from "../support/info.ts";
import { textOf } from "../support/resp.ts";
import { TestServer } from "../support/server.ts";

async function sections(client: Client, ...names: string[]): Promise<string[]> {
  const text = textOf(await client.command("INFO", ...names));
  return text.split("\r\n").filter((line) => line.startsWith("# ")).map((line) => line.slice(2));
}

async function number(client: Client, section: string, name: string): Promise<number> {
  const value = (await info(client, section)).get(name);
  assert.notEqual(value, undefined, `INFO ${section} has no field ${name}`);
  return Number(value);
}

const USUAL = [
  ...["Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules"],
  ...["Errorstats", "Cluster", "Keyspace"],
];

Deno.test("info: sections are chosen by name, in any case, several at once", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const all = [...USUAL.slice(0, 8), "Commandstats", "Errorstats", "Latencystats", "Cluster", "Keyspace"];
  assert.deepEqual(await sections(client), USUAL);
  assert.deepEqual(await sections(client, "default"), USUAL);
  assert.deepEqual(await sections(client, "all"), all);
  assert.deepEqual(await sections(client, "EVERYTHING"), all);
  assert.deepEqual(await sections(client, "keyspace", "SERVER", "keyspace"), ["Server", "Keyspace"]);
  assert.deepEqual(await sections(client, "default", "commandstats"), [
    ...USUAL.slice(0, 8),
    "Commandstats",
    ...USUAL.slice(8),
  ]);
  assert.equal(await client.ask("INFO nosuch"), "$");
  assert.deepEqual(await sections(client, "nosuch", "cpu"), ["CPU"]);
});

Deno.test("info: sections are divided by an empty line, and RESP3 gets verbatim text", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  assert.match(
    textOf(await client.command("INFO", "cluster", "keyspace")),
    /^# Cluster\r\n.*\r\n\r\n# Keyspace\r\n$/,
  );
  await client.ask("HELLO 3");
  const reply = await client.command("INFO", "cluster");
  assert.deepEqual(reply, { type: "verbatim", format: "txt", text: "# Cluster\r\ncluster_enabled:0\r\n" });
});

Deno.test("info: what clients look for is there", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const fields = await info(client);
  assert.equal(fields.get("redis_version"), "7.2.6");
  assert.equal(fields.get("redis_mode"), "standalone");
  assert.equal(fields.get("process_id"), String(server.pid));
  assert.equal(fields.get("tcp_port"), String(server.port));
  assert.equal(fields.get("role"), "master");
  assert.equal(fields.get("loading"), "0");
  assert.equal(fields.get("maxmemory_policy"), "noeviction");
  assert.equal(fields.get("rdb_last_bgsave_status"), "ok");
  assert.equal(fields.get("aof_enabled"), "1");
  assert.equal(fields.get("config_file"), "");
  assert.match(fields.get("run_id")!, /^[0-9a-f]{40}$/);
  assert.match(fields.get("vellum_version")!, /^\d+\.\d+\.\d+/);
  assert.match(fields.get("listener0")!, new RegExp(`^name=tcp,bind=.*,port=${server.port}$`));
  assert.equal(fields.has("valkey_version") || fields.has("dragonfly_version"), false);
});

Deno.test("info: keys, hits, misses, expired ones and bytes are counted", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.ask("SET a 1");
  await client.ask("SET b 2 PX 100000");
  await client.ask("SELECT 3");
  await client.ask("SET c 3 PX 1");
  await client.ask("GET nothing");
  await client.ask("SELECT 0");
  await client.ask("GET a");
  await client.ask("GET a");
  await eventually(
    "the key expires by itself",
    async () => await number(client, "stats", "expired_keys") === 1,
  );
  const fields = await info(client);
  assert.match(fields.get("db0")!, /^keys=2,expires=1,avg_ttl=\d+$/);
  assert.equal(fields.has("db3"), false);
  assert.equal(fields.get("keyspace_hits"), "2");
  assert.equal(fields.get("keyspace_misses"), "1");
  assert.ok(Number(fields.get("total_net_input_bytes")) > 100);
  assert.ok(Number(fields.get("total_net_output_bytes")) > 1000);
  assert.ok(Number(fields.get("eventloop_cycles")) > 0);
  assert.equal(fields.get("rdb_changes_since_last_save"), "3");
});

Deno.test("info: used_memory follows the data set and comes back", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const before = await number(client, "memory", "used_memory_dataset");
  const value = "x".repeat(1000);
  await client.pipeline(Array.from({ length: 1000 }, (_, i) => ["SET", `key:${i}`, value]));
  const during = await number(client, "memory", "used_memory_dataset");
  assert.ok(during - before > 1_000_000 && during - before < 1_300_000, `${during - before} bytes`);
  const peak = await number(client, "memory", "used_memory_peak");
  assert.ok(peak >= during);
  await client.ask("FLUSHALL");
  const fields = await info(client, "memory");
  assert.ok(Number(fields.get("used_memory_dataset")) <= before + 1000);
  assert.ok(Number(fields.get("used_memory_peak")) >= peak);
  assert.ok(Number(fields.get("used_memory_rss")) > Number(fields.get("used_memory")));
  await eventually(
    "the flushed keys are freed",
    async () => await number(client, "memory", "lazyfreed_objects") === 1000,
  );
});

Deno.test("info: commands, failures and errors are counted until CONFIG RESETSTAT", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await client.ask("SET k text");
  await client.ask("GET k");
  await client.ask("GET k");
  await client.ask("INCR k");
  await client.ask("GET");
  await client.ask("NOSUCH");
  const fields = await info(client);
  assert.match(
    fields.get("cmdstat_get")!,
    /^calls=2,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=0$/,
  );
  assert.match(fields.get("cmdstat_incr")!, /^calls=1,.*,rejected_calls=0,failed_calls=1$/);
  assert.match(
    fields.get("latency_percentiles_usec_get")!,
    /^p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}$/,
  );
  assert.equal(fields.get("errorstat_ERR"), "count=3");
  assert.equal(fields.get("total_error_replies"), "3");
  assert.equal(await client.ask("CONFIG RESETSTAT"), "+OK");
  const reset = await info(client);
  assert.equal(reset.has("cmdstat_get"), false);
  assert.equal(reset.has("errorstat_ERR"), false);
  assert.match(reset.get("cmdstat_config|resetstat")!, /^calls=1,/);
  assert.equal(reset.get("total_error_replies"), "0");
  assert.equal(reset.get("total_commands_processed"), "1");
});

Deno.test("info: rates rise under load and fall to nothing", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  await eventually("the rate rises", async () => {
    await client.pipeline(Array.from({ length: 500 }, () => ["PING"]));
    return await number(client, "stats", "instantaneous_ops_per_sec") > 100;
  });
  assert.ok(Number((await info(client, "stats")).get("instantaneous_input_kbps")) > 0);
  await eventually("the rate falls", async () => {
    await new Promise((done) => setTimeout(done, 200));
    return await number(client, "stats", "instantaneous_ops_per_sec") < 20;
  });
});

Deno.test("info: a command that waited and ends with an error has failed", async () => {
  await using server = await TestServer.start();
  const client = await server.connect();
  const waiting = await server.connect();
  const id = (await waiting.ask("CLIENT ID")).slice(1);
  for (const [how, failed] of [["ERROR", 1], ["TIMEOUT", 0]] as const) {
    assert.equal(await client.ask("CONFIG RESETSTAT"), "+OK");
    const reply = waiting.ask("BLPOP list 0");
    await eventually("it waits", async () => await number(client, "clients", "blocked_clients") === 1);
    assert.equal(await client.ask(`CLIENT UNBLOCK ${id} ${how}`), ":1");
    assert.equal((await reply).startsWith("-UNBLOCKED"), failed === 1);
    const fields = await info(client, "commandstats");
    assert.match(fields.get("cmdstat_blpop")!, new RegExp(`^calls=1,.*,failed_calls=${failed}$`));
  }
});
