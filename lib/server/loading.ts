/**
 * Loading the AOF into the keyspace, while clients are told -LOADING.
 */

import { type Aof } from "../aof/aof.ts";
import { type AofSettings } from "../aof/settings.ts";
import { type CommandContext } from "../commands/context.ts";
import { type Server } from "./server.ts";

export class AofLoader {
  active = false;
  readonly #server: Server;
  readonly #settings: AofSettings;

  constructor(server: Server, settings: AofSettings) {
    this.#server = server;
    this.#settings = settings;
  }
  removeStaleTemps(): void {}
  async load(_aof: Aof): Promise<void> {
    this.#server.log.debug(this.#settings.dir);
  }
  debugLoad(_c: CommandContext, _aof: Aof): void {
  }
}
