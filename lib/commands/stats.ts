/** Figures that the server counts, for INFO. Plain fields: counted on hot paths. */

export class ServerStats {
  connectionsReceived = 0;
  /** Changes since the last save, for INFO `rdb_changes_since_last_save`. */
  dirty = 0;
  commandsProcessed = 0;
  rejectedConnections = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  readsProcessed = 0;
  writesProcessed = 0;
  errorReplies = 0;
  /** Clients disconnected because of `client-query-buffer-limit` and `client-output-buffer-limit`. */
  queryBufferLimitDisconnections = 0;
  outputBufferLimitDisconnections = 0;
  aclDeniedAuth = 0;
  /** Error replies by their code (`ERR`, `WRONGTYPE`…). */
  readonly errors = new Map<string, number>();

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.connectionsReceived = this.commandsProcessed = this.rejectedConnections = 0;
    this.netInputBytes =
      this.netOutputBytes =
      this.readsProcessed =
      this.writesProcessed =
        0;
    this.errorReplies = this.queryBufferLimitDisconnections = this.outputBufferLimitDisconnections = 0;
    this.aclDeniedAuth = 0;
    this.errors.clear();
  }
}
