import { GismeshError } from '../src/core/errors.ts';
import type { ByteStream, CallOptions, PeerId, StreamHandler } from '../src/platform/network.ts';
import type { Channel, ConnectionEnd } from './connection.ts';
import type { Fabric } from './fabric.ts';
import { refused } from './handshake.ts';
import { StreamEnd } from './stream.ts';
import { cancelled, within } from './within.ts';

/** The streams of one peer: those it opens and those it serves. */
export class Streams {
  readonly #end: ConnectionEnd;
  readonly #fabric: Fabric;
  readonly #handlers = new Map<string, StreamHandler>();
  readonly #open = new Set<StreamEnd>();

  constructor(end: ConnectionEnd, fabric: Fabric) {
    this.#end = end;
    this.#fabric = fabric;
  }

  /** Streams of which at least one direction is open. */
  get open(): number {
    return this.#open.size;
  }

  /** The most that one stream has been given to send and its reader has not consumed. */
  get unreadBytes(): number {
    return Math.max(0, ...[...this.#open].map((stream) => stream.unreadBytes));
  }

  handle(protocol: string, handler: StreamHandler): void {
    this.#handlers.set(protocol, handler);
  }

  openTo(connection: Channel, remote: Streams, protocol: string, options: CallOptions): Promise<ByteStream> {
    const peer = remote.#end.self;
    const [near, far] = StreamEnd.pair(
      connection,
      this.#sideOf(protocol, peer),
      remote.#sideOf(protocol, this.#end.self),
      this.#fabric.options.streamWindowBytes,
    );
    this.#open.add(near);
    return within<ByteStream>(
      this.#end.clock,
      options,
      `opening ${protocol} at ${peer}`,
      (resolve, reject) => {
        near.closed.addEventListener('abort', () =>
          reject(new GismeshError('NETWORK_CLOSED', 'the connection was closed')),
        );
        connection.send(this.#end, protocol.length, `open ${protocol}`, () => {
          const accepted = remote.#accept(protocol, far);
          connection.send(remote.#end, 0, `opened ${protocol}`, () => {
            if (accepted) return resolve(near);
            reject(refused(`nobody serves ${protocol} there`));
            near.lose();
          });
        });
      },
      () => near.abort(cancelled(options.signal)),
    );
  }

  /** The connection is gone, and with it every stream over it. */
  lose(connection: Channel): void {
    for (const stream of [...this.#open]) if (stream.connection === connection) stream.lose();
  }

  #accept(protocol: string, stream: StreamEnd): boolean {
    const handler = this.#handlers.get(protocol);
    if (!handler) return false;
    this.#open.add(stream);
    handler(stream).catch((reason) => stream.abort(reason));
    return true;
  }

  /** This side of a stream with `peer`. */
  #sideOf(protocol: string, peer: PeerId) {
    return {
      end: this.#end,
      onClosed: (stream: StreamEnd) => this.#open.delete(stream),
      onMessage: () => this.#fabric.report(this.#end.self, peer, `message ${protocol}`, 0),
    };
  }
}
