import type { Handler } from 'hono';
import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { BodyRoom } from './body.ts';
import { Call, type CallOrigin, type FrontDoorEnv } from './call.ts';
import { failureReply } from './failures.ts';
import type { HttpMetrics } from './metrics.ts';
import type { FrontDoorOptions } from './options.ts';
import { problemOfOrigin } from './own-origin.ts';
import type { Reply } from './reply.ts';
import { finished, responseOf } from './respond.ts';
import type { StandingReplies } from './standing-replies.ts';

/** What every route works with. */
export interface EndpointTools {
  readonly options: FrontDoorOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: HttpMetrics;
  /** The front door is closing: connections end with their present request. */
  readonly closing: () => boolean;
  /** For posted bodies; without it there is as much as the machine has. */
  readonly room?: BodyRoom;
  /** Keeps answers that can be given again; without it none are kept. */
  readonly standing?: StandingReplies;
}

export interface EndpointDescription {
  /** Label of the metrics. */
  readonly route: string;
  /** Besides HEAD, which goes where GET does, and OPTIONS. */
  readonly methods: readonly ('GET' | 'POST' | 'DELETE')[];
  /** Whose pages may use it in their readers' browsers, besides this front door's own. */
  readonly pages: 'any' | 'allowed' | 'own';
  /** How an error of the handler is told; by default as JSON. */
  readonly fail?: (error: unknown, call: Call) => Reply;
}

export type EndpointHandler = (call: Call) => Reply | Promise<Reply>;

/** Headers that scripts of other origins may read. */
const EXPOSED =
  'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Link, Location, Preference-Applied, Retry-After, Server-Timing, X-Gismesh-Cache, X-Gismesh-Copies, X-Gismesh-Error, X-Gismesh-Job, X-Gismesh-Peer, X-Gismesh-Peer-Name, X-Gismesh-Reason';
const PREFLIGHT_SECONDS = '86400';

/** nginx's "client closed request"; it stands in the metrics and reaches nobody. */
const CLIENT_GONE = 499;

/** Answers one call as it goes to the wire. */
export type Serve = (call: Call) => Promise<Reply>;

/** A Hono handler around one route. */
export function endpoint(
  tools: EndpointTools,
  description: EndpointDescription,
  handle: EndpointHandler,
): Handler<FrontDoorEnv> {
  return handlerOf(tools, serving(tools, description, handle));
}

/** A Hono handler that gives what `serve` answers. */
export function handlerOf({ options, clock, room }: EndpointTools, serve: Serve): Handler<FrontDoorEnv> {
  return async (context) => {
    const parameter = (name: string) => context.req.param(name);
    // Without a server behind it, as in tests of a route alone, there are no bindings.
    const { incoming, outgoing } = (context.env ?? {}) as Pick<CallOrigin, 'incoming' | 'outgoing'>;
    const origin = { request: context.req.raw, parameter, incoming, outgoing };
    return responseOf(await serve(new Call(origin, options, clock.now(), room)));
  };
}

/** What is around each route: methods, CORS, errors, metrics, conditions, compression. */
export function serving(
  tools: EndpointTools,
  description: EndpointDescription,
  handle: EndpointHandler,
): Serve {
  const { options, clock, metrics, closing, standing } = tools;
  const { route, pages, fail = (error: unknown) => failureReply(error, tools) } = description;
  const methods = description.methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const allow = [...methods, 'OPTIONS'].join(', ');

  return async (call) => {
    const reply = await answer(call);
    const { headers } = reply;
    headers['x-content-type-options'] = 'nosniff';
    share(call, reply);
    if (closing()) headers.connection = 'close';
    const sent = await finished(call.request, reply, options.gzipMinBytes);
    if (reply.stands && call.incoming) standing?.keep(call.incoming, route, sent);
    const status = reply.status >= 500 && call.signal.aborted ? CLIENT_GONE : sent.status;
    metrics.observe(route, status, reply.cache, clock.now() - call.startedMs);
    return sent;
  };

  async function answer(call: Call): Promise<Reply> {
    const problem = pages === 'allowed' ? problemOfOrigin(call, options.allowedOrigins) : undefined;
    if (problem !== undefined) return fail(new GismeshError('ORIGIN_REFUSED', problem), call);
    if (call.method === 'OPTIONS') return preflight();
    if (!methods.includes(call.method)) {
      const reply = fail(
        new GismeshError('METHOD_REFUSED', `${call.method} is not offered here: use ${allow}`),
        call,
      );
      return { ...reply, headers: { ...reply.headers, allow } };
    }
    try {
      return await handle(call);
    } catch (error) {
      // Nobody waits for it: that it ended is no failure of this peer, whatever ended it.
      const cancelled = () => new GismeshError('CANCELLED', 'The client went away', { cause: error });
      return fail(call.signal.aborted ? cancelled() : error, call);
    } finally {
      call.letGoOfBody();
    }
  }

  /** Lets scripts read the answer: those of any origin, or of the one that asked and was let in. */
  function share(call: Call, { status, headers }: Reply): void {
    if (pages === 'own') return;
    if (pages === 'allowed') headers.vary = headers.vary ? `${headers.vary}, Origin` : 'Origin';
    const reader = pages === 'any' ? '*' : call.header('origin');
    if (reader === null || (pages === 'allowed' && status === 403)) return;
    headers['access-control-allow-origin'] = reader;
    headers['access-control-expose-headers'] = EXPOSED;
    headers['timing-allow-origin'] = reader;
  }

  function preflight(): Reply {
    const headers: Record<string, string> = { allow };
    if (pages !== 'own') {
      headers['access-control-allow-methods'] = allow;
      headers['access-control-allow-headers'] = '*';
      headers['access-control-max-age'] = PREFLIGHT_SECONDS;
    }
    return { status: 204, headers, body: null };
  }
}
