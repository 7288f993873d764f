import type { Config } from '../../src/config.ts';
import { AccountsChecker } from './accounts.ts';
import type { Checker } from './checker.ts';
import { ConvergenceChecker } from './convergence.ts';
import { DeathsChecker } from './deaths.ts';
import { GossipChecker } from './gossip.ts';
import { RequestsChecker } from './requests.ts';
import type { RoomView } from './room-view.ts';
import { SpreadChecker } from './spread.ts';

/** New checkers of everything that a room of so many peers promises; one run each. */
export function allCheckers({ maps, placement }: Config, peers: number): Checker<RoomView>[] {
  const { requestTimeoutMs, maxAttempts } = maps;
  return [
    new RequestsChecker({ requestTimeoutMs, maxAttempts, acquaintanceMs: 60_000 }),
    new AccountsChecker({ maps, placement }),
    new ConvergenceChecker(),
    new DeathsChecker(),
    // Each peer may meet each other one anew within a window, and pass on what every other one announces.
    new GossipChecker({
      messages: 500 + 60 * peers,
      bytes: Math.max(1_000_000, 33_000 * peers),
      windowMs: 10_000,
    }),
    new SpreadChecker(),
  ];
}
