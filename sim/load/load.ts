import { MERCATOR_EDGE } from '../../src/ogc/tile-matrix-set.ts';
import { speedNow } from '../engine/condition.ts';
import { projectId } from '../projects.ts';
import type { SeededRandom } from '../random.ts';
import type { Room, Seat } from '../room.ts';
import { startBrowsing } from './browse.ts';
import type { Clients } from './clients.ts';
import { startViewing } from './one-view.ts';
import { viewOf } from './views.ts';

/** Finest and coarsest scale of scattered images, as zoom levels. */
const ZOOMS = [6, 15] as const;

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
export function requestsPerUserSecond({ scenario, seats, work }: Room, users: number): number {
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

/** Single images of anywhere, which no cache can have: Poisson arrivals at random users. */
function startScatter(
  room: Room,
  clients: Clients,
  users: readonly Seat[],
  { perUserMs, untilMs, random }: Course,
): void {
  const { time } = room.world;
  const next = () => {
    const atMs = time.nowMs + random.exponential(perUserMs / users.length);
    if (atMs >= untilMs) return;
    time.at(atMs, () => {
      const user = users[Math.floor(random.next() * users.length)]!;
      void clients.ask(user, scattered(room, random));
      next();
    });
  };
  next();
}

function scattered(room: Room, random: SeededRandom) {
  const project = projectId(room.work.nextProject(random));
  const zoom = ZOOMS[0] + Math.floor(random.next() * (ZOOMS[1] - ZOOMS[0] + 1));
  const size = (2 * MERCATOR_EDGE) / 2 ** zoom;
  const west = random.next() * (2 * MERCATOR_EDGE - size) - MERCATOR_EDGE;
  const south = random.next() * (2 * MERCATOR_EDGE - size) - MERCATOR_EDGE;
  return viewOf(project, [west, south, west + size, south + size]);
}
