import assert from "node:assert/strict";
import { ALL_HANDLERS } from "../commands/all.ts";
import { type CommandContext } from "../commands/context.ts";
import { isStillToLoad, LATE_COMMANDS, loadLateCommands } from "../commands/late.ts";
import { type Blocked, type Session } from "../commands/session.ts";
import { CommandTable } from "../commands/table.ts";
import { LateGate } from "./late_gate.ts";

const table = new CommandTable(ALL_HANDLERS);
const spec = (name: string) => table.all.get(name)!;

/** A host that notes what happens to sessions; they are told apart by identity only. */
class FakeHost {
  readonly blocked = new Map<Session, Blocked>();
  readonly events: string[] = [];

  block(session: Session, blocked: Blocked): void {
    this.blocked.set(session, blocked);
  }

  unblock(session: Session): void {
    this.blocked.delete(session);
    this.events.push("unblock");
  }

  openBatch(): void {
    this.events.push("openBatch");
  }
}

// One test, because what has been loaded stays loaded: the order is the matter.
Deno.test("late gate: clients wait for late commands until they are there, and for no others", async () => {
  const host = new FakeHost();
  const gate = new LateGate(host);
  const [one, two, gone] = [{}, {}, {}] as Session[];
  assert.equal(gate.closed, true);
  for (const name of Object.keys(LATE_COMMANDS)) assert.equal(isStillToLoad(spec(name)), true, name);
  assert.throws(() => LATE_COMMANDS["lcs"]({} as CommandContext), /Cannot run lcs/);

  for (const name of ["ping", "get", "command", "info", "exec"]) {
    assert.equal(gate.holds(one, spec(name)), false, name);
  }
  assert.equal(host.blocked.size, 0);
  assert.equal(gate.holds(one, spec("debug")), true);
  assert.equal(gate.holds(two, spec("command|docs")), true);
  assert.equal(gate.holds(gone, spec("lcs")), true);
  // CLIENT LIST, INFO and CLIENT UNBLOCK take it for a client whose request has not come yet.
  assert.equal(host.blocked.get(one)!.kind, "late");
  host.blocked.get(gone)!.onCancel(gone);
  host.blocked.delete(gone);
  assert.equal(host.blocked.size, 2);
  assert.deepEqual(host.events, []);

  await gate.open();
  assert.equal(gate.closed, false);
  assert.equal(host.blocked.size, 0);
  assert.deepEqual(host.events, ["openBatch", "unblock", "unblock"]);
  for (const name of Object.keys(LATE_COMMANDS)) assert.equal(isStillToLoad(spec(name)), false, name);
  assert.equal(gate.holds(one, spec("debug")), false);

  // A second server in the process finds everything there, though its gate opens only when it is asked to.
  const second = new LateGate(host);
  assert.equal(second.holds(one, spec("debug")), false);
  await Promise.all([second.open(), loadLateCommands()]);
  assert.equal(second.closed, false);
});
