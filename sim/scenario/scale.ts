import { GismeshError } from '../../src/core/errors.ts';
import { parseScenario } from './load.ts';
import type { Scenario } from './schema.ts';

/**
 * The scenario with another number of peers, or another end. Shares stay as they are; sites and holders grow or
 * shrink with the room, and a fault at a peer that is no longer there happens to one that is.
 */
export function scaled(
  scenario: Scenario,
  { peers = scenario.peers, untilMs = scenario.durationMs }: { peers?: number; untilMs?: number },
): Scenario {
  if (peers === scenario.peers && untilMs === scenario.durationMs) return scenario;
  if (!Number.isInteger(peers) || peers < Math.max(1, scenario.sites.length)) {
    throw new GismeshError(
      'CONFIG_INVALID',
      `peers: ${peers} are too few; the least is ${Math.max(1, scenario.sites.length)}`,
    );
  }
  const { holders } = scenario.projects;
  const ratio = peers / scenario.peers;
  return parseScenario({
    ...scenario,
    peers,
    durationMs: untilMs,
    warmUpMs: scenario.warmUpMs < untilMs ? scenario.warmUpMs : untilMs / 3,
    sites: scaledSites(scenario, peers),
    projects: {
      ...scenario.projects,
      holders: holders === 'all' ? holders : Math.min(peers, Math.max(1, Math.round(holders * ratio))),
    },
    faults: scenario.faults.map((fault) =>
      'peers' in fault
        ? { ...fault, peers: [...new Set(fault.peers.map((peer) => moved(peer, scenario.peers, peers)))] }
        : { ...fault, peer: moved(fault.peer, scenario.peers, peers) },
    ),
  });
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

/** The peer at the same place in a room of another size. */
function moved(peer: number, before: number, peers: number): number {
  return peers >= before ? peer : Math.floor((peer * peers) / before);
}
