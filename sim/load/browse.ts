import { projectId } from '../projects.ts';
import type { SeededRandom } from '../random.ts';
import type { Room, Seat } from '../room.ts';
import type { Clients } from './clients.ts';
import type { Course } from './load.ts';
import { tileView } from './views.ts';

/** Tiles of a browser window of about 1024 x 768. */
const COLUMNS = 5;
const ROWS = 4;
const ZOOMS = [5, 16] as const;
/** Most requests of one browser at a time. */
const MAX_AT_ONCE = 6;
/** What people do next: mostly pan, often zoom, seldom go somewhere else. */
const PAN_SHARE = 0.6;
const ZOOM_SHARE = 0.35;
/** Places that people go to: towns, not oceans. */
const PLACES = 40;

/** What one person looks at; `x` and `y` are those of the north-western tile. */
interface Window {
  project: string;
  z: number;
  x: number;
  y: number;
}

/**
 * People who pan and zoom: a browser asks for the tiles that it does not show yet, a few at a time, and its person
 * looks for a while before the next move. The mean rate of requests is that of the scenario.
 */
export function startBrowsing(
  room: Room,
  clients: Clients,
  users: readonly Seat[],
  { perUserMs, untilMs, random }: Course,
): void {
  const placesRandom = random.split('places');
  const places = Array.from({ length: PLACES }, () => [placesRandom.next(), placesRandom.next()] as const);
  for (const user of users) {
    const own = random.split(user.peer.name);
    new Browser(room, clients, user, { perUserMs, untilMs, random: own }, places).begin();
  }
}

class Browser {
  readonly #room: Room;
  readonly #clients: Clients;
  readonly #seat: Seat;
  readonly #course: Course;
  readonly #places: ReadonlyArray<readonly [number, number]>;
  readonly #random: SeededRandom;
  #window: Window | undefined;
  #shown: ReadonlySet<string> = new Set();
  /** Requests made and not yet paid for by looking. */
  #owed = 0;

  constructor(
    room: Room,
    clients: Clients,
    seat: Seat,
    course: Course,
    places: ReadonlyArray<readonly [number, number]>,
  ) {
    this.#room = room;
    this.#clients = clients;
    this.#seat = seat;
    this.#course = course;
    this.#places = places;
    this.#random = course.random;
  }

  begin(): void {
    // As if everybody had been browsing for a while.
    this.#after(this.#random.next() * COLUMNS * ROWS * this.#course.perUserMs);
  }

  #after(delayMs: number): void {
    const { time } = this.#room.world;
    const atMs = time.nowMs + delayMs;
    if (atMs < this.#course.untilMs) time.at(atMs, () => void this.#move());
  }

  async #move(): Promise<void> {
    this.#window = this.#next();
    const { project, z, x, y } = this.#window;
    const shown = new Set<string>();
    const wanted: Array<readonly [number, number]> = [];
    for (let row = 0; row < ROWS; row += 1) {
      for (let column = 0; column < COLUMNS; column += 1) {
        const key = `${project} ${z} ${x + column} ${y + row}`;
        shown.add(key);
        if (!this.#shown.has(key)) wanted.push([x + column, y + row]);
      }
    }
    this.#shown = shown;
    this.#owed = wanted.length;
    // The next move does not depend on how soon this one is answered: else a slow mesh would be asked for less.
    this.#after(this.#random.exponential(this.#owed * this.#course.perUserMs));
    const views = wanted.map(([column, row]) => tileView(project, z, column, row));
    const lane = async () => {
      for (let view = views.shift(); view; view = views.shift()) await this.#clients.ask(this.#seat, view);
    };
    await Promise.all(Array.from({ length: MAX_AT_ONCE }, lane));
  }

  #next(): Window {
    const random = this.#random;
    const before = this.#window;
    const what = random.next();
    if (!before || what >= PAN_SHARE + ZOOM_SHARE) return this.#somewhere();
    if (what < PAN_SHARE) return inWorld(panned(before, random));
    const closer = random.next() < 0.6;
    return zoomed(before, closer);
  }

  #somewhere(): Window {
    const random = this.#random;
    const [east, south] = this.#places[Math.floor(random.next() ** 2 * this.#places.length)]!;
    const z = ZOOMS[0] + 4 + Math.floor(random.next() * 5);
    const project = projectId(this.#room.work.nextProject(random));
    return inWorld({ project, z, x: Math.floor(east * 2 ** z), y: Math.floor(south * 2 ** z) });
  }
}

function panned({ project, z, x, y }: Window, random: SeededRandom): Window {
  const tiles = 1 + Math.floor(random.next() * 2);
  const sign = random.next() < 0.5 ? -1 : 1;
  return random.next() < 0.5
    ? { project, z, x: x + sign * tiles, y }
    : { project, z, x, y: y + sign * tiles };
}

/** Zooms about the middle of the window. */
function zoomed({ project, z, x, y }: Window, closer: boolean): Window {
  const to = Math.min(ZOOMS[1], Math.max(ZOOMS[0], closer ? z + 1 : z - 1));
  const factor = 2 ** (to - z);
  const middle = (at: number, tiles: number) => Math.floor((at + tiles / 2) * factor - tiles / 2);
  return inWorld({ project, z: to, x: middle(x, COLUMNS), y: middle(y, ROWS) });
}

function inWorld({ project, z, x, y }: Window): Window {
  const clamp = (at: number, tiles: number) => Math.min(Math.max(0, at), 2 ** z - tiles);
  return { project, z, x: clamp(x, COLUMNS), y: clamp(y, ROWS) };
}
