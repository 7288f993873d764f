/** A peer's stable identity: the text form of its libp2p peer id. */
export type PeerId = string;

/** Where a peer can be reached. `addresses` are multiaddrs without the `/p2p/` part. */
export interface PeerAddress {
  readonly peer: PeerId;
  readonly addresses: readonly string[];
}

/** A bidirectional byte stream whose two directions both hold back their producer. */
export interface ByteStream {
  readonly peer: PeerId;
  /** Resolves when the next chunk may be written; rejects once the stream is gone. `chunk` must not change afterwards. */
  write(chunk: Uint8Array): Promise<void>;
  /** Whether a chunk may be changed as soon as `write` has resolved: its memory can be used again. */
  readonly isDoneOnceWritten?: boolean;
  /**
   * Fills all of `target` with the next bytes, without memory of its own; false when the stream ends before it
   * is full. Not while an iterator waits for the next chunk.
   */
  fill?(target: Uint8Array): Promise<boolean>;
  /** Ends the writing direction; reading goes on. */
  closeWrite(): Promise<void>;
  /** Reads to the remote's end of writing. One consumer; leaving early aborts the stream. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
  /** Ends both directions at once; the remote sees a reset. */
  abort(reason: Error): void;
  /** Aborts when the stream is gone in both directions, for whatever reason. */
  readonly closed: AbortSignal;
}

export interface CallOptions {
  /** Aborting rejects the call and tells the remote handler to stop. */
  readonly signal?: AbortSignal;
  /** Upper bound on the whole call. */
  readonly timeoutMs: number;
}

export interface StreamOptions extends CallOptions {
  /** Much will go over it: worth a connection of its own, where the network can have one. */
  readonly isLarge?: boolean;
}

export interface CallContext {
  readonly peer: PeerId;
  /** Aborts when the caller gave up or went away. */
  readonly signal: AbortSignal;
}

export type CallHandler = (payload: Uint8Array, context: CallContext) => Promise<Uint8Array> | Uint8Array;
export type NoticeHandler = (payload: Uint8Array, peer: PeerId) => void;
export type StreamHandler = (stream: ByteStream) => Promise<void>;

export interface NetworkEvents {
  /** The first connection to a peer is up. */
  connect: (peer: PeerId) => void;
  /** The last connection to a peer is gone. */
  disconnect: (peer: PeerId) => void;
  /** A peer of this mesh announced itself on the local network. May repeat. */
  discover: (address: PeerAddress) => void;
}

/**
 * What the product needs of a network, and all it may know of one. Implemented over libp2p by
 * `mesh/libp2p`, in virtual time by the simulator; `test/platform/compliance` holds both to it.
 *
 * Payloads are values: neither who gives one to the network nor who gets one changes its bytes afterwards.
 *
 * Errors are `NetworkError`s with a code from `core/errors.ts`.
 */
export interface Network {
  readonly self: PeerId;
  start(): Promise<void>;
  /** Closes every stream and connection; nothing is delivered afterwards. */
  stop(): Promise<void>;
  /** Own addresses, as others can dial them (multiaddrs without `/p2p/`). */
  addresses(): string[];
  connected(): PeerId[];
  isConnected(peer: PeerId): boolean;
  /** Connects to a known peer, or, with `peer` absent, to whoever of the mesh answers at the addresses. */
  connect(target: { peer?: PeerId; addresses: readonly string[] }, options: CallOptions): Promise<PeerId>;
  disconnect(peer: PeerId): Promise<void>;
  /** One small request and its answer (each <= `network.maxMessageBytes`) over the kept control stream. */
  call(peer: PeerId, method: string, payload: Uint8Array, options: CallOptions): Promise<Uint8Array>;
  /** One small message with no answer; dropped silently when the peer is not connected. */
  notify(peer: PeerId, method: string, payload: Uint8Array): void;
  onCall(method: string, handler: CallHandler): void;
  onNotice(method: string, handler: NoticeHandler): void;
  /** A new stream for bulk transfer. */
  openStream(peer: PeerId, protocol: string, options: StreamOptions): Promise<ByteStream>;
  onStream(protocol: string, handler: StreamHandler): void;
  /** Gossip: a hint to everyone, delivered at most once, maybe never. */
  publish(topic: string, payload: Uint8Array): void;
  subscribe(topic: string, handler: NoticeHandler): void;
  on<E extends keyof NetworkEvents>(event: E, handler: NetworkEvents[E]): void;
}
