/**
 * vellum's entry point: picks the platform and the role of this process.
 *
 * The executable is its own helper: spawned in a child's role it turns a
 * snapshot on standard input into a new append-only or RDB file and ends.
 */

const platform = "Deno" in globalThis
  ? (await import("./lib/platform/deno.ts")).createDenoPlatform()
  : (await import("./lib/platform/bun.ts")).createBunPlatform();

// Spelled out, so that a server does not load a child's modules, nor a child the server's.
if (platform.args[0] === "--vellum-rewrite-aof-child") {
  const { runRewriteChild } = await import("./lib/aof/rewrite_child.ts");
  platform.exit(runRewriteChild(platform));
} else if (platform.args[0] === "--vellum-rdb-save-child") {
  const { runSaveChild } = await import("./lib/rdb/save_child.ts");
  platform.exit(runSaveChild(platform));
} else if (platform.args[0] === "check-aof") {
  const { runCheckAof } = await import("./lib/aof/check.ts");
  platform.exit(runCheckAof(platform));
} else {
  const { run } = await import("./lib/server/run.ts");
  await run(platform);
}
