import type { GismeshError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { CallOptions } from '../../platform/network.ts';
import { cancelled, timedOut } from './errors.ts';

export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

interface PendingCall {
  resolve(payload: Uint8Array): void;
  reject(error: Error): void;
  /** Removes timer and listener. */
  forget(): void;
}

/** Calls made over one channel whose answers have not come. */
export class PendingCalls {
  readonly #clock: Clock;
  /** Nobody waits for the answer to this call any more. */
  readonly #onGivenUp: (id: number) => void;
  readonly #calls = new Map<number, PendingCall>();
  #nextId = 1;

  constructor(clock: Clock, onGivenUp: (id: number) => void) {
    this.#clock = clock;
    this.#onGivenUp = onGivenUp;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** `what`: the call in words, for errors. `answer` rejects `NETWORK_TIMEOUT` or `CANCELLED`, or as {@link reject} says. */
  begin(
    what: string,
    { timeoutMs: askedMs, signal }: CallOptions,
  ): { readonly id: number; readonly timeoutMs: number; readonly answer: Promise<Uint8Array> } {
    const id = this.#newId();
    const timeoutMs = Math.min(Math.max(1, Math.ceil(askedMs)), MAX_TIMEOUT_MS);
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      const giveUp = (error: GismeshError) => {
        this.reject(id, error);
        this.#onGivenUp(id);
      };
      const onAbort = () => giveUp(cancelled(what, signal!));
      const timer = this.#clock.after(timeoutMs, () => giveUp(timedOut(what, timeoutMs)));
      const forget = () => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#calls.set(id, { resolve, reject, forget });
    });
    return { id, timeoutMs, answer };
  }

  /** Nothing happens for a call that was given up. */
  resolve(id: number, payload: Uint8Array): void {
    this.#take(id)?.resolve(payload);
  }

  reject(id: number, error: GismeshError): void {
    this.#take(id)?.reject(error);
  }

  rejectAll(error: GismeshError): void {
    for (const id of [...this.#calls.keys()]) this.reject(id, error);
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.forget();
    return call;
  }

  #newId(): number {
    while (this.#calls.has(this.#nextId)) this.#nextId = idAfter(this.#nextId);
    const id = this.#nextId;
    this.#nextId = idAfter(id);
    return id;
  }
}

function idAfter(id: number): number {
  return id >= 0xffff_ffff ? 1 : id + 1;
}
