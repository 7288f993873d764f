import { errorCode, GismeshError } from '../src/core/errors.ts';
import type { Timer } from '../src/platform/clock.ts';
import type { CallContext, CallHandler, CallOptions, PeerId } from '../src/platform/network.ts';
import type { Channel, ConnectionEnd } from './connection.ts';
import { cancelled, tookTooLong } from './within.ts';

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
  readonly #made = new Set<Call>();
  readonly #served = new Set<Call>();

  constructor(end: ConnectionEnd, limits: CallLimits) {
    this.#end = end;
    this.#limits = limits;
  }

  /** Calls made that have no answer yet, and calls being answered. */
  get open(): number {
    return this.#made.size + this.#served.size;
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
    const peer = remote.#end.self;
    if (this.#isBusy(connection)) {
      return Promise.reject(new GismeshError('BUSY', `too many unanswered calls to ${peer}`));
    }
    return new Promise((resolve, reject) => {
      const call = new Call(connection, this.#end, this.#made, { method, peer, options, resolve, reject });
      call.begin();
      connection.send(this.#end, payload.length, labels(method).call, () =>
        remote.#serve(call, method, payload, this),
      );
    });
  }

  /** The connection is gone, and with it every call in either direction. */
  lose(connection: Channel): void {
    // Made only where there is something to lose: most connections close in silence.
    let error: GismeshError | undefined;
    const closed = () => {
      error ??= new GismeshError('NETWORK_CLOSED', 'the connection was closed before the answer came');
      return error;
    };
    for (const call of this.#made) if (call.connection === connection) call.settle({ error: closed() });
    for (const call of this.#served) {
      if (call.connection !== connection) continue;
      this.#served.delete(call);
      call.served?.abort(closed());
    }
  }

  #isBusy(connection: Channel): boolean {
    if (this.#made.size < this.#limits.maxCallsPerPeer) return false;
    let calls = 0;
    for (const call of this.#made) if (call.connection === connection) calls += 1;
    return calls >= this.#limits.maxCallsPerPeer;
  }

  #serve(call: Call, method: string, payload: Uint8Array, caller: Calls): void {
    call.served = new Serving(caller.#end.self);
    this.#served.add(call);
    const reply = (answer: Answer) => {
      this.#served.delete(call);
      call.served = undefined;
      const bytes = 'payload' in answer ? answer.payload.length : answer.error.message.length;
      call.connection.send(this.#end, bytes, labels(method).answer, () => call.settle(answer));
    };
    const answer = this.#answer(method, payload, call.served);
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
}

interface Question {
  readonly method: string;
  readonly peer: PeerId;
  readonly options: CallOptions;
  resolve(payload: Uint8Array): void;
  reject(error: GismeshError): void;
}

/** A call under way; both ends know it. */
class Call {
  readonly connection: Channel;
  /** At the answering end, once it has arrived. */
  served: Serving | undefined;
  readonly #end: ConnectionEnd;
  /** The calling end's, for as long as it waits. */
  readonly #made: Set<Call>;
  /** Gone once settled. */
  #question: Question | undefined;
  #timer: Timer | undefined;
  #onAbort: (() => void) | undefined;

  constructor(connection: Channel, end: ConnectionEnd, made: Set<Call>, question: Question) {
    this.connection = connection;
    this.#end = end;
    this.#made = made;
    this.#question = question;
  }

  begin(): void {
    const { method, peer, options } = this.#question!;
    this.#timer = this.#end.clock.after(options.timeoutMs, () =>
      this.#giveUp(method, tookTooLong(`${method} at ${peer}`, options)),
    );
    if (options.signal) {
      this.#onAbort = () => this.#giveUp(method, cancelled(options.signal));
      options.signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    this.#made.add(this);
  }

  settle(answer: Answer): void {
    const question = this.#question;
    if (!question) return;
    this.#question = undefined;
    this.#made.delete(this);
    this.#timer?.cancel();
    if (this.#onAbort) question.options.signal?.removeEventListener('abort', this.#onAbort);
    if ('payload' in answer) question.resolve(answer.payload);
    else question.reject(answer.error);
  }

  #giveUp(method: string, error: GismeshError): void {
    this.settle({ error });
    this.connection.send(this.#end, 0, labels(method).cancel, () => this.served?.abort(cancelled(undefined)));
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
  let known = knownLabels.get(method);
  if (!known) {
    known = { call: `call ${method}`, answer: `answer ${method}`, cancel: `cancel ${method}` };
    knownLabels.set(method, known);
  }
  return known;
}

/** A handler's own code reaches the caller, except for those that would speak of the caller's own network. */
function asRemote(error: unknown): GismeshError {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  const local = code === 'INTERNAL' || code === 'CANCELLED' || code.startsWith('NETWORK_');
  return new GismeshError(local ? 'REMOTE_FAILED' : code, message);
}
