import type { Connection, Stream } from '@libp2p/interface';
import { StreamAnswerSchema, StreamOpenSchema } from '../../../protocols/control/control_pb.js';
import { type ErrorCode, GismeshError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { decodeMessage } from '../../platform/messages.ts';
import type { ByteStream, CallOptions, PeerId, StreamHandler } from '../../platform/network.ts';
import { BulkStream } from './bulk-stream.ts';
import { Deadline } from './deadline.ts';
import { closed, describe } from './errors.ts';
import { encodeFrame, FrameReader } from './frames.ts';
import type { NetworkOptions } from './options.ts';

export const BULK_PROTOCOL = '/gismesh/bulk/1';
const MAX_OPENING_BYTES = 1024;

/**
 * Opens and accepts bulk streams. The opener sends content only after the acceptor's answer: until then nobody
 * reads at the other end, and libp2p would gather the content without bound.
 */
export class BulkStreams {
  readonly #handlers = new Map<string, StreamHandler>();
  /** Open streams by connection. */
  readonly #open = new Map<string, Set<BulkStream>>();
  /** Openings under way from this side, by connection. */
  readonly #opening = new Map<string, number>();
  readonly #clock: Clock;
  readonly #options: NetworkOptions;
  readonly #log: Log;
  readonly #onChange: (peer: PeerId) => void;

  /** `onChange` is called when a stream or an opening with a peer is over. */
  constructor(clock: Clock, options: NetworkOptions, log: Log, onChange: (peer: PeerId) => void) {
    this.#clock = clock;
    this.#options = options;
    this.#log = log;
    this.#onChange = onChange;
  }

  handle(protocol: string, handler: StreamHandler): void {
    this.#handlers.set(protocol, handler);
  }

  handlerOf(protocol: string): StreamHandler | undefined {
    return this.#handlers.get(protocol);
  }

  countOn(connection: Connection): number {
    return this.#open.get(connection.id)?.size ?? 0;
  }

  isOpeningOn(connection: Connection): boolean {
    return this.#opening.has(connection.id);
  }

  abortOn(connection: Connection, reason: GismeshError): void {
    for (const stream of [...(this.#open.get(connection.id) ?? [])]) stream.abort(reason);
  }

  async open(connection: Connection, protocol: string, options: CallOptions): Promise<ByteStream> {
    this.#countOpening(connection, 1);
    try {
      return await this.#openAndAwaitAnswer(connection, protocol, options);
    } finally {
      this.#countOpening(connection, -1);
    }
  }

  async #openAndAwaitAnswer(
    connection: Connection,
    protocol: string,
    options: CallOptions,
  ): Promise<ByteStream> {
    const peer = connection.remotePeer.toString();
    const deadline = new Deadline(this.#clock, `Opening ${protocol} at ${peer}`, options);
    let stream: BulkStream | undefined;
    try {
      const raw = await connection.newStream(BULK_PROTOCOL, { signal: deadline.signal });
      stream = this.#adopt(raw, connection);
      if (this.countOn(connection) > this.#options.maxStreamsPerPeer) throw this.#tooMany(peer);
      const opening = encodeFrame(StreamOpenSchema, { protocol });
      await deadline.race(stream.write(opening));
      const { code, message } = decodeMessage(StreamAnswerSchema, await deadline.race(readFrame(stream)));
      if (code !== '') throw new GismeshError(code as ErrorCode, `${peer}: ${message}`);
      return stream;
    } catch (error) {
      stream?.abort(error instanceof Error ? error : new Error('cannot open'));
      if (deadline.signal.aborted) throw deadline.signal.reason;
      if (error instanceof GismeshError) throw error;
      throw closed(`Opening ${protocol} at ${peer} failed: ${describe(error)}`, error);
    } finally {
      deadline.dispose();
    }
  }

  /** Serves a stream that the remote opened. */
  async accept(raw: Stream, connection: Connection): Promise<void> {
    const full = this.countOn(connection) >= this.#options.maxStreamsPerPeer;
    const stream = this.#adopt(raw, connection);
    try {
      const handler = await this.#answer(stream, full);
      if (handler === undefined) return;
      await handler(stream);
      await this.#finish(stream);
    } catch (error) {
      this.#log.debug({ peer: stream.peer }, `bulk stream failed: ${describe(error)}`);
      stream.abort(error instanceof Error ? error : new Error(describe(error)));
    }
  }

  async #answer(stream: BulkStream, full: boolean): Promise<StreamHandler | undefined> {
    const options = { timeoutMs: this.#options.controlStreamTimeoutMs };
    const deadline = new Deadline(this.#clock, `The opening of a stream by ${stream.peer}`, options);
    try {
      const opening = await deadline.race(readFrame(stream));
      const { protocol } = decodeMessage(StreamOpenSchema, opening);
      const handler = this.#handlers.get(protocol);
      const refusal = full
        ? this.#tooMany(stream.peer)
        : handler === undefined && new GismeshError('NETWORK_REFUSED', `No protocol "${protocol}" here.`);
      const answer = refusal ? { code: refusal.code, message: refusal.message } : {};
      const sent = stream.write(encodeFrame(StreamAnswerSchema, answer));
      await deadline.race(sent);
      if (!refusal) return handler;
      await this.#finish(stream);
      return undefined;
    } finally {
      deadline.dispose();
    }
  }

  /** After its handler: ends writing; a remote that still writes is held back, and reset after a while. */
  async #finish(stream: BulkStream): Promise<void> {
    if (stream.closed.aborted) return;
    const timer = this.#clock.after(this.#options.streamLingerMs, () => {
      stream.abort(new Error('The remote does not end the stream.'));
    });
    stream.closed.addEventListener('abort', () => timer.cancel(), { once: true });
    await stream.closeWrite();
  }

  #countOpening(connection: Connection, change: 1 | -1): void {
    const count = (this.#opening.get(connection.id) ?? 0) + change;
    if (count > 0) this.#opening.set(connection.id, count);
    else this.#opening.delete(connection.id);
    if (change === -1) this.#onChange(connection.remotePeer.toString());
  }

  #adopt(raw: Stream, connection: Connection): BulkStream {
    const peer = connection.remotePeer.toString();
    const stream = new BulkStream(raw, peer, this.#options.streamReadAheadBytes);
    const open = this.#open.get(connection.id) ?? new Set();
    if (stream.closed.aborted) return stream;
    this.#open.set(connection.id, open.add(stream));
    const onGone = () => {
      open.delete(stream);
      if (open.size === 0) this.#open.delete(connection.id);
      this.#onChange(peer);
    };
    stream.closed.addEventListener('abort', onGone, { once: true });
    return stream;
  }

  #tooMany(peer: PeerId): GismeshError {
    return new GismeshError(
      'BUSY',
      `${this.#options.maxStreamsPerPeer} streams with ${peer} are open already.`,
    );
  }
}

/** The first frame of a stream; what follows it stays unread. */
async function readFrame(stream: BulkStream): Promise<Uint8Array> {
  const reader = new FrameReader(MAX_OPENING_BYTES);
  for (;;) {
    const chunk = await stream.read();
    if (chunk === undefined) throw closed(`${stream.peer} ended the stream in its opening.`);
    reader.push(chunk);
    const frame = reader.next();
    if (frame === undefined) continue;
    stream.unread(reader.rest());
    return frame;
  }
}
