/**
 * The bio Worker: the module that the platform starts in a thread of its own.
 *
 * DESIGN. Listens before anything is loaded, so that no message is lost, then
 * loads the file port of the runtime it finds itself in: nothing else of the
 * platform is needed here. Whatever goes wrong is told to the server as a
 * reply, because an uncaught error in a Worker would kill the server.
 */

import { type Fs } from "../platform/types.ts";
import { createWorkerSelf } from "../platform/worker_self.ts";
import { type BioReply, type BioRequest } from "./protocol.ts";
import { BioService } from "./service.ts";

/** The file port of the present runtime; only that runtime's modules are loaded. */
async function loadFs(): Promise<Fs> {
  if ("Deno" in globalThis) return (await import("../platform/deno_fs.ts")).createDenoFs();
  return (await import("../platform/bun_fs.ts")).createBunFs();
}

const self = createWorkerSelf();
let service: BioService | null = null;
const early: BioRequest[] = [];

self.onMessage((message) => {
  const request = message as BioRequest;
  if (service === null) early.push(request);
  else self.post(service.run(request));
});

try {
  const ready = new BioService(await loadFs());
  service = ready;
  for (const request of early) self.post(ready.run(request));
} catch (error) {
  self.post({ id: -1, code: "EIO", strerror: `Input/output error (${String(error)})` } satisfies BioReply);
}
