import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, OnReadOpts, Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type Server, type TLSSocket } from 'node:tls';
import * as pb from '../../../protocols/bulk/bulk_pb.js';
import { errorCode, GismeshError } from '../../core/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { decodeMessage, encodeMessage } from '../../platform/messages.ts';
import type { ByteStream, CallOptions, PeerId, StreamHandler } from '../../platform/network.ts';
import { Deadline } from './deadline.ts';
import { closed, describe } from './errors.ts';
import type { NetworkOptions } from './options.ts';
import { SocketStream } from './socket-stream.ts';

/** The call that asks for a connection. */
export const BULK_OFFER = 'bulk.offer';

const SECRET_BYTES = 32;
const IDENTITY_BYTES = 16;

/** Read from the socket at a time, into the same memory: a few TLS records. */
const READ_BYTES = 65_536;

/**
 * AES in hardware is twice as quick as ChaCha20-Poly1305, and TLS 1.3 with an external key needs SHA-256. No
 * certificate is configured: who does not know the secret of an offer gets no further than the first message.
 */
const TLS = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const;

interface Offer {
  readonly peer: PeerId;
  readonly secret: Buffer;
  readonly handler: StreamHandler;
  readonly timer: Timer;
}

export interface BulkConnectionsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly options: NetworkOptions;
  /** The host that this peer listens on. */
  readonly host: string;
  readonly handlerOf: (protocol: string) => StreamHandler | undefined;
}

/**
 * Streams that carry much get a TCP connection of their own, encrypted by TLS in native code: Noise and the muxer in
 * JavaScript take several times as long for a byte. The two peers know each other already: the key of each
 * connection is random, valid once, and told over their authenticated connection, so it belongs to these two.
 * Where it cannot be made, as behind a firewall, a stream of the muxer does.
 */
export class BulkConnections {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: NetworkOptions;
  readonly #host: string;
  readonly #handlerOf: BulkConnectionsParts['handlerOf'];
  readonly #offers = new Map<string, Offer>();
  readonly #open = new Map<PeerId, Set<SocketStream>>();
  /** Peers where none could be made, until when (monotonic ms). */
  readonly #avoided = new Map<PeerId, number>();
  #server: Promise<Server> | undefined;
  #stopped = false;

  constructor(parts: BulkConnectionsParts) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#options = parts.options;
    this.#host = parts.host;
    this.#handlerOf = parts.handlerOf;
  }

  /** Whether one is worth trying. */
  isPossible(peer: PeerId): boolean {
    const until = this.#avoided.get(peer);
    if (until === undefined) return !this.#stopped;
    if (this.#clock.now() < until) return false;
    this.#avoided.delete(peer);
    return !this.#stopped;
  }

  /**
   * Opens a stream over a connection of its own to `host`; `ask` makes the call at the peer. Undefined when none can
   * be made. Rejects what the peer says to the protocol, and the signal's end.
   */
  async dial(
    peer: PeerId,
    host: string,
    protocol: string,
    ask: (payload: Uint8Array) => Promise<Uint8Array>,
    options: CallOptions,
  ): Promise<ByteStream | undefined> {
    const payload = encodeMessage(pb.OfferRequestSchema, { protocol });
    const offer = await this.#asked(ask, payload);
    if (!offer) return undefined;
    const timeoutMs = Math.min(options.timeoutMs, this.#options.bulkConnectTimeoutMs);
    const deadline = new Deadline(this.#clock, `A connection to ${peer}`, { ...options, timeoutMs });
    let socket: TLSSocket | undefined;
    try {
      let stream: SocketStream | undefined;
      const early: Uint8Array[] = [];
      const take = (bytes: Uint8Array) => {
        if (stream) return stream.take(bytes);
        early.push(bytes.slice());
        return true;
      };
      const { port, identity, secret } = offer;
      const how: ConnectionOptions & { readonly onread: OnReadOpts } = {
        ...TLS,
        host,
        port,
        pskCallback: () => ({ psk: Buffer.from(secret), identity }),
        checkServerIdentity: (_host, certificate) => refusalOf(certificate),
        onread: {
          buffer: new Uint8Array(READ_BYTES),
          callback: (length, buffer) => take(buffer.subarray(0, length)),
        },
      };
      socket = connect(how);
      await deadline.race(once(socket, 'secureConnect'));
      stream = this.#adopt(socket, peer);
      for (const bytes of early) stream.take(bytes);
      return stream;
    } catch (error) {
      socket?.destroy();
      if (options.signal?.aborted) throw deadline.signal.reason;
      this.#avoided.set(peer, this.#clock.now() + this.#options.bulkRetryMs);
      this.#log.debug({ peer, err: describe(error) }, 'large streams go over the common connection');
      return undefined;
    } finally {
      deadline.dispose();
    }
  }

  /** Answers a peer that asks for a connection; without a port where none can be had. */
  async offer(payload: Uint8Array, peer: PeerId): Promise<Uint8Array> {
    const { protocol } = decodeMessage(pb.OfferRequestSchema, payload);
    const handler = this.#handlerOf(protocol);
    const streams = [...this.#open.values()].reduce((sum, { size }) => sum + size, 0);
    const isFull = this.#offers.size + streams >= this.#options.maxBulkConnections;
    const port = !handler || isFull ? 0 : await this.#port();
    if (!handler || port === 0) return encodeMessage(pb.OfferSchema, {});
    const identity = randomBytes(IDENTITY_BYTES).toString('hex');
    const secret = randomBytes(SECRET_BYTES);
    if (this.#stopped) throw closed('The network is stopped.');
    const timer = this.#clock.after(this.#options.handshakeTimeoutMs, () => this.#offers.delete(identity));
    this.#offers.set(identity, { peer, secret, handler, timer });
    return encodeMessage(pb.OfferSchema, { port, identity, secret });
  }

  /** The last connection to a peer is gone. */
  abortOf(peer: PeerId, reason: Error): void {
    for (const stream of [...(this.#open.get(peer) ?? [])]) stream.abort(reason);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#offers.values()) timer.cancel();
    this.#offers.clear();
    for (const peer of [...this.#open.keys()]) this.abortOf(peer, closed('The network is stopped.'));
    const server = await this.#server?.catch(() => undefined);
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Undefined at a peer that makes none: an older one, or one that has too many. */
  async #asked(
    ask: (payload: Uint8Array) => Promise<Uint8Array>,
    payload: Uint8Array,
  ): Promise<pb.Offer | undefined> {
    try {
      const offer = decodeMessage(pb.OfferSchema, await ask(payload));
      return offer.port === 0 ? undefined : offer;
    } catch (error) {
      if (errorCode(error) === 'NETWORK_REFUSED') return undefined;
      throw error;
    }
  }

  /** Where this peer takes connections, from the first time on that somebody asks; 0 when it cannot listen. */
  async #port(): Promise<number> {
    try {
      this.#server ??= this.#listen();
      return ((await this.#server).address() as AddressInfo).port;
    } catch (error) {
      this.#server = undefined;
      this.#log.warn({ err: describe(error) }, 'no port for large streams');
      return 0;
    }
  }

  async #listen(): Promise<Server> {
    const chosen = new WeakMap<Socket, string>();
    const server = createServer({
      ...TLS,
      handshakeTimeout: this.#options.handshakeTimeoutMs,
      pauseOnConnect: false,
      pskCallback: (socket, identity) => {
        chosen.set(socket, identity);
        return this.#offers.get(identity)?.secret ?? null;
      },
    });
    server.maxConnections = 2 * this.#options.maxBulkConnections;
    server.on('secureConnection', (socket) => this.#accept(socket, chosen.get(socket) ?? ''));
    server.on('tlsClientError', (error) =>
      this.#log.debug({ err: describe(error) }, 'a stranger was refused'),
    );
    server.listen(0, this.#host);
    await once(server, 'listening');
    server.on('error', (error) => this.#log.warn({ err: describe(error) }, 'a large stream was not taken'));
    server.unref();
    if (this.#stopped) server.close();
    return server;
  }

  #accept(socket: TLSSocket, identity: string): void {
    const offer = this.#offers.get(identity);
    if (!offer) {
      socket.destroy();
      return;
    }
    this.#offers.delete(identity);
    offer.timer.cancel();
    const stream = this.#adopt(socket, offer.peer);
    socket.on('data', (bytes) => {
      if (!stream.take(bytes)) socket.pause();
    });
    void this.#serve(stream, offer.handler);
  }

  async #serve(stream: SocketStream, handler: StreamHandler): Promise<void> {
    try {
      await handler(stream);
      if (stream.closed.aborted) return;
      const timer = this.#clock.after(this.#options.streamLingerMs, () => {
        stream.abort(new Error('The remote does not end the stream.'));
      });
      stream.closed.addEventListener('abort', () => timer.cancel(), { once: true });
      await stream.closeWrite();
    } catch (error) {
      this.#log.debug({ peer: stream.peer }, `bulk stream failed: ${describe(error)}`);
      stream.abort(error instanceof Error ? error : new Error(describe(error)));
    }
  }

  #adopt(socket: TLSSocket, peer: PeerId): SocketStream {
    const stream = new SocketStream(socket, peer, this.#options.streamReadAheadBytes);
    if (stream.closed.aborted) return stream;
    const open = this.#open.get(peer) ?? new Set();
    this.#open.set(peer, open.add(stream));
    stream.closed.addEventListener(
      'abort',
      () => {
        open.delete(stream);
        if (open.size === 0 && this.#open.get(peer) === open) this.#open.delete(peer);
      },
      { once: true },
    );
    return stream;
  }
}

/** The key of the offer says who it is: whoever shows a certificate instead, and be it a trusted one, is a stranger. */
function refusalOf(certificate: object | undefined): Error | undefined {
  if (Object.keys(certificate ?? {}).length === 0) return undefined;
  return new GismeshError(
    'NETWORK_REFUSED',
    'The other side has a certificate instead of the key that was told.',
  );
}
