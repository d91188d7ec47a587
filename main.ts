/**
 * vellum's entry point: picks the platform and the role of this process.
 *
 * The executable is its own helper: spawned with {@link REWRITE_CHILD_FLAG} it
 * turns a snapshot on standard input into a new append-only file and ends.
 */

const platform = "Deno" in globalThis
  ? (await import("./lib/platform/deno.ts")).createDenoPlatform()
  : (await import("./lib/platform/bun.ts")).createBunPlatform();

// Spelled out, so that a server does not load the child's modules, nor the child the server's.
if (platform.args[0] === "--vellum-rewrite-aof-child") {
  const { runRewriteChild } = await import("./lib/aof/rewrite_child.ts");
  platform.exit(runRewriteChild(platform));
} else {
  const { run } = await import("./lib/server/run.ts");
  await run(platform);
}
