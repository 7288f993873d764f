import type { Circles } from '../core/policies/circles.ts';
import type { Clock } from '../platform/clock.ts';
import type { PackCache } from './cache.ts';
import type { Drawer } from './drawer.ts';
import { type Drawing, drawingKey, isCacheable, partCount } from './drawing.ts';
import { type FlightLimits, Flights } from './flights.ts';
import type { CacheOutcome } from './map-service.ts';
import type { PartPack } from './part-pack.ts';

/** What is drawn by this peer's own engines: each drawing once, whoever asks, and kept in the cache. */
export class LocalDrawings {
  readonly flights: Flights;
  readonly #drawer: Drawer;
  readonly #cache: PackCache;
  readonly #circles: Circles;
  readonly #clock: Clock;

  constructor(
    parts: { drawer: Drawer; cache: PackCache; circles: Circles; clock: Clock },
    limits: FlightLimits,
  ) {
    this.flights = new Flights(parts.clock, limits, (key) => parts.drawer.hasBegun(key));
    this.#drawer = parts.drawer;
    this.#cache = parts.cache;
    this.#circles = parts.circles;
    this.#clock = parts.clock;
  }

  /**
   * `short`: the holders that were asked before this peer were too busy. `onMade` gets what is drawn for this call,
   * as early as it can be shown.
   */
  async draw(
    drawing: Drawing,
    signal: AbortSignal,
    short: boolean,
    onMade?: (pack: PartPack) => void,
  ): Promise<{ pack: PartPack; cache: CacheOutcome }> {
    const key = drawingKey(drawing);
    const cached = this.#cache.has(key) ? await this.#cache.get(key) : undefined;
    if (cached) return { pack: cached, cache: 'hit' };
    this.#circles.drew(drawing.projectHash, short, this.#clock.now());
    const { flight, joined } = this.flights.join(key, partCount(drawing.task), async (flight) => {
      const pack = await this.#drawer.draw(drawing, flight.signal, onMade);
      if (isCacheable(drawing)) this.#cache.put(key, pack);
      return pack;
    });
    const pack = await this.flights.wait(flight, flight.pack(), signal);
    return { pack, cache: joined ? 'joined' : 'miss' };
  }
}
