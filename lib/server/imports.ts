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

import { AofLoadError } from "../aof/load_error.ts";
import { LOAD_MISSING } from "../aof/load.ts";
import { isManifestError, type Manifest, parseManifest } from "../aof/manifest.ts";
import { byteStringToText, textToByteString } from "../base/byte_string.ts";
import { IoError } from "../platform/types.ts";
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
  return findAppendDir(server, dir) ?? findRdb(server, dir);
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

function findAppendDir({ platform: { fs }, config }: Server, dir: string): ImportSource | undefined {
  const path = `${dir}/${config.appenddirname}`;
  const name = `${config.appendfilename}.manifest`;
  if (fs.stat(`${path}/${name}`) === undefined) return undefined;
  const manifest = readManifest(() => fs.readText(`${path}/${name}`));
  if (manifest.base === undefined && manifest.incr.length === 0) return undefined;
  return {
    path,
    what: `the multi-part AOF in ${config.appenddirname}`,
    load: (loader) => loadParts(loader, path, manifest),
  };
}

function readManifest(read: () => string): Manifest {
  let text: string;
  try {
    text = read();
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    throw new AofLoadError(`Fatal error: can't open the AOF manifest file for reading: ${error.strerror}`);
  }
  const manifest = parseManifest(textToByteString(text));
  if (!isManifestError(manifest)) return manifest;
  const where = manifest.lineNumber > 0 ? ` at line ${manifest.lineNumber}` : "";
  throw new AofLoadError(`Fatal error: ${manifest.error}${where} of the AOF manifest; nothing was imported.`);
}

/** Loads base and increments, in this order; only the last may end too early. */
async function loadParts(loader: AofLoader, path: string, manifest: Manifest): Promise<void> {
  const names = [
    ...(manifest.base === undefined ? [] : [manifest.base.name]),
    ...manifest.incr.map((file) => file.name),
  ];
  for (const [i, name] of names.entries()) {
    const outcome = await loader.replay(`${path}/${byteStringToText(name)}`, i === names.length - 1);
    if (outcome !== LOAD_MISSING) continue;
    throw new AofLoadError(
      `The AOF file ${name} is missing. The appendonlydir may be an incomplete copy: nothing was imported.`,
    );
  }
}
