import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { baseUrl } from './base-url.ts';
import { type BodyRoom, readBody } from './body.ts';
import type { FrontDoorOptions } from './options.ts';
import type { RequestView } from './request-view.ts';

export type FrontDoorEnv = { Bindings: Partial<HttpBindings> };

/** Where a call comes from. */
export interface CallOrigin {
  readonly request: RequestView;
  /** A path parameter of the route, decoded. */
  parameter(name: string): string | undefined;
  /** As Node has them, where a server is behind the route. */
  readonly incoming?: IncomingMessage | undefined;
  readonly outgoing?: ServerResponse | undefined;
}

/** One request, as the routes see it. What costs time is worked out only when asked for. */
export class Call {
  readonly request: RequestView;
  /** Monotonic ms. */
  readonly startedMs: number;
  readonly #origin: CallOrigin;
  readonly #options: FrontDoorOptions;
  readonly #room: BodyRoom | undefined;
  #heldBytes = 0;
  #baseUrl: string | undefined;

  /** `room`: for the bodies of all calls; without one there is enough of it. */
  constructor(origin: CallOrigin, options: FrontDoorOptions, startedMs: number, room?: BodyRoom) {
    this.request = origin.request;
    this.startedMs = startedMs;
    this.#origin = origin;
    this.#options = options;
    this.#room = room;
  }

  get method(): string {
    return this.request.method;
  }

  /** Aborts when the client went away. */
  get signal(): AbortSignal {
    return this.request.signal;
  }

  /** The path as it came, still percent-encoded. */
  get path(): string {
    const { url } = this.request;
    const start = url.indexOf('/', url.indexOf('//') + 2);
    const query = url.indexOf('?', start);
    return query === -1 ? url.slice(start) : url.slice(start, query);
  }

  /** The query string without its question mark. */
  get query(): string {
    const { url } = this.request;
    const start = url.indexOf('?');
    return start === -1 ? '' : url.slice(start + 1);
  }

  /** A path parameter of the route, decoded. */
  parameter(name: string): string | undefined {
    return this.#origin.parameter(name);
  }

  /** As Node has it, where a server is behind the route. */
  get incoming(): IncomingMessage | undefined {
    return this.#origin.incoming;
  }

  header(name: string): string | null {
    return this.request.headers.get(name);
  }

  /** Cuts the client's connection at once. */
  disconnect(): void {
    this.#origin.outgoing?.destroy();
  }

  /** `maxBytes`: where a route takes more, or less, than is usual. */
  body(maxBytes = this.#options.maxBodyBytes): Promise<string> {
    const hold = (bytes: number) => {
      this.#room?.take(bytes);
      this.#heldBytes += bytes;
    };
    return readBody(this.request, maxBytes, hold, this.#origin.incoming);
  }

  /** Gives room to others: what the body said is kept elsewhere by now, or the call is over. */
  letGoOfBody(): void {
    this.#room?.release(this.#heldBytes);
    this.#heldBytes = 0;
  }

  /** The front door as this client reaches it, without a slash at the end. */
  get baseUrl(): string {
    if (this.#baseUrl === undefined) {
      const { host } = new URL(this.request.url);
      const remoteAddress = this.#origin.incoming?.socket.remoteAddress;
      const header = (name: string) => this.header(name);
      this.#baseUrl = baseUrl({ host, remoteAddress, header }, this.#options.trustForwarded);
    }
    return this.#baseUrl;
  }
}
