/** The limits of the network; documented, with their defaults, in `config/network.ts`. */
export interface NetworkOptions {
  readonly maxMessageBytes: number;
  readonly maxConnections: number;
  readonly maxPendingHandshakes: number;
  readonly maxHandshakesPerHostPerSecond: number;
  readonly handshakeTimeoutMs: number;
  readonly addressDialTimeoutMs: number;
  readonly addressStaggerMs: number;
  readonly controlStreamTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxCallsPerPeer: number;
  readonly maxHandlersPerPeer: number;
  readonly maxQueuedBytesPerPeer: number;
  readonly maxStreamsPerPeer: number;
  readonly streamWindowBytes: number;
  readonly streamReadAheadBytes: number;
  readonly streamLingerMs: number;
  readonly maxBulkConnections: number;
  readonly bulkConnectTimeoutMs: number;
  readonly bulkRetryMs: number;
  readonly gossipPublishFanout: number;
  readonly gossipForwardFanout: number;
  readonly gossipMaxRemembered: number;
  readonly gossipRememberMs: number;
  readonly mdnsQueryIntervalMs: number;
}
