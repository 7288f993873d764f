import { errorCode, GismeshError } from '../src/core/errors.ts';
import type { CallHandler, CallOptions, PeerId } from '../src/platform/network.ts';
import type { Channel, ConnectionEnd } from './connection.ts';
import { cancelled, within } from './within.ts';

export interface CallLimits {
  readonly maxMessageBytes: number;
  readonly maxCallsPerPeer: number;
}

type Answer = { readonly payload: Uint8Array } | { readonly error: GismeshError };

/** The calls of one peer: those it makes and those it answers. */
export class Calls {
  readonly #end: ConnectionEnd;
  readonly #limits: CallLimits;
  readonly #handlers = new Map<string, CallHandler>();
  /** Calls made, by the connection they went over. */
  readonly #pending = new Map<Channel, Map<number, (answer: Answer) => void>>();
  /** Calls being answered; the controllers tell their handlers to stop. */
  readonly #serving = new Map<Channel, Map<number, AbortController>>();
  #nextId = 1;

  constructor(end: ConnectionEnd, limits: CallLimits) {
    this.#end = end;
    this.#limits = limits;
  }

  handle(method: string, handler: CallHandler): void {
    this.#handlers.set(method, handler);
  }

  call(
    connection: Channel,
    remote: Calls,
    method: string,
    payload: Uint8Array,
    options: CallOptions,
  ): Promise<Uint8Array> {
    const pending = entry(this.#pending, connection, () => new Map<number, (answer: Answer) => void>());
    const peer = remote.#end.self;
    if (pending.size >= this.#limits.maxCallsPerPeer) {
      return Promise.reject(new GismeshError('BUSY', `too many unanswered calls to ${peer}`));
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const content = payload.slice();
    return within<Uint8Array>(
      this.#end.clock,
      options,
      `${method} at ${peer}`,
      (resolve, reject) => {
        pending.set(id, (answer) => {
          pending.delete(id);
          if ('payload' in answer) resolve(answer.payload);
          else reject(answer.error);
        });
        connection.send(this.#end, content.length, `call ${method}`, () =>
          remote.#serve(connection, id, method, content, this),
        );
      },
      () => {
        pending.delete(id);
        connection.send(this.#end, 0, `cancel ${method}`, () => remote.#cancel(connection, id));
      },
    );
  }

  /** The connection is gone, and with it every call in either direction. */
  lose(connection: Channel): void {
    const error = new GismeshError('NETWORK_CLOSED', 'the connection was closed before the answer came');
    for (const settle of [...(this.#pending.get(connection)?.values() ?? [])]) settle({ error });
    this.#pending.delete(connection);
    for (const controller of this.#serving.get(connection)?.values() ?? []) controller.abort(error);
    this.#serving.delete(connection);
  }

  #serve(connection: Channel, id: number, method: string, payload: Uint8Array, caller: Calls): void {
    const serving = entry(this.#serving, connection, () => new Map<number, AbortController>());
    const controller = new AbortController();
    serving.set(id, controller);
    void this.#answer(method, payload, caller.#end.self, controller.signal).then((answer) => {
      serving.delete(id);
      const bytes = 'payload' in answer ? answer.payload.length : answer.error.message.length;
      connection.send(this.#end, bytes, `answer ${method}`, () =>
        caller.#pending.get(connection)?.get(id)?.(answer),
      );
    });
  }

  async #answer(method: string, payload: Uint8Array, peer: PeerId, signal: AbortSignal): Promise<Answer> {
    const handler = this.#handlers.get(method);
    if (!handler) return { error: new GismeshError('NETWORK_REFUSED', `nobody answers ${method} there`) };
    try {
      const answer = (await handler(payload, { peer, signal })).slice();
      if (answer.length <= this.#limits.maxMessageBytes) return { payload: answer };
      return { error: new GismeshError('MESSAGE_TOO_LARGE', `the answer to ${method} is too large`) };
    } catch (error) {
      return { error: asRemote(error) };
    }
  }

  #cancel(connection: Channel, id: number): void {
    this.#serving.get(connection)?.get(id)?.abort(cancelled(undefined));
  }
}

/** A handler's own code reaches the caller, except for those that would speak of the caller's own network. */
function asRemote(error: unknown): GismeshError {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  const local = code === 'INTERNAL' || code === 'CANCELLED' || code.startsWith('NETWORK_');
  return new GismeshError(local ? 'REMOTE_FAILED' : code, message);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}
