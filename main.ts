/**
 * vellum's entry point: picks the platform and the role of this process.
 */

import { run } from "./lib/server/run.ts";

const onDeno = "Deno" in globalThis;
const platform = onDeno
  ? (await import("./lib/platform/deno.ts")).createDenoPlatform()
  : (await import("./lib/platform/bun.ts")).createBunPlatform();

await run(platform);
