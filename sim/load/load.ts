import { speedNow } from '../engine/condition.ts';
import type { SeededRandom } from '../random.ts';
import type { Room } from '../room.ts';
import { startBrowsing } from './browse.ts';
import type { Clients } from './clients.ts';
import { startViewing } from './one-view.ts';
import { startScatter } from './scatter.ts';

/** Sends requests as the scenario says, until `untilMs`. */
export function startLoad(room: Room, clients: Clients, untilMs: number): void {
  const random = room.world.random.split('load');
  const users = room.seats.filter(({ plan }) => plan.hasUser);
  if (users.length === 0) return;
  const { kind } = room.scenario.load;
  const perUserMs = 1000 / requestsPerUserSecond(room, users.length);
  if (kind === 'scatter') startScatter(room, clients, users, { perUserMs, untilMs, random });
  else if (kind === 'browse') startBrowsing(room, clients, users, { perUserMs, untilMs, random });
  else startViewing(room, clients, users, { untilMs, random });
}

/** Requests of each user per second. What owners take from their machines at the beginning is off the capacity. */
function requestsPerUserSecond({ scenario, seats, work }: Room, users: number): number {
  const { perUserPerSecond, ofCapacity = 0 } = scenario.load;
  if (perUserPerSecond !== undefined) return perUserPerSecond;
  const capacity = seats.reduce((sum, { condition, plan }) => {
    return sum + plan.slots * speedNow({ ...condition, ownerActive: plan.owned });
  }, 0);
  return (ofCapacity * capacity * 1000) / work.meanMs / users;
}

export interface Course {
  /** Mean time between two requests of one user. */
  readonly perUserMs: number;
  readonly untilMs: number;
  readonly random: SeededRandom;
}
