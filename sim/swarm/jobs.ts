import type { SeededRandom } from '../random.ts';

/** Copies are looked after so often, ms: all have to be there again within the time for convergence. */
const CHECK_MS = 20_000;

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
  // As much as a third of the room can do while it is half broken.
  const atATime = (oneOf(0.02, 0.05, 0.1) * peers) / 2;
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
    providers: oneOf<'all' | number>('all', 'all', Math.ceil(peers / 3)),
  };
  return { load: { jobs }, settings: { artifacts: { keeping: { checkMs: CHECK_MS } } } };
}
