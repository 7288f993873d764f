import { errorCode, GismeshError } from '../src/core/errors.ts';
import type { CallContext, CallHandler, CallOptions, PeerId } from '../src/platform/network.ts';
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
  /** Calls being answered. */
  readonly #serving = new Map<Channel, Map<number, Serving>>();
  #nextId = 1;

  constructor(end: ConnectionEnd, limits: CallLimits) {
    this.#end = end;
    this.#limits = limits;
  }

  /** Calls made that have no answer yet, and calls being answered. */
  get open(): number {
    const ofEach = [...this.#pending.values(), ...this.#serving.values()];
    return ofEach.reduce((sum, { size }) => sum + size, 0);
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
        connection.send(this.#end, payload.length, labels(method).call, () =>
          remote.#serve(connection, id, method, payload, this),
        );
      },
      () => {
        pending.delete(id);
        connection.send(this.#end, 0, labels(method).cancel, () => remote.#cancel(connection, id));
      },
    );
  }

  /** The connection is gone, and with it every call in either direction. */
  lose(connection: Channel): void {
    const error = new GismeshError('NETWORK_CLOSED', 'the connection was closed before the answer came');
    for (const settle of [...(this.#pending.get(connection)?.values() ?? [])]) settle({ error });
    this.#pending.delete(connection);
    for (const serving of this.#serving.get(connection)?.values() ?? []) serving.abort(error);
    this.#serving.delete(connection);
  }

  #serve(connection: Channel, id: number, method: string, payload: Uint8Array, caller: Calls): void {
    const serving = entry(this.#serving, connection, () => new Map<number, Serving>());
    const context = new Serving(caller.#end.self);
    serving.set(id, context);
    const reply = (answer: Answer) => {
      serving.delete(id);
      const bytes = 'payload' in answer ? answer.payload.length : answer.error.message.length;
      connection.send(this.#end, bytes, labels(method).answer, () =>
        caller.#pending.get(connection)?.get(id)?.(answer),
      );
    };
    const answer = this.#answer(method, payload, context);
    // Most are known at once: no promise is made for them.
    if (answer instanceof Promise) void answer.then(reply);
    else reply(answer);
  }

  #answer(method: string, payload: Uint8Array, context: CallContext): Answer | Promise<Answer> {
    const handler = this.#handlers.get(method);
    if (!handler) return { error: new GismeshError('NETWORK_REFUSED', `nobody answers ${method} there`) };
    try {
      const answer = handler(payload, context);
      if (answer instanceof Uint8Array) return this.#bounded(method, answer);
      return answer.then(
        (content) => this.#bounded(method, content),
        (error) => ({ error: asRemote(error) }),
      );
    } catch (error) {
      return { error: asRemote(error) };
    }
  }

  #bounded(method: string, payload: Uint8Array): Answer {
    if (payload.length <= this.#limits.maxMessageBytes) return { payload };
    return { error: new GismeshError('MESSAGE_TOO_LARGE', `the answer to ${method} is too large`) };
  }

  #cancel(connection: Channel, id: number): void {
    this.#serving.get(connection)?.get(id)?.abort(cancelled(undefined));
  }
}

/** A call being answered. Few handlers ever look at the signal, so it is made for those alone. */
class Serving implements CallContext {
  readonly peer: PeerId;
  #controller: AbortController | undefined;
  #reason: GismeshError | undefined;

  constructor(peer: PeerId) {
    this.peer = peer;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: GismeshError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

interface Labels {
  readonly call: string;
  readonly answer: string;
  readonly cancel: string;
}

const knownLabels = new Map<string, Labels>();

/** The labels of a method's messages, made once. */
function labels(method: string): Labels {
  return entry(knownLabels, method, () => ({
    call: `call ${method}`,
    answer: `answer ${method}`,
    cancel: `cancel ${method}`,
  }));
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
