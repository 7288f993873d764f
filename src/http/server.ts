import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Registry } from 'prom-client';
import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { createApp } from './app.ts';
import { BodyRoom } from './body.ts';
import { DirectMaps } from './direct-maps.ts';
import { EventStreams } from './event-streams.ts';
import { failureReply } from './failures.ts';
import type { FrontDoorContext } from './front-door-context.ts';
import { Gate } from './gate.ts';
import { JobEventFeed } from './job-event-feed.ts';
import type { JobNews } from './job-report.ts';
import { mapDoors } from './map-doors.ts';
import type { OgcSettings } from './map-routes.ts';
import { HttpMetrics } from './metrics.ts';
import type { NodeEvent } from './node-event.ts';
import type { FrontDoorOptions } from './options.ts';
import { Page } from './page.ts';
import { errorReply, type Reply } from './reply.ts';
import { StandingReplies } from './standing-replies.ts';

export interface FrontDoorParts {
  readonly context: FrontDoorContext;
  readonly options: FrontDoorOptions;
  readonly ogc: OgcSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Gets the front door's own metrics. */
  readonly registry: Registry;
  /** Folder of the built page. */
  readonly pageFolder: string;
}

export interface FrontDoor {
  /**
   * Resolves to the URL; port 0 takes a free one. Rejects `PORT_TAKEN`, or `CONFIG_INVALID` for an address or
   * a port that cannot be had here.
   */
  listen(host: string, port: number): Promise<string>;
  /** Undefined before `listen`. */
  readonly url: string | undefined;
  /** Stops accepting, lets running requests finish for up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/** How often Node looks for connections that are too slow, as a part of the shortest time limit. */
const CHECKS_PER_TIMEOUT = 4;

/** The door that browsers and GIS programs come through: HTTP/1.1 on one address. */
export function createFrontDoor(parts: FrontDoorParts): FrontDoor {
  return new HttpFrontDoor(parts);
}

class HttpFrontDoor implements FrontDoor {
  url: string | undefined;
  readonly #parts: FrontDoorParts;
  readonly #server: Server;
  readonly #gate: Gate;
  readonly #metrics: HttpMetrics;
  readonly #standing: StandingReplies;
  readonly #directMaps: DirectMaps;
  readonly #events: EventStreams<NodeEvent>;
  readonly #jobEvents: EventStreams<JobNews> | undefined;
  readonly #handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  #page: Page | undefined;
  #closing = false;

  constructor(parts: FrontDoorParts) {
    const { context, options, clock, registry } = parts;
    this.#parts = parts;
    this.#gate = new Gate(options);
    this.#metrics = new HttpMetrics(registry);
    const metrics = this.#metrics;
    this.#standing = new StandingReplies({ maxBytes: options.rememberedAnswerBytes, clock, metrics });
    this.#events = new EventStreams({
      source: context,
      clock,
      options,
      onCount: (clients) => metrics.setEventClients('node', clients),
    });
    this.#jobEvents = this.#followJobs();
    const tools = {
      ...parts,
      metrics,
      closing: () => this.#closing,
      room: new BodyRoom(options.maxHeldBodyBytes),
      standing: this.#standing,
    };
    const maps = mapDoors(tools);
    this.#directMaps = new DirectMaps(maps, parts);
    const app = createApp({
      ...tools,
      maps,
      events: this.#events,
      ...(this.#jobEvents && { jobEvents: this.#jobEvents }),
      page: () => this.#page,
    });
    this.#handle = getRequestListener(app.fetch, {
      errorHandler: (error) => this.#transportError(error),
    });
    this.#server = this.#createServer(options);
  }

  async listen(host: string, port: number): Promise<string> {
    this.#page = await Page.load(this.#parts.pageFolder, this.#parts.options);
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      const onError = (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port));
      server.once('error', onError);
      server.listen({ host, port }, () => {
        server.off('error', onError);
        resolve();
      });
    });
    this.url = urlOf(server.address() as AddressInfo);
    return this.url;
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    this.#events.close();
    this.#jobEvents?.close();
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const cut = this.#parts.clock.after(graceMs, () => this.#server.closeAllConnections());
    await closed;
    cut.cancel();
  }

  #followJobs(): EventStreams<JobNews> | undefined {
    const { context, clock, options } = this.#parts;
    const { jobs } = context;
    if (!jobs) return undefined;
    const feed = new JobEventFeed({ jobs, clock, options });
    jobs.listen(feed);
    const onCount = (clients: number) => this.#metrics.setEventClients('jobs', clients);
    return new EventStreams({ source: feed, clock, options, onCount });
  }

  #createServer(options: FrontDoorOptions): Server {
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = options;
    const server = createServer(
      {
        maxHeaderSize: options.maxHeaderBytes,
        headersTimeout: headersTimeoutMs,
        requestTimeout: requestTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
        connectionsCheckingInterval: Math.min(headersTimeoutMs, requestTimeoutMs) / CHECKS_PER_TIMEOUT,
        noDelay: true,
      },
      (request, response) => this.#serve(request, response),
    );
    server.maxHeadersCount = options.maxHeaderCount;
    server.maxConnections = options.maxConnections;
    server.timeout = options.idleSocketTimeoutMs;
    // A body that is announced as too large is refused before its client is told to go on and send it.
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (!this.#gate.refusesBody(request)) response.writeContinue();
      this.#serve(request, response);
    });
    return server;
  }

  /** Outside any route: a target that makes no URL is the client's mistake, all else is unexpected. */
  #transportError(error: unknown): Response {
    const reply =
      error instanceof RequestError
        ? errorReply(400, 'REQUEST_INVALID', `The request makes no URL: ${error.message}`)
        : failureReply(error, this.#parts);
    const { status, headers, body } = reply;
    this.#metrics.observe('refused', status, undefined, 0);
    return new Response(body as string, { status, headers });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#gate.check(request);
    if (refusal === undefined) {
      const isStanding = !this.#closing && this.#standing.answer(request, response);
      if (isStanding || this.#directMaps.answer(request, response)) return;
      void this.#handle(request, response);
      return;
    }
    this.#metrics.observe('refused', refusal.status, undefined, 0);
    send(response, refusal);
  }
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const content = Buffer.from(body as string);
  response.writeHead(status, { ...headers, 'content-length': content.length });
  response.end(content);
}

function urlOf({ address, family, port }: AddressInfo): string {
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return family === 'IPv6' ? `http://[${reachable}]:${port}` : `http://${reachable}:${port}`;
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): GismeshError {
  switch (cause.code) {
    case 'EADDRINUSE': {
      const remedy = 'choose another with --port, or stop the program that has it';
      return new GismeshError('PORT_TAKEN', `Port ${port} on ${host} is taken: ${remedy}`, { cause });
    }
    case 'EACCES': {
      const message = `Port ${port} needs rights that this user lacks: choose one above 1023 with --port`;
      return new GismeshError('CONFIG_INVALID', message, { cause });
    }
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new GismeshError('CONFIG_INVALID', `${host} is no address of this machine: check --host`, {
        cause,
      });
    default:
      return new GismeshError('INTERNAL', `Listening on ${host} port ${port} failed`, { cause });
  }
}
