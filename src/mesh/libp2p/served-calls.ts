import type { Request } from '../../../protocols/control/control_pb.js';
import { type ErrorCode, GismeshError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { CallHandler, PeerId } from '../../platform/network.ts';
import { describe, malformed, timedOut } from './errors.ts';
import { MAX_TIMEOUT_MS } from './pending-calls.ts';

/** Of methods and topics, in characters. */
export const MAX_NAME_LENGTH = 256;

interface ServedCallsParts {
  /** Who calls. */
  readonly peer: PeerId;
  readonly clock: Clock;
  /** Calls under way at a time; further ones fail `BUSY`. */
  readonly limit: number;
  readonly handlerOf: (method: string) => CallHandler | undefined;
  /** One of these is called for each call, unless its caller gave it up before. */
  readonly onAnswer: (id: number, payload: Uint8Array) => void;
  readonly onFailure: (id: number, code: ErrorCode, message: string) => void;
}

/** Calls made by the remote over one channel that are being answered here. */
export class ServedCalls {
  readonly #parts: ServedCallsParts;
  readonly #running = new Map<number, AbortController>();

  constructor(parts: ServedCallsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Throws `MESSAGE_MALFORMED` for an id that is under way. */
  begin({ id, method, payload, timeoutMs }: Request): void {
    const { limit, handlerOf, onFailure } = this.#parts;
    if (this.#running.has(id)) throw malformed(`request ${id} is under way already`);
    const handler = handlerOf(method);
    if (handler === undefined) {
      onFailure(id, 'NETWORK_REFUSED', `No method "${method.slice(0, MAX_NAME_LENGTH)}" here.`);
    } else if (this.#running.size >= limit) {
      onFailure(id, 'BUSY', `${this.#running.size} of your calls are under way already.`);
    } else {
      void this.#run(id, handler, payload.slice(), timeoutMs);
    }
  }

  /** The caller gave it up: its handler is told. False for one that is not under way. */
  cancel(id: number): boolean {
    const controller = this.#running.get(id);
    this.#running.delete(id);
    controller?.abort(new GismeshError('CANCELLED', 'The caller gave up.'));
    return controller !== undefined;
  }

  /** Nobody waits for any of them any more. */
  abortAll(reason: GismeshError): void {
    for (const controller of this.#running.values()) controller.abort(reason);
    this.#running.clear();
  }

  async #run(id: number, handler: CallHandler, payload: Uint8Array, timeoutMs: number): Promise<void> {
    const { peer, clock, onAnswer } = this.#parts;
    const controller = new AbortController();
    this.#running.set(id, controller);
    const timer = clock.after(Math.min(timeoutMs, MAX_TIMEOUT_MS), () => {
      controller.abort(timedOut('The call', timeoutMs));
    });
    try {
      const answer = await handler(payload, { peer, signal: controller.signal });
      if (this.#finish(id, controller)) onAnswer(id, answer);
    } catch (error) {
      if (this.#finish(id, controller)) this.#fail(id, error);
    } finally {
      timer.cancel();
    }
  }

  /** Whether somebody still waits for the answer of this handler. */
  #finish(id: number, controller: AbortController): boolean {
    if (this.#running.get(id) !== controller) return false;
    this.#running.delete(id);
    return true;
  }

  /** Errors of ours keep their code, except those that would seem to be of the caller's own connection. */
  #fail(id: number, error: unknown): void {
    const isOwn = error instanceof GismeshError && !error.code.startsWith('NETWORK_');
    this.#parts.onFailure(id, isOwn ? error.code : 'REMOTE_FAILED', describe(error));
  }
}
