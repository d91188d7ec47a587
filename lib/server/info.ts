/** The sections of INFO, by the name that a client asks with. */

import { type InfoLine } from "../commands/server_port.ts";
import { infoCommandStats, infoErrorStats, infoLatencyStats } from "./info_commands.ts";
import { infoMemory } from "./info_memory.ts";
import { infoPersistence } from "./info_persistence.ts";
import {
  infoClients,
  infoCluster,
  infoCpu,
  infoKeyspace,
  infoReplication,
  infoServer,
} from "./info_server.ts";
import { infoDebug, infoStats } from "./info_stats.ts";
import { type Server } from "./server.ts";

/** Makes the lines of one section. */
export type InfoSection = (server: Server) => InfoLine[];

export const INFO_SECTIONS: ReadonlyMap<string, InfoSection> = new Map<string, InfoSection>([
  ["server", infoServer],
  ["clients", infoClients],
  ["memory", infoMemory],
  ["persistence", infoPersistence],
  ["stats", infoStats],
  ["replication", infoReplication],
  ["cpu", infoCpu],
  ["modules", () => []],
  ["commandstats", infoCommandStats],
  ["errorstats", infoErrorStats],
  ["latencystats", infoLatencyStats],
  ["cluster", infoCluster],
  ["keyspace", infoKeyspace],
  ["debug", infoDebug],
]);
