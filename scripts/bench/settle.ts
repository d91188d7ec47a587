/**
 * Quiet before a measurement.
 *
 * DESIGN. What one server wrote is still on its way to the disk when the other
 * one's turn comes, and would be paid by it: `sync` waits for that.
 */
import { spawn } from "node:child_process";
import { sleep } from "./client.ts";

/** How long memory and timers get to calm down, in ms. */
export const SETTLE_MS = 1000;
/** A shared disk may never be quiet: at most this long, in ms. */
const SYNC_TIMEOUT_MS = 10_000;

/** Waits until dirty pages are written, as far as the system has the `sync` tool. */
export async function settleDisk(): Promise<void> {
  const child = spawn("sync", [], { stdio: "ignore", timeout: SYNC_TIMEOUT_MS });
  await new Promise<void>((resolve) => {
    child.on("exit", () => resolve());
    child.on("error", () => resolve());
  });
  await sleep(100);
}
