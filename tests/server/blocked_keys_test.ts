/** Clients that wait for keys: whom a key wakes, and when nobody is woken. */

import assert from "node:assert/strict";
import { ServerWorld } from "../support/server_world.ts";

const NONE = "appendonly no";

Deno.test("blocked keys: of many clients that wait, one element makes one be looked at", async () => {
  const world = await new ServerWorld([NONE]).start();
  const waiting = Array.from({ length: 200 }, () => world.connect());
  for (const conn of waiting) assert.equal(conn.ask("BLPOP list 0"), "");
  const { ks } = world.server;
  const { find } = ks;
  let looks = 0;
  ks.find = (...args) => {
    looks++;
    return find.apply(ks, args);
  };
  const pusher = world.connect();
  for (let i = 0; i < 100; i++) {
    assert.equal(pusher.ask(`RPUSH list item:${i}`), ":1\r\n");
    assert.equal(waiting[i].take(), `*2\r\n$4\r\nlist\r\n$${`item:${i}`.length}\r\nitem:${i}\r\n`);
  }
  assert.ok(looks <= 500, `${looks} look-ups for 100 clients that were served`);
  assert.equal(pusher.ask("RPUSH list a b c", "EXISTS list"), ":3\r\n:0\r\n");
  assert.deepEqual(waiting.slice(100, 104).map((conn) => conn.take().slice(-3)), [
    "a\r\n",
    "b\r\n",
    "c\r\n",
    "",
  ]);
});

Deno.test("blocked keys: clients that wait for another type do not stand in the way", async () => {
  const world = await new ServerWorld([NONE]).start();
  const [first, second, third] = [world.connect(), world.connect(), world.connect()];
  first.ask("BZPOPMIN key 0");
  second.ask("BLPOP key 0");
  third.ask("BZPOPMIN key 0");
  const other = world.connect();
  other.ask("RPUSH key item");
  assert.deepEqual([first.take(), second.take(), third.take()], [
    "",
    "*2\r\n$3\r\nkey\r\n$4\r\nitem\r\n",
    "",
  ]);
  other.ask("ZADD key 1 a 2 b");
  assert.match(first.take(), /a\r\n/);
  assert.match(third.take(), /b\r\n/);
});

Deno.test("blocked keys: a list that comes and goes while the AOF is loaded wakes nobody", async () => {
  const world = await new ServerWorld().start();
  const waiting = world.connect();
  const other = world.connect();
  other.ask("RPUSH list old", "DEL list");
  assert.equal(waiting.ask("BLPOP list 0"), "");
  const { loader } = world.server.persistence;
  loader.active = true;
  const { ks } = world.server;
  const key = new TextEncoder().encode("list");
  const db = ks.databases[0];
  const ref = ks.create(db, key, 0, key.length, 1);
  ks.lists.pushTail(ref, key, 0, key.length);
  ks.close(db, ref, true);
  assert.match(other.ask("PING"), /^-LOADING/);
  assert.equal(waiting.take(), "");
  loader.active = false;
  assert.equal(other.ask("PING"), "+PONG\r\n");
  assert.equal(waiting.take(), "*2\r\n$4\r\nlist\r\n$4\r\nlist\r\n");
});
