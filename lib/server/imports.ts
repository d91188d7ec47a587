/**
 * What stands beside an absent or empty AOF at start, and how it becomes the AOF.
 *
 * DESIGN. A server whose AOF was just turned on in its configuration must not
 * start empty over a data set (docs/AOF.md, decisions). An `appendonlydir` of
 * Redis 7, else an RDB file, is loaded; a rewrite makes a complete AOF of it,
 * synced and renamed into place; and only when the directory is on disk too is
 * the source renamed to `*.imported`. Until then the AOF is empty, so a crash
 * at any step starts over. Clients get -LOADING all the time.
 */

import { type AofLoader } from "./loading.ts";
import { type Server } from "./server.ts";

/** Something that a data set can be imported from. */
export interface ImportSource {
  /** What is renamed when the import is complete. */
  readonly path: string;
  /** For the log. */
  readonly what: string;
  /** @throws {AofLoadError} */
  load(loader: AofLoader): Promise<void>;
}

/** What there is to import in `dir`, or undefined. @throws {AofLoadError} when it cannot be read */
export function findImport(server: Server, dir: string): ImportSource | undefined {
  return findRdb(server, dir);
}

/** Renames the source of a complete import, so that it is never imported again. @throws {IoError} */
export function retireSource({ platform: { fs }, log }: Server, dir: string, source: ImportSource): void {
  // The new AOF's name must be on disk before the old one goes.
  fs.syncDir(dir);
  let target = `${source.path}.imported`;
  for (let n = 1; fs.stat(target) !== undefined; n++) target = `${source.path}.imported.${n}`;
  fs.rename(source.path, target);
  fs.syncDir(dir);
  log.notice(`Imported ${source.what}; it is kept as ${target}`);
}

function findRdb({ platform: { fs }, config }: Server, dir: string): ImportSource | undefined {
  const path = `${dir}/${config.dbfilename}`;
  const stat = fs.stat(path);
  if (stat === undefined || stat.size === 0) return undefined;
  return {
    path,
    what: `the RDB file ${config.dbfilename}`,
    load: async (loader) => void await loader.loadRdb(path, { replace: false }),
  };
}
