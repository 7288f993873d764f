import { GismeshError } from '../../src/core/errors.ts';
import type { Fault } from '../faults/fault.ts';
import { parseScenario } from './load.ts';
import { MAX_DURATION_MS } from './quantities.ts';
import { MAX_PEERS, type Scenario } from './schema.ts';

/**
 * The scenario with another number of peers, or another end. Shares stay as they are; sites, holders, providers and
 * the jobs for these grow or shrink with the room, and a fault at a peer that is no longer there happens to one that is.
 *
 * @throws GismeshError `CONFIG_INVALID` where there cannot be so many, or so long a time
 */
export function scaled(
  scenario: Scenario,
  { peers = scenario.peers, untilMs = scenario.durationMs }: { peers?: number; untilMs?: number },
): Scenario {
  if (peers === scenario.peers && untilMs === scenario.durationMs) return scenario;
  checkPeers(peers, scenario);
  if (!(untilMs > 0 && untilMs <= MAX_DURATION_MS)) {
    const message = `until: ${untilMs / 1_000} s; it has to be more than 0 and at most ${MAX_DURATION_MS / 1_000} s`;
    throw new GismeshError('CONFIG_INVALID', message);
  }
  const { projects, load, warmUpMs } = scenario;
  const part = <T>(count: T | number) =>
    typeof count === 'number'
      ? Math.min(peers, Math.max(1, Math.round((count * peers) / scenario.peers)))
      : count;
  const providers = part(load.jobs.providers);
  const executing = countOf(providers, peers) / countOf(load.jobs.providers, scenario.peers);
  return parseScenario({
    ...scenario,
    peers,
    durationMs: untilMs,
    warmUpMs: warmUpMs < untilMs ? warmUpMs : untilMs / 3,
    sites: scaledSites(scenario, peers),
    projects: { ...projects, holders: part(projects.holders) },
    load: { ...load, jobs: { ...load.jobs, providers, perMinute: load.jobs.perMinute * executing } },
    faults: scenario.faults.map((fault) => movedFault(fault, scenario.peers, peers)),
  });
}

function countOf(some: number | 'all', peers: number): number {
  return some === 'all' ? peers : Math.min(some, peers);
}

function checkPeers(peers: number, { sites }: Scenario): void {
  const least = Math.max(1, sites.length);
  if (Number.isInteger(peers) && peers >= least && peers <= MAX_PEERS) return;
  const one = sites.length > 1 ? ', one at each site' : '';
  const message =
    peers > MAX_PEERS
      ? `peers: ${peers} are too many; the most is ${MAX_PEERS}`
      : `peers: ${peers} are too few; the least is ${least}${one}`;
  throw new GismeshError('CONFIG_INVALID', message);
}

function scaledSites({ sites, peers: before }: Scenario, peers: number): Scenario['sites'] {
  let rest = peers;
  return sites.map(({ name, peers: size }, index) => {
    const after = sites.length - index - 1;
    const share = after === 0 ? rest : Math.round((size * peers) / before);
    const given = Math.min(Math.max(1, share), rest - after);
    rest -= given;
    return { name, peers: given };
  });
}

function movedFault(fault: Fault, before: number, peers: number): Fault {
  return 'peers' in fault
    ? { ...fault, peers: [...new Set(fault.peers.map((peer) => moved(peer, before, peers)))] }
    : { ...fault, peer: moved(fault.peer, before, peers) };
}

/** The peer at the same place in a room of another size. */
function moved(peer: number, before: number, peers: number): number {
  return peers >= before ? peer : Math.floor((peer * peers) / before);
}
