import type { Fault } from '../faults/fault.ts';
import type { FaultBounds } from '../faults/generate.ts';
import type { SeededRandom } from '../random.ts';

/** Copies are looked after so often, ms: all have to be there again within the time for convergence. */
const CHECK_MS = 20_000;

const settings = { artifacts: { keeping: { checkMs: CHECK_MS } } };

/** What a seed decides of jobs: half of the rooms have none. */
export interface JobShape {
  /** Of a scenario's load; absent without jobs. */
  readonly load: { readonly jobs?: object };
  /** Of every peer. */
  readonly settings: object;
}

export function jobShape(random: SeededRandom, peers: number): JobShape {
  const oneOf = <T>(...choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)]!;
  if (random.chance(0.5)) return { load: {}, settings: {} };
  const providers = oneOf<'all' | number>('all', 'all', Math.ceil(peers / 3));
  // Less than what the slowest room can do while it is half broken.
  const atATime = oneOf(0.1, 0.25) * (providers === 'all' ? peers : providers);
  const workMs = oneOf(500, 2_000, 5_000);
  const jobs = {
    perMinute: Math.min(120, (atATime * 60_000) / workMs),
    workMs,
    bytes: oneOf(500, 20_000, 80_000),
    sync: oneOf(0, 0.25, 1),
    once: oneOf(0, 0.2, 1),
    failing: oneOf(0, 0.1),
    dismissed: oneOf(0, 0.1, 0.5),
    chained: oneOf(0, 0.2),
    providers,
  };
  return { load: { jobs }, settings };
}

/** In half of the rooms with jobs peers go over and over, so that many a job loses its peer, or the standby its own. */
export function jobFaults(random: SeededRandom, { peers, fromMs, untilMs }: FaultBounds): Fault[] {
  if (random.chance(0.5)) return [];
  const count = 5 + Math.floor(random.next() * peers);
  return Array.from({ length: count }, (): Fault => {
    const kind = (['kill', 'kill', 'power-loss', 'leave'] as const)[Math.floor(random.next() * 4)]!;
    const atMs = Math.floor(fromMs + random.next() * (untilMs - fromMs));
    const downMs = Math.min(Math.round(1_000 * 40 ** random.next()), untilMs - atMs);
    return { kind, atMs, peer: Math.floor(random.next() * peers), downMs };
  });
}

/** Half of the first machines have something to execute at any moment, and for long. */
export function longJobs(providers: number): JobShape {
  const workMs = 5_000;
  const perMinute = (0.5 * providers * 60_000) / workMs;
  const jobs = { perMinute, workMs, sigma: 0.3, once: 0.5, dismissed: 0.1, chained: 0.1, providers };
  return { load: { jobs }, settings };
}

/** Deaths that begin about together last until long after the others have taken over what is left behind. */
export function lastingDeaths(
  random: SeededRandom,
  { fromMs, untilMs }: FaultBounds,
  providers: number,
): Fault[] {
  const left = Array.from({ length: providers }, (_, peer) => peer);
  const count = Math.min(providers, 2 + Math.floor((random.next() * providers) / 2));
  const faults = Array.from({ length: count }, (): Fault => {
    const [peer] = left.splice(Math.floor(random.next() * left.length), 1);
    const atMs = Math.min(untilMs - 1, Math.floor(fromMs + 5_000 * random.next()));
    const downMs = Math.min(Math.floor(20_000 + 15_000 * random.next()), untilMs - atMs);
    return { kind: random.chance(0.5) ? 'kill' : 'power-loss', atMs, peer: peer!, downMs };
  });
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/**
 * Jobs take longer than a lease lasts, and nobody hears of them before they end: few enough that hardly one of them
 * waits for another.
 */
export function quietJobs(peers: number): JobShape {
  const workMs = 20_000;
  const perMinute = (0.2 * peers * 60_000) / workMs;
  const jobs = { perMinute, workMs, sigma: 0.3, quiet: 0.8, once: 0.1, dismissed: 0.1, failing: 0 };
  return { load: { jobs }, settings };
}

/** Many short jobs leave results everywhere. */
export function manyResults(peers: number): JobShape {
  const workMs = 1_000;
  const perMinute = Math.min(60, (0.1 * peers * 60_000) / workMs);
  const jobs = { perMinute, workMs, once: 0.1, dismissed: 0.1, chained: 0.2 };
  return { load: { jobs }, settings };
}

/** Disks are lost in so many waves. */
const LOSSES = 3;
/** Those of a wave go within this, ms. */
const TOGETHER_MS = 3_000;
/** A wave is over when its last machine is back, ms. */
const LONGEST_LOSS_MS = 15_000;

/**
 * Disks are lost, never more at about the same time than there are copies: before the next ones go, whoever looks after
 * the copies has had time to. Without that the copies of some results are all gone in the end.
 */
export function diskLosses(
  random: SeededRandom,
  { peers, fromMs, untilMs }: FaultBounds,
  copies: number,
): Fault[] {
  const everyMs = (untilMs - fromMs) / LOSSES;
  const most = Math.min(copies, peers - 1);
  return Array.from({ length: LOSSES }, (_, wave) => {
    const left = Array.from({ length: peers }, (_, peer) => peer);
    const count = Math.min(most, 1 + Math.floor(random.next() * copies));
    return Array.from({ length: count }, (): Fault => {
      const [peer] = left.splice(Math.floor(random.next() * left.length), 1);
      const atMs = Math.floor(fromMs + everyMs * wave + TOGETHER_MS * random.next());
      const downMs = Math.round(200 * (LONGEST_LOSS_MS / 200) ** random.next());
      return { kind: 'disk-loss', atMs, peer: peer!, downMs: Math.max(0, Math.min(downMs, untilMs - atMs)) };
    });
  }).flat();
}
