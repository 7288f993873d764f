import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { PackCache } from './cache.ts';
import type { RemotePack } from './draw-stream.ts';
import { type Drawing, drawingKey, isCacheable, partCount } from './drawing.ts';
import { type Flight, type FlightLimits, Flights } from './flights.ts';
import type { CacheOutcome, RequestContext } from './map-service.ts';
import type { Journey } from './order.ts';
import type { PartPack } from './part-pack.ts';
import type { Placer } from './placer.ts';

export interface RequestLimits extends FlightLimits {
  /** From the client's request to its answer or error, ms. */
  readonly requestTimeoutMs: number;
}

interface Request {
  readonly journey: Journey;
  readonly decided: PromiseWithResolvers<boolean>;
  readonly drawnBy: { peer: string; name: string };
}

export interface PartAnswer {
  readonly part: Uint8Array;
  readonly drawnBy: { readonly peer: string; readonly name: string };
  readonly journey: Journey;
}

/** What this front door is having drawn for its clients, wherever: equal requests share one. */
export class RequestFlights {
  readonly #flights: Flights;
  readonly #requests = new WeakMap<Flight, Request>();
  readonly #cache: PackCache;
  readonly #placer: Placer;
  readonly #clock: Clock;
  readonly #limits: RequestLimits;

  constructor(cache: PackCache, placer: Placer, clock: Clock, limits: RequestLimits) {
    this.#flights = new Flights(clock, limits);
    this.#cache = cache;
    this.#placer = placer;
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#flights.size;
  }

  /** The drawings that are asked for. */
  keys(): Iterable<string> {
    return this.#flights.keys();
  }

  /** One part of a drawing: from the disk cache, from a request under way, or drawn by somebody. */
  async part(drawing: Drawing, index: number, { signal, startedMs }: RequestContext): Promise<PartAnswer> {
    const key = drawingKey(drawing);
    const { flight, joined } = this.#flights.join(key, partCount(drawing.task), (flight) => {
      const expiresAt = (startedMs ?? flight.startedAt) + this.#limits.requestTimeoutMs;
      return this.#run(flight, drawing, index, expiresAt);
    });
    const part = await this.#flights.wait(flight, flight.part(index), signal);
    const { journey, drawnBy } = this.#requests.get(flight) as Request;
    const cache: CacheOutcome = joined && journey.cache === 'miss' ? 'joined' : journey.cache;
    return { part, drawnBy, journey: { ...journey, cache } };
  }

  /** For another front door: the drawing, if this one has it or is having it drawn itself. */
  async joinOwned(key: string, signal: AbortSignal): Promise<RemotePack | undefined> {
    const flight = this.#flights.get(key);
    const owning = flight && (await this.#requests.get(flight)?.decided.promise);
    if (flight && owning)
      return { pack: await this.#flights.wait(flight, flight.pack(), signal), cache: 'joined' };
    const pack = await this.#cache.get(key);
    return pack && { pack, cache: 'hit' };
  }

  async #run(flight: Flight, drawing: Drawing, firstPart: number, expiresAt: number): Promise<PartPack> {
    const journey: Journey = { cache: 'miss', reason: '', timing: {} };
    const request: Request = { journey, decided: Promise.withResolvers(), drawnBy: { peer: '', name: '' } };
    this.#requests.set(flight, request);
    const key = drawingKey(drawing);
    const restMs = Math.max(0, expiresAt - this.#clock.now());
    const expiry = this.#clock.after(restMs, () => flight.abort(this.#tooLate()));
    try {
      const kept = this.#cache.has(key) ? await this.#fromCache(key, request) : undefined;
      const pack = kept ?? (await this.#placed(flight, drawing, { firstPart, expiresAt, request }));
      request.drawnBy.peer = pack.drawnBy;
      request.drawnBy.name = pack.drawnByName;
      if (isCacheable(drawing)) this.#cache.put(key, pack);
      return pack;
    } finally {
      expiry.cancel();
      request.decided.resolve(true);
    }
  }

  #tooLate(): GismeshError {
    const { requestTimeoutMs } = this.#limits;
    return new GismeshError('DEADLINE_EXCEEDED', `Nobody had drawn it within ${requestTimeoutMs} ms`);
  }

  async #fromCache(key: string, { journey, decided }: Request): Promise<PartPack | undefined> {
    const pack = await this.#cache.get(key);
    if (!pack) return undefined;
    journey.cache = 'hit';
    journey.reason = 'from the cache of this peer';
    decided.resolve(true);
    return pack;
  }

  #placed(
    flight: Flight,
    drawing: Drawing,
    { firstPart, expiresAt, request }: { firstPart: number; expiresAt: number; request: Request },
  ): Promise<PartPack> {
    return this.#placer.place({
      drawing,
      firstPart,
      signal: flight.signal,
      expiresAt,
      journey: request.journey,
      onPart: (index, part, drawnBy) => {
        Object.assign(request.drawnBy, drawnBy);
        flight.deliver(index, part);
      },
      onDecided: (owning) => request.decided.resolve(owning),
    });
  }
}
