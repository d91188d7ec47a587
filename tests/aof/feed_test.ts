/** docs/AOF.md §1: what is fed where: SELECT, units, annotations, the diff. */

import assert from "node:assert/strict";
import { AOF_OFF, AOF_ON, AOF_WAIT_REWRITE } from "../../lib/aof/aof.ts";
import { FLUSH_WRITTEN } from "../../lib/aof/flush.ts";
import { APPENDFSYNC_ALWAYS, APPENDFSYNC_EVERYSEC, APPENDFSYNC_NO } from "../../lib/config/enums.ts";
import { FSYNC_ALWAYS, FSYNC_EVERYSEC, FSYNC_NO } from "../../lib/aof/settings.ts";
import { latin1 } from "../../lib/base/ascii.ts";
import { AofWorld, request } from "../support/aof_world.ts";

const text = (...args: string[]): string => latin1(request(...args), 0, request(...args).length);

class Diff {
  text = "";
  append(buf: Uint8Array, start: number, end: number): void {
    this.text += latin1(buf, start, end);
  }
}

Deno.test("settings: the fsync numbers are the configuration's", () => {
  assert.deepEqual(
    [FSYNC_NO, FSYNC_ALWAYS, FSYNC_EVERYSEC],
    [APPENDFSYNC_NO, APPENDFSYNC_ALWAYS, APPENDFSYNC_EVERYSEC],
  );
});

Deno.test("feed §1: SELECT before the first command, and whenever the database changes", () => {
  const world = new AofWorld().start();
  world.set("a", "1");
  world.set("b", "2");
  world.set("c", "3", 12);
  world.set("d", "4", 0);
  assert.equal(world.aof.flush(false), FLUSH_WRITTEN);
  assert.equal(
    world.text(),
    text("SELECT", "0") + text("SET", "a", "1") + text("SET", "b", "2") +
      text("SELECT", "12") + text("SET", "c", "3") + text("SELECT", "0") + text("SET", "d", "4"),
  );
  assert.equal(world.aof.fedOffset, world.text().length);
  assert.equal(world.aof.writtenOffset, world.text().length);
  assert.equal(world.aof.currentSize, world.text().length);
});

Deno.test("feed §1: only the range of the buffer that is given", () => {
  const world = new AofWorld().start();
  const bytes = request("SET", "k", "v");
  const padded = new Uint8Array(bytes.length + 20).fill(33);
  padded.set(bytes, 7);
  world.aof.feed(0, padded, 7, 7 + bytes.length);
  world.aof.flush(false);
  assert.equal(world.text(), text("SELECT", "0") + text("SET", "k", "v"));
});

Deno.test("feed §1: in a unit SELECT follows MULTI, and the database stays selected after EXEC", () => {
  const world = new AofWorld().start();
  world.aof.feedMulti();
  world.set("a", "1", 3);
  world.set("b", "1", 4);
  world.aof.feedExec();
  world.set("c", "1", 4);
  world.aof.flush(false);
  assert.equal(
    world.text(),
    text("MULTI") + text("SELECT", "3") + text("SET", "a", "1") + text("SELECT", "4") +
      text("SET", "b", "1") + text("EXEC") + text("SET", "c", "1"),
  );
});

Deno.test("feed §1: nothing while off, or suspended by a load", () => {
  const world = new AofWorld();
  assert.equal(world.aof.wantsFeed, false);
  world.set("a", "1");
  world.aof.feedMulti();
  world.aof.feedExec();
  assert.equal(world.aof.fedOffset, 0);
  world.start();
  assert.equal(world.aof.wantsFeed, true);
  world.aof.suspended = true;
  assert.equal(world.aof.wantsFeed, false);
  world.set("a", "1");
  world.aof.suspended = false;
  assert.equal(world.aof.bufferLength, 0);
  assert.equal(world.aof.wantsFeed, true);
});

Deno.test("feed §7: aof-timestamp-enabled puts #TS before SELECT, once a second, never inside a unit", () => {
  const world = new AofWorld({ timestamps: true }).start();
  world.set("a", "1");
  world.set("b", "1");
  world.pass(1);
  world.aof.feedMulti();
  world.pass(1);
  world.set("c", "1");
  world.aof.feedExec();
  world.set("d", "1", 1);
  world.nowMs -= 60_000;
  world.set("e", "1", 1);
  world.aof.flush(false);
  assert.equal(
    world.text(),
    "#TS:1700000000\r\n" + text("SELECT", "0") + text("SET", "a", "1") + text("SET", "b", "1") +
      "#TS:1700000001\r\n" + text("MULTI") + text("SET", "c", "1") + text("EXEC") +
      "#TS:1700000002\r\n" + text("SELECT", "1") + text("SET", "d", "1") + text("SET", "e", "1"),
  );
});

Deno.test("feed §1: while a rewrite runs the diff gets the same bytes, starting with a SELECT", () => {
  const world = new AofWorld().start();
  world.set("a", "1");
  const diff = new Diff();
  world.aof.diff = diff;
  world.aof.resetSelectedDb();
  world.set("b", "1");
  world.aof.diff = null;
  world.set("c", "1");
  world.aof.flush(false);
  assert.equal(diff.text, text("SELECT", "0") + text("SET", "b", "1"));
  assert.equal(
    world.text(),
    text("SELECT", "0") + text("SET", "a", "1") + text("SELECT", "0") + text("SET", "b", "1") +
      text("SET", "c", "1"),
  );
});

Deno.test("feed §1: WAIT_REWRITE feeds the diff only, and nothing without one", () => {
  const world = new AofWorld();
  world.aof.startWaitRewrite();
  assert.equal(world.aof.state, AOF_WAIT_REWRITE);
  assert.equal(world.aof.wantsFeed, false);
  world.set("a", "1");
  const diff = new Diff();
  world.aof.diff = diff;
  assert.equal(world.aof.wantsFeed, true);
  world.set("b", "1");
  assert.equal(world.aof.bufferLength, 0);
  assert.equal(diff.text, text("SELECT", "0") + text("SET", "b", "1"));
  assert.equal(world.aof.stop(), true);
  assert.equal(world.aof.state, AOF_OFF);
});

Deno.test("feed: the buffer grows past its first size and comes out whole", () => {
  const world = new AofWorld().start();
  const value = "x".repeat(30_000);
  let expected = text("SELECT", "0");
  for (let i = 0; i < 200; i++) {
    world.set(`k${i}`, value);
    expected += text("SET", `k${i}`, value);
  }
  assert.equal(world.aof.bufferLength, expected.length);
  world.aof.flush(false);
  assert.equal(world.text(), expected);
  assert.equal(world.aof.state, AOF_ON);
});
