import type { Fault } from './faults/fault.ts';
import { durationOf, endOf, fittedTo, lasting } from './faults/span.ts';

/** Settings of a scenario: who draws what, and who asks for it. */
export interface RoomShape {
  readonly projects: { readonly count: number; readonly holders: 'all' | number; readonly warm: number };
  readonly [setting: string]: unknown;
}

/** What makes a run with faults: equal cases give equal runs. */
export interface Case {
  readonly scenario: string;
  readonly seed: number;
  readonly peers: number;
  /** From the start until everything heals, ms. */
  readonly faultyMs: number;
  readonly faults: readonly Fault[];
  /** Left out: as the seed decides. */
  readonly shape?: RoomShape;
}

/** Fewest peers that are a mesh. */
const MIN_PEERS = 2;
/** What requests and timeouts need after the last fault to go wrong in, ms. */
const AFTERMATH_MS = 5_000;

/**
 * A smaller case that still `fails`: fewer faults (Zeller and Hildebrandt's delta debugging, 2002), fewer peers,
 * shorter. Tries at most `maxRuns` cases.
 */
export async function shrink(
  failing: Case,
  fails: (candidate: Case) => Promise<boolean>,
  maxRuns: number,
): Promise<Case> {
  const search = new Search(failing, fails, maxRuns);
  let before: Case;
  do {
    before = search.best;
    await fewerFaults(search);
    await fewerPeers(search);
    await shorter(search);
  } while (search.best !== before && search.runsLeft > 0);
  return search.best;
}

/** The smallest failing case so far. */
class Search {
  best: Case;
  runsLeft: number;
  readonly #fails: (candidate: Case) => Promise<boolean>;

  constructor(failing: Case, fails: (candidate: Case) => Promise<boolean>, maxRuns: number) {
    this.best = failing;
    this.#fails = fails;
    this.runsLeft = maxRuns;
  }

  /** Takes a candidate that fails as well. */
  async try(candidate: Case): Promise<boolean> {
    if (this.runsLeft <= 0) return false;
    this.runsLeft -= 1;
    if (!(await this.#fails(candidate))) return false;
    this.best = candidate;
    return true;
  }
}

async function fewerFaults(search: Search): Promise<void> {
  let chunk = Math.ceil(search.best.faults.length / 2);
  while (chunk >= 1 && search.runsLeft > 0) {
    const before = search.best.faults.length;
    for (let at = 0; at < search.best.faults.length; ) {
      const faults = search.best.faults.toSpliced(at, chunk);
      if (!(await search.try({ ...search.best, faults }))) at += chunk;
    }
    if (chunk === 1 && search.best.faults.length === before) return;
    chunk = Math.max(1, Math.floor(chunk / 2));
  }
}

async function fewerPeers(search: Search): Promise<void> {
  const candidates = (peers: number) => [Math.floor(peers / 2), Math.floor((peers * 3) / 4), peers - 1];
  for (let smaller = true; smaller && search.runsLeft > 0; ) {
    const { best } = search;
    smaller = false;
    for (const peers of new Set(candidates(best.peers))) {
      if (smaller || peers < MIN_PEERS) continue;
      const faults = best.faults.flatMap((fault) => fittedTo(fault, peers) ?? []);
      smaller = await search.try({ ...best, peers, faults });
    }
  }
}

/** An earlier end, and shorter faults. */
async function shorter(search: Search): Promise<void> {
  const lastMs = Math.max(0, ...search.best.faults.map(endOf));
  const faultyMs = Math.min(search.best.faultyMs, lastMs + AFTERMATH_MS);
  if (faultyMs < search.best.faultyMs) await search.try({ ...search.best, faultyMs });
  for (let index = 0; index < search.best.faults.length; index += 1) {
    for (let halved = true; halved && search.runsLeft > 0; ) {
      const fault = search.best.faults[index]!;
      const ms = Math.floor(durationOf(fault) / 2);
      if (ms < 1) break;
      halved = await search.try({
        ...search.best,
        faults: search.best.faults.with(index, lasting(fault, ms)),
      });
    }
  }
}
