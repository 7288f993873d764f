import type { Clock, Timer } from '../platform/clock.ts';
import type { FrontDoorOptions } from './options.ts';

export type EventStreamOptions = Pick<
  FrontDoorOptions,
  'maxEventClients' | 'maxQueuedEvents' | 'eventHeartbeatMs'
>;

/** How long a browser waits before it opens a broken stream again. */
const RETRY_MS = 2000;

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(': still here\n\n');

/** Where events come from. */
interface EventSource<E> {
  /** Registers a listener; returns its removal. */
  onEvent(listener: (event: E) => void): () => void;
}

/**
 * Events as server-sent events (WHATWG HTML, section 9.2), one JSON object per message. A client
 * that does not keep up is dropped, never waited for; its browser comes back and begins with the whole state.
 */
export class EventStreams<E extends object> {
  readonly #source: EventSource<E>;
  readonly #clock: Clock;
  readonly #options: EventStreamOptions;
  readonly #onCount: (clients: number) => void;
  readonly #clients = new Map<EventClient, (event: E) => boolean>();
  #unsubscribe: (() => void) | undefined;
  #heartbeat: Timer | undefined;

  constructor(parts: {
    source: EventSource<E>;
    clock: Clock;
    options: EventStreamOptions;
    onCount: (clients: number) => void;
  }) {
    this.#source = parts.source;
    this.#clock = parts.clock;
    this.#options = parts.options;
    this.#onCount = parts.onCount;
  }

  /**
   * A stream that begins with `state`; undefined when there are as many clients as may be. `disconnect` cuts
   * the client's connection: it is called when the client reads too slowly, and ending the stream would wait.
   * `wants`: which events the client gets.
   */
  open(
    state: readonly object[],
    disconnect: () => void,
    wants: (event: E) => boolean = () => true,
  ): ReadableStream<Uint8Array> | undefined {
    if (this.#clients.size >= this.#options.maxEventClients) return undefined;
    const client = new EventClient(this.#options.maxQueuedEvents, {
      gone: () => this.#forget(client),
      disconnect,
    });
    this.#clients.set(client, wants);
    this.#onCount(this.#clients.size);
    this.#unsubscribe ??= this.#source.onEvent((event) => this.#broadcast(event));
    this.#heartbeat ??= this.#beat();
    client.push(encoder.encode(`retry: ${RETRY_MS}\n\n`));
    for (const object of state) client.push(encodeMessage(object));
    return client.stream;
  }

  /** Ends all streams in good order. */
  close(): void {
    for (const client of [...this.#clients.keys()]) client.end();
  }

  #broadcast(event: E): void {
    const clients = [...this.#clients].filter(([, wants]) => wants(event));
    if (clients.length === 0) return;
    const message = encodeMessage(event);
    for (const [client] of clients) client.push(message);
  }

  #beat(): Timer {
    return this.#clock.after(this.#options.eventHeartbeatMs, () => {
      this.#heartbeat = this.#beat();
      for (const client of [...this.#clients.keys()]) client.push(HEARTBEAT);
    });
  }

  #forget(client: EventClient): void {
    if (!this.#clients.delete(client)) return;
    this.#onCount(this.#clients.size);
    if (this.#clients.size > 0) return;
    this.#unsubscribe?.();
    this.#heartbeat?.cancel();
    this.#unsubscribe = undefined;
    this.#heartbeat = undefined;
  }
}

/** One browser. What its socket has not taken waits in a bounded queue. */
class EventClient {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #maxQueued: number;
  readonly #calls: { gone(): void; disconnect(): void };
  #queue: Uint8Array[] = [];
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** The socket asked for more and got nothing yet. */
  #wanted: (() => void) | undefined;

  constructor(maxQueued: number, calls: { gone(): void; disconnect(): void }) {
    this.#maxQueued = maxQueued;
    this.#calls = calls;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.#calls.gone(),
      },
      { highWaterMark: 0 },
    );
  }

  push(message: Uint8Array): void {
    if (this.#queue.length >= this.#maxQueued) {
      this.#queue = [];
      this.#calls.gone();
      this.#calls.disconnect();
      return;
    }
    this.#queue.push(message);
    if (this.#wanted) this.#send();
  }

  /** Ends the stream after what still waits. */
  end(): void {
    this.#calls.gone();
    if (this.#queue.length > 0) this.#send();
    this.#controller.close();
    this.#wanted?.();
  }

  #pull(): Promise<void> | void {
    if (this.#queue.length > 0) return this.#send();
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** Everything that waits goes out in one piece. */
  #send(): void {
    const chunk = Buffer.concat(this.#queue);
    this.#queue = [];
    const resume = this.#wanted;
    this.#wanted = undefined;
    this.#controller.enqueue(chunk);
    resume?.();
  }
}

function encodeMessage(event: object): Uint8Array {
  return encoder.encode(`data: ${JSON.stringify(event)}\n\n`);
}
