import type { Fault } from '../faults/fault.ts';
import type { FaultBounds } from '../faults/generate.ts';
import type { SeededRandom } from '../random.ts';

/** Peers that a request is tried at: as many as the configuration allows. */
const MAX_ATTEMPTS = 10;
const WAVES = 12;
const WAVE_MS = { least: 1_500, most: 3_000 };

/** Each project can be drawn by a third of the machines, and a request is tried at many of them. */
export function failingRoom(peers: number) {
  return {
    projects: { count: 8, holders: Math.ceil(peers / 3), warm: 8 },
    service: { meanMs: 60 },
    load: { kind: 'scatter', perUserPerSecond: 0.3 },
    settings: { maps: { maxAttempts: MAX_ATTEMPTS } },
  };
}

/**
 * Engines fail all drawings at a time, as when a share or an update breaks them: in each wave at other machines, one
 * less than a request may be tried at. Now and then all those fail that a request was first meant for.
 */
export function failingTogether(random: SeededRandom, { peers, fromMs, untilMs }: FaultBounds): Fault[] {
  const count = Math.min(MAX_ATTEMPTS - 1, Math.ceil(peers / 3));
  const everyMs = (untilMs - fromMs) / WAVES;
  return Array.from({ length: WAVES }, (_, wave) => {
    const longMs = WAVE_MS.least + (WAVE_MS.most - WAVE_MS.least) * random.next();
    const forMs = Math.max(1, Math.floor(Math.min(longMs, everyMs)));
    const atMs = Math.floor(fromMs + everyMs * wave);
    const left = Array.from({ length: peers }, (_, peer) => peer);
    return Array.from({ length: count }, (): Fault => {
      const [peer] = left.splice(Math.floor(random.next() * left.length), 1);
      return { kind: 'engine-failure', atMs, peer: peer!, forMs, rate: 1 };
    });
  }).flat();
}
