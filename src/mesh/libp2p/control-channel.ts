import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import {
  type Failure,
  type Frame,
  FrameSchema,
  type Publication,
  type Response,
} from '../../../protocols/control/control_pb.js';
import { type ErrorCode, GismeshError } from '../../core/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import { decodeMessage } from '../../platform/messages.ts';
import type { CallHandler, CallOptions, PeerId } from '../../platform/network.ts';
import { cancelled, closed, describe, malformed, timedOut } from './errors.ts';
import { FrameWriter } from './frame-writer.ts';
import { encodeFrame, FrameReader } from './frames.ts';
import type { NetworkOptions } from './options.ts';
import { PendingCalls } from './pending-calls.ts';
import { MAX_NAME_LENGTH, ServedCalls } from './served-calls.ts';

/** What a frame may be longer than its payload: method, ids, protobuf's own bytes. */
const FRAME_OVERHEAD_BYTES = 1024;
const MAX_FAILURE_LENGTH = 512;

/** What a channel needs of the network around it. */
export interface ChannelOwner {
  handlerOf(method: string): CallHandler | undefined;
  onNotice(method: string, payload: Uint8Array, peer: PeerId): void;
  onPublication(publication: Publication, from: PeerId): void;
  /** The remote's Hello arrived: calls can be made. */
  onReady(channel: ControlChannel): void;
  /** The remote starts nothing more here. */
  onRetire(channel: ControlChannel): void;
  /** No call is pending in either direction any more. */
  onIdle(channel: ControlChannel): void;
  /** The channel ended; with a reason unless the remote just went away. */
  onClosed(channel: ControlChannel, reason: GismeshError): void;
}

/** Calls, notices and gossip over one libp2p stream, in both directions. See `protocols/control/README.md`. */
export class ControlChannel {
  readonly peer: PeerId;
  readonly #stream: Stream;
  readonly #owner: ChannelOwner;
  readonly #clock: Clock;
  readonly #options: NetworkOptions;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #pending: PendingCalls;
  readonly #served: ServedCalls;
  #state: 'opening' | 'ready' | 'closed' = 'opening';
  #remoteMaxMessageBytes = 0;
  #helloTimer: Timer | undefined;
  #retired = { here: false, remote: false };

  constructor(stream: Stream, peer: PeerId, owner: ChannelOwner, clock: Clock, options: NetworkOptions) {
    this.peer = peer;
    this.#stream = stream;
    this.#owner = owner;
    this.#clock = clock;
    this.#options = options;
    this.#pending = new PendingCalls(clock, (id) => this.#send({ case: 'cancel', value: { id } }));
    this.#served = new ServedCalls({
      peer,
      clock,
      limit: options.maxHandlersPerPeer,
      handlerOf: (method) => owner.handlerOf(method),
      onAnswer: (id, payload) => this.#answer(id, payload),
      onFailure: (id, code, message) => this.#fail(id, code, message),
    });
    this.#reader = new FrameReader(options.maxMessageBytes + FRAME_OVERHEAD_BYTES);
    this.#writer = new FrameWriter(stream, {
      onSent: () => this.#onSent(),
      onBroken: (error) => this.#onGone(error),
    });
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** Nothing more may be started here. */
  get retired(): boolean {
    return this.#retired.here;
  }

  /** Neither side starts anything more, and everything started is done. */
  get drained(): boolean {
    return this.#retired.here && this.#retired.remote && this.idle;
  }

  get retiredByRemote(): boolean {
    return this.#retired.remote;
  }

  get idle(): boolean {
    return this.#pending.size === 0 && this.#served.size === 0 && this.#writer.unsentBytes === 0;
  }

  /** Says Hello, and gives the remote a limited time to do so. */
  open(): void {
    this.#stream.addEventListener('message', (event) => this.#onMessage(event));
    this.#stream.addEventListener('remoteCloseWrite', () => this.#onGone(undefined));
    this.#stream.addEventListener('close', (event) => this.#onGone(event.error));
    const timeoutMs = this.#options.controlStreamTimeoutMs;
    this.#helloTimer = this.#clock.after(timeoutMs, () =>
      this.close(timedOut('The first answer', timeoutMs)),
    );
    this.#send({ case: 'hello', value: { maxMessageBytes: this.#options.maxMessageBytes } });
    if (this.#stream.status !== 'open' || this.#stream.remoteWriteStatus === 'closed')
      this.#onGone(undefined);
  }

  call(method: string, payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    const what = `The call of ${method} at ${this.peer}`;
    const { signal } = options;
    const refusal = signal?.aborted ? cancelled(what, signal) : this.#refusal(what, method, payload);
    if (refusal) return Promise.reject(refusal);
    const { id, timeoutMs, answer } = this.#pending.begin(what, options);
    this.#send({ case: 'request', value: { id, method, payload, timeoutMs } });
    return answer;
  }

  /** Drops the notice when the remote does not keep up. */
  notify(method: string, payload: Uint8Array): void {
    if (this.#hasRoomFor(method, payload)) this.#send({ case: 'notice', value: { method, payload } });
  }

  publish(publication: Publication): void {
    const { topic, payload } = publication;
    if (this.#hasRoomFor(topic, payload)) this.#send({ case: 'publication', value: publication });
  }

  /** Promises the remote to start nothing more here. */
  retire(): void {
    if (this.#retired.here || !this.ready) return;
    this.#retired.here = true;
    this.#send({ case: 'retire', value: {} });
  }

  /** Ends the channel; what is pending fails with `reason`. */
  close(reason: GismeshError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#helloTimer?.cancel();
    this.#writer.discard();
    this.#pending.rejectAll(reason);
    this.#served.abortAll(reason);
    this.#owner.onClosed(this, reason);
  }

  #onGone(error: Error | undefined): void {
    this.close(closed(`The connection with ${this.peer} is gone.`, error));
  }

  // --- sending ---

  /** Why a call cannot be made now. */
  #refusal(what: string, method: string, payload: Uint8Array): GismeshError | undefined {
    if (this.#state !== 'ready') return closed(`${what} failed: the connection is gone.`);
    const limit = Math.min(this.#remoteMaxMessageBytes, this.#options.maxMessageBytes);
    if (payload.length > limit) return tooLarge(what, payload.length, limit);
    if (method.length > MAX_NAME_LENGTH)
      return tooLarge('The name of a method', method.length, MAX_NAME_LENGTH);
    if (this.#pending.size >= this.#options.maxCallsPerPeer) {
      return new GismeshError('BUSY', `${what} failed: ${this.#pending.size} calls are under way already.`);
    }
    if (this.#writer.unsentBytes > this.#options.maxQueuedBytesPerPeer) {
      return new GismeshError(
        'BUSY',
        `${what} failed: ${this.#writer.unsentBytes} bytes wait to be sent already.`,
      );
    }
    return undefined;
  }

  #hasRoomFor(name: string, payload: Uint8Array): boolean {
    return (
      this.#state === 'ready' &&
      name.length <= MAX_NAME_LENGTH &&
      payload.length <= this.#remoteMaxMessageBytes &&
      this.#writer.unsentBytes + payload.length <= this.#options.maxQueuedBytesPerPeer
    );
  }

  #send(kind: FrameKind): void {
    if (this.#state !== 'closed') this.#writer.write(encodeFrame(FrameSchema, { kind }));
  }

  #onSent(): void {
    const half = this.#options.maxQueuedBytesPerPeer / 2;
    if (this.#writer.unsentBytes <= half && this.#stream.readStatus === 'paused') this.#stream.resume();
    if (this.idle) this.#owner.onIdle(this);
  }

  // --- receiving ---

  #onMessage(event: StreamMessageEvent): void {
    try {
      this.#reader.push(event.data instanceof Uint8Array ? event.data : event.data.subarray());
      for (let content = this.#reader.next(); content !== undefined; content = this.#reader.next()) {
        if (this.#state === 'closed') return;
        this.#onFrame(decodeMessage(FrameSchema, content));
      }
    } catch (error) {
      this.close(error instanceof GismeshError ? error : malformed(describe(error)));
    }
    if (this.#writer.unsentBytes > this.#options.maxQueuedBytesPerPeer)
      queueMicrotask(() => this.#pauseIfUnsent());
  }

  /** A remote that asks without reading the answers is no longer listened to. */
  #pauseIfUnsent(): void {
    const full = this.#writer.unsentBytes > this.#options.maxQueuedBytesPerPeer;
    if (full && this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  #onFrame({ kind }: Frame): void {
    if (this.#state === 'opening') this.#onFirstFrame(kind);
    else if (kind.case === 'request') this.#served.begin(kind.value);
    else if (kind.case === 'response') this.#onResponse(kind.value);
    else if (kind.case === 'failure') this.#onFailure(kind.value);
    else if (kind.case === 'cancel') this.#onCancel(kind.value.id);
    else if (kind.case === 'notice') this.#owner.onNotice(kind.value.method, kind.value.payload, this.peer);
    else if (kind.case === 'publication') this.#owner.onPublication(kind.value, this.peer);
    else if (kind.case === 'retire') this.#onRetire();
    else if (kind.case === 'hello') throw malformed('it says Hello twice');
    // Kinds of frames that newer versions send are not for us.
  }

  #onFirstFrame(kind: Frame['kind']): void {
    if (kind.case !== 'hello') throw malformed(`its first frame is a ${kind.case}, not a Hello`);
    this.#helloTimer?.cancel();
    this.#remoteMaxMessageBytes = kind.value.maxMessageBytes;
    this.#state = 'ready';
    this.#owner.onReady(this);
  }

  #onRetire(): void {
    this.#retired.remote = true;
    this.#owner.onRetire(this);
  }

  #onResponse(response: Response): void {
    this.#pending.resolve(response.id, response.payload.slice());
    if (this.idle) this.#owner.onIdle(this);
  }

  #onFailure(failure: Failure): void {
    const message = `${this.peer}: ${failure.message.slice(0, MAX_FAILURE_LENGTH)}`;
    const code = /^[A-Z_]{1,40}$/.test(failure.code) ? (failure.code as ErrorCode) : 'REMOTE_FAILED';
    this.#pending.reject(failure.id, new GismeshError(code, message));
    if (this.idle) this.#owner.onIdle(this);
  }

  #onCancel(id: number): void {
    if (this.#served.cancel(id) && this.idle) this.#owner.onIdle(this);
  }

  #answer(id: number, payload: Uint8Array): void {
    const limit = Math.min(this.#remoteMaxMessageBytes, this.#options.maxMessageBytes);
    if (payload.length > limit) {
      const { code, message } = tooLarge('The answer', payload.length, limit);
      this.#fail(id, code, message);
    } else if (this.#writer.unsentBytes + payload.length > 2 * this.#options.maxQueuedBytesPerPeer) {
      this.#fail(id, 'BUSY', 'You do not read the answers that you asked for.');
    } else {
      this.#send({ case: 'response', value: { id, payload } });
    }
  }

  #fail(id: number, code: ErrorCode, message: string): void {
    this.#send({ case: 'failure', value: { id, code, message: message.slice(0, MAX_FAILURE_LENGTH) } });
  }
}

type FrameKind = NonNullable<MessageInitShape<typeof FrameSchema>['kind']>;

function tooLarge(what: string, bytes: number, limit: number): GismeshError {
  return new GismeshError('MESSAGE_TOO_LARGE', `${what} has ${bytes} bytes; at most ${limit} are allowed.`);
}
