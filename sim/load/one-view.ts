import { projectId } from '../projects.ts';
import type { Room, Seat } from '../room.ts';
import type { Clients } from './clients.ts';
import type { Course } from './load.ts';
import { tileView } from './views.ts';

/** Tiles of a browser window of about 1024 x 768. */
const COLUMNS = 5;
const ROWS = 4;
export const TILES_OF_VIEW = COLUMNS * ROWS;
/** "Now open this map": within so long, ms, all have. */
const REACTION_MS = 1_500;
const ZOOM = 12;

/** A teacher shows a map: every browser in the room opens the same view, again and again another one. */
export function startViewing(
  room: Room,
  clients: Clients,
  users: readonly Seat[],
  { untilMs, random }: Omit<Course, 'perUserMs'>,
): void {
  const { time } = room.world;
  const { everyMs } = room.scenario.load;
  const showAt = (atMs: number) => {
    if (atMs >= untilMs) return;
    const project = projectId(room.work.nextProject(random));
    const x = Math.floor(random.next() * (2 ** ZOOM - COLUMNS));
    const y = Math.floor(random.next() * (2 ** ZOOM - ROWS));
    for (const user of users) {
      const opensMs = atMs + random.next() * REACTION_MS;
      if (opensMs >= untilMs) continue;
      time.at(opensMs, () => {
        for (let tile = 0; tile < TILES_OF_VIEW; tile += 1) {
          const view = tileView(project, ZOOM, x + (tile % COLUMNS), y + Math.floor(tile / COLUMNS));
          void clients.ask(user, view);
        }
      });
    }
    time.at(atMs, () => showAt(atMs + everyMs));
  };
  showAt(everyMs);
}
