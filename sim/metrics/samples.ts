import type { LoadSample, MachineReport } from '../result.ts';
import type { Room } from '../room.ts';

/** Most samples kept of each machine: enough for a curve as wide as a page. */
const MAX_SAMPLES = 240;

/** How busy each machine was: one sample a second, fewer in long runs. */
export class MachineSamples {
  readonly #everyMs: number;
  readonly #samples: LoadSample[][];
  #nextMs: number;

  constructor(machines: number, runMs: number) {
    this.#everyMs = Math.max(1_000, Math.ceil(runMs / MAX_SAMPLES / 1_000) * 1_000);
    this.#nextMs = this.#everyMs;
    this.#samples = Array.from({ length: machines }, () => []);
  }

  /**
   * Looks into the room just before `atMs`: what happens at that moment belongs to the time after it, and the sample
   * tells of the time before it.
   */
  take(room: Pick<Room, 'seats'>, atMs: number): void {
    if (atMs < this.#nextMs) return;
    this.#nextMs += this.#everyMs;
    for (const { number, peer, condition } of room.seats) {
      const load = peer.life?.engine.load();
      this.#samples[number]!.push({
        atMs,
        busy: load ? load.running / Math.max(1, condition.slots) : 0,
        queued: load?.queued ?? 0,
        up: load !== undefined,
        ownerActive: condition.ownerActive,
      });
    }
  }

  reports(room: Pick<Room, 'seats'>): MachineReport[] {
    return room.seats.map(({ number, peer, site, condition }) => ({
      peer: peer.name,
      site,
      speed: condition.speed,
      slots: condition.slots,
      samples: this.#samples[number]!,
    }));
  }
}
