import { GismeshError } from '../core/errors.ts';
import type { Call } from './call.ts';
import { bearsToken } from './control-token.ts';
import type { EventStreams } from './event-streams.ts';
import type { FrontDoorContext } from './front-door-context.ts';
import type { NodeEvent } from './node-event.ts';
import { errorReply, jsonReply, type Reply, textReply } from './reply.ts';

/** Routes for programs and the page that only look. */
export class ApiRoutes {
  readonly #context: FrontDoorContext;
  readonly #events: EventStreams<NodeEvent>;

  constructor(context: FrontDoorContext, events: EventStreams<NodeEvent>) {
    this.#context = context;
    this.#events = events;
  }

  status(): Reply {
    return jsonReply(200, this.#context.status());
  }

  peers(): Reply {
    return jsonReply(200, this.#context.peers());
  }

  projects(): Reply {
    return jsonReply(200, this.#context.maps.projects());
  }

  /** Server-sent events: all peers and projects first, then what happens. */
  events(call: Call): Reply {
    if (call.method === 'HEAD') return eventStreamReply(null);
    const state = [
      { event: 'peers', peers: this.#context.peers() },
      { event: 'projects', projects: this.#context.maps.projects() },
    ];
    const body = this.#events.open(state, () => call.disconnect());
    if (body) return eventStreamReply(body);
    throw new GismeshError('BUSY', 'As many clients as may be listen to events already: try again later');
  }

  /** Answers while the process lives. */
  healthz(): Reply {
    return textReply(200, 'ok\n');
  }

  /** 503 with the reason until maps can be drawn. */
  readyz(): Reply {
    const reason = this.#context.notReady();
    return reason === undefined ? textReply(200, 'ready\n') : textReply(503, `not ready: ${reason}\n`);
  }

  async metrics(): Promise<Reply> {
    const text = await this.#context.metrics();
    return textReply(200, text, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  }
}

/** Server-sent events; null where only the headers are asked for. */
export function eventStreamReply(body: ReadableStream<Uint8Array> | null): Reply {
  const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // The stream takes the whole life of its connection, which then need not outlive it.
    connection: 'close',
    // Asks proxies of nginx's kind not to hold events back.
    'x-accel-buffering': 'no',
  };
  return { status: 200, headers, body };
}

/** Routes that change the node; only who can read its token from the data folder may use them. */
export class ControlRoutes {
  readonly #control: FrontDoorContext['control'];

  constructor(context: FrontDoorContext) {
    this.#control = context.control;
  }

  /** Wraps a handler so that it runs for bearers of the token alone. */
  guarded(handle: (call: Call) => Promise<Reply>): (call: Call) => Promise<Reply> {
    return async (call) => {
      if (bearsToken(call.header('authorization'), this.#control.token)) return await handle(call);
      const message = 'This needs the header "Authorization: Bearer TOKEN" with the token of the data folder';
      return errorReply(401, 'REQUEST_INVALID', message, { 'www-authenticate': 'Bearer realm="gismesh"' });
    };
  }

  async stop(): Promise<Reply> {
    this.#control.stop();
    return jsonReply(202, { stopping: true });
  }

  /** `{ "now": true }` hands over what runs as well; what is left is `work` of `/api/status`. */
  async drain(call: Call): Promise<Reply> {
    const body = await call.body();
    this.#control.drain({ now: body !== '' && jsonOf(body)?.now === true });
    return jsonReply(202, { draining: true });
  }

  async resume(): Promise<Reply> {
    this.#control.resume();
    return jsonReply(200, { draining: false });
  }

  async invitation(): Promise<Reply> {
    return jsonReply(200, await this.#control.invitation());
  }

  async join(call: Call): Promise<Reply> {
    await this.#control.join(readInvitation(await call.body()));
    return jsonReply(200, { joined: true });
  }
}

/** `{ "invitation": "..." }`. */
function readInvitation(body: string): string {
  const invitation = jsonOf(body)?.invitation;
  if (typeof invitation === 'string' && invitation !== '') return invitation;
  throw new GismeshError('REQUEST_INVALID', 'The body must be {"invitation": "..."}');
}

/** Members of an object; none of anything else. */
function jsonOf(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return (JSON.parse(body) ?? undefined) as Record<string, unknown> | undefined;
  } catch (cause) {
    throw new GismeshError('REQUEST_INVALID', 'The body is not JSON', { cause });
  }
}
