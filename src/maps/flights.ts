import { GismeshError } from '../core/errors.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { PartPack } from './part-pack.ts';

/** One drawing on its way to this peer, with everybody who waits for it. */
export class Flight {
  readonly key: string;
  /** Monotonic ms. */
  readonly startedAt: number;
  readonly #controller = new AbortController();
  readonly #onAbort: (flight: Flight) => void;
  readonly #parts: PromiseWithResolvers<Uint8Array>[];
  readonly #pack = Promise.withResolvers<PartPack>();
  #waiters = 0;

  constructor(
    { key, partCount, startedAt }: { key: string; partCount: number; startedAt: number },
    onAbort: (flight: Flight) => void,
  ) {
    this.key = key;
    this.startedAt = startedAt;
    this.#onAbort = onAbort;
    this.#parts = Array.from({ length: partCount }, () => Promise.withResolvers<Uint8Array>());
    for (const promise of [this.#pack, ...this.#parts]) promise.promise.catch(() => {});
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get waiters(): number {
    return this.#waiters;
  }

  /** Hands a part to those who wait for it before the whole pack is there. */
  deliver(index: number, part: Uint8Array): void {
    this.#parts[index]?.resolve(part);
  }

  finish(pack: PartPack): void {
    if (pack.parts.length !== this.#parts.length) {
      const message = `A drawing of ${this.#parts.length} parts has ${pack.parts.length}`;
      this.fail(new GismeshError('INTERNAL', message));
      return;
    }
    for (const [index, part] of pack.parts.entries()) this.deliver(index, part);
    this.#pack.resolve(pack);
  }

  fail(error: unknown): void {
    for (const promise of [this.#pack, ...this.#parts]) promise.reject(error);
  }

  /** Ends it for everybody who waits, and tells who draws. */
  abort(reason: GismeshError): void {
    this.fail(reason);
    this.#onAbort(this);
    this.#controller.abort(reason);
  }

  part(index: number): Promise<Uint8Array> {
    const part = this.#parts[index];
    if (!part) throw new GismeshError('INTERNAL', `Drawing ${this.key} has no part ${index}`);
    return part.promise;
  }

  pack(): Promise<PartPack> {
    return this.#pack.promise;
  }

  attach(): void {
    this.#waiters += 1;
  }

  detach(): void {
    this.#waiters -= 1;
  }
}

export interface FlightLimits {
  /** Drawings on their way at once; more are refused `BUSY`. */
  readonly maxFlights: number;
  /**
   * How long a drawing that nobody waits for any more may go on: its result is wanted again soon (a pan back),
   * and killing a renderer costs more than a short rest of its work.
   */
  readonly abandonedMs: number;
}

/** Drawings in flight at this peer: equal keys share one. */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  readonly #abandoned = new Map<Flight, Timer>();
  readonly #clock: Clock;
  readonly #limits: FlightLimits;
  readonly #hasBegun: (key: string) => boolean;

  /** `hasBegun`: whether anything would be lost by ending it now; without it that is always so. */
  constructor(clock: Clock, limits: FlightLimits, hasBegun: (key: string) => boolean = () => true) {
    this.#clock = clock;
    this.#limits = limits;
    this.#hasBegun = hasBegun;
  }

  get isFull(): boolean {
    return this.#flights.size >= this.#limits.maxFlights;
  }

  get size(): number {
    return this.#flights.size;
  }

  /** Of the drawings on their way. */
  keys(): Iterable<string> {
    return this.#flights.keys();
  }

  get(key: string): Flight | undefined {
    return this.#flights.get(key);
  }

  /**
   * The flight of this key: the one under way, or a new one run by `run`. The caller attaches itself with
   * `wait` in the same turn.
   */
  join(
    key: string,
    partCount: number,
    run: (flight: Flight) => Promise<PartPack>,
  ): { flight: Flight; joined: boolean } {
    const current = this.#flights.get(key);
    if (current) return { flight: current, joined: true };
    if (this.isFull) {
      throw new GismeshError(
        'BUSY',
        `${this.#flights.size} drawings are on their way already; try again shortly`,
      );
    }
    const startedAt = this.#clock.now();
    // Who asks anew begins anew, however long an aborted one takes to end.
    const flight = new Flight({ key, partCount, startedAt }, (aborted) => this.#land(aborted));
    this.#flights.set(key, flight);
    run(flight)
      .then(
        (pack) => flight.finish(pack),
        (error) => flight.fail(error),
      )
      .finally(() => this.#land(flight));
    return { flight, joined: false };
  }

  /** Waits for `result` of a flight until the signal aborts; the last one to leave ends the flight. */
  async wait<T>(flight: Flight, result: Promise<T>, signal: AbortSignal): Promise<T> {
    flight.attach();
    this.#abandoned.get(flight)?.cancel();
    this.#abandoned.delete(flight);
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      return await Promise.race([result, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      flight.detach();
      if (flight.waiters === 0 && this.#flights.get(flight.key) === flight) this.#abandon(flight);
    }
  }

  #abandon(flight: Flight): void {
    const cancel = () => flight.abort(new GismeshError('CANCELLED', 'Nobody waits for this drawing'));
    if (!this.#hasBegun(flight.key)) {
      // What was overtaken while it waited would cost others its whole time.
      cancel();
      return;
    }
    this.#abandoned.set(flight, this.#clock.after(this.#limits.abandonedMs, cancel));
  }

  #land(flight: Flight): void {
    this.#abandoned.get(flight)?.cancel();
    this.#abandoned.delete(flight);
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }
}
