import type { Config } from '../../src/config.ts';
import { AccountsChecker } from './accounts.ts';
import type { Checker } from './checker.ts';
import { ConvergenceChecker } from './convergence.ts';
import { DeathsChecker } from './deaths.ts';
import { GossipChecker } from './gossip.ts';
import { RequestsChecker } from './requests.ts';
import type { RoomView } from './room-view.ts';
import { SpreadChecker } from './spread.ts';

/** How often the standing of every peer may turn within ten seconds: gone and back. */
const STANDING_TURNS = 2;
/** Peers that publish one turn: the four that suffice and those that were just about to. */
const PUBLISHERS = 8;
/** Neighbours to which each peer passes a publication on. */
const PASSED_ON_TO = 6;

/** New checkers of everything that a room of so many peers promises; one run each. */
export function allCheckers({ maps, placement }: Config, peers: number): Checker<RoomView>[] {
  const { requestTimeoutMs, maxAttempts, maxFlights } = maps;
  return [
    new RequestsChecker({ requestTimeoutMs, maxAttempts, maxFlights, acquaintanceMs: 60_000 }),
    new AccountsChecker({ maps, placement }),
    new ConvergenceChecker(),
    new DeathsChecker(),
    new GossipChecker({
      messages: 1_000 + STANDING_TURNS * PUBLISHERS * PASSED_ON_TO * peers,
      bytes: Math.max(1_000_000, 33_000 * peers),
      windowMs: 10_000,
    }),
    new SpreadChecker(),
  ];
}
