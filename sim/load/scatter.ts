import type { MapView } from '../../src/ogc/map-request.ts';
import { MERCATOR_EDGE } from '../../src/ogc/tile-matrix-set.ts';
import { projectId } from '../projects.ts';
import type { SeededRandom } from '../random.ts';
import type { Room, Seat } from '../room.ts';
import type { Clients } from './clients.ts';
import type { Course } from './load.ts';
import { tileSize, viewOf } from './views.ts';

/** Finest and coarsest scale of scattered images, as zoom levels. */
const ZOOMS = [6, 15] as const;

/** Single images of anywhere, which no cache can have: Poisson arrivals at random users. */
export function startScatter(
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

function scattered(room: Room, random: SeededRandom): MapView {
  const project = projectId(room.work.nextProject(random));
  const zoom = ZOOMS[0] + Math.floor(random.next() * (ZOOMS[1] - ZOOMS[0] + 1));
  const size = tileSize(zoom);
  const west = random.next() * (2 * MERCATOR_EDGE - size) - MERCATOR_EDGE;
  const south = random.next() * (2 * MERCATOR_EDGE - size) - MERCATOR_EDGE;
  return viewOf(project, [west, south, west + size, south + size]);
}
