import type { Room, Seat } from './room.ts';

/** Between two multicast questions, of all members of a site together: `network.mdnsQueryIntervalMs`. */
const QUESTION_MS = 20_000;
/** A peer that starts asks after this. */
const FIRST_QUESTION_MS = 100;
/** Answers are spread over this, and not repeated within a second. */
const ANSWER_MS = { least: 20, most: 120 };
const ANSWER_PAUSE_MS = 1_000;

/** Peers of the same site hear of each other by multicast DNS, as far as their packets get. */
export function startDiscovery(room: Room): void {
  const { time } = room.world;
  const random = room.world.random.split('discovery');
  const answeredMs = new Map<string, number>();

  /** Every peer answers with where it is, and all the others hear it. */
  const ask = (site: string) => {
    if (room.nowMs - (answeredMs.get(site) ?? -Infinity) < ANSWER_PAUSE_MS) return;
    answeredMs.set(site, room.nowMs);
    const seats = room.seats.filter((seat) => seat.site === site);
    for (const seat of seats) {
      const delayMs = ANSWER_MS.least + random.next() * (ANSWER_MS.most - ANSWER_MS.least);
      time.at(room.nowMs + delayMs, () => answer(seat, seats));
    }
  };
  const askAgain = (site: string, atMs: number) => {
    time.at(atMs, () => {
      ask(site);
      askAgain(site, atMs + QUESTION_MS);
    });
  };

  room.observe((event) => {
    if (event.kind !== 'peer-started') return;
    const site = room.seatOf(event.peer)!.site;
    time.at(event.atMs + FIRST_QUESTION_MS, () => ask(site));
  });
  for (const site of new Set(room.seats.map((seat) => seat.site))) askAgain(site, QUESTION_MS);
}

function answer({ peer }: Seat, seats: readonly Seat[]): void {
  if (!peer.life?.process.clock.running) return;
  const { network } = peer.life.process;
  for (const other of seats) {
    if (other.peer !== peer && other.peer.life) network.announceTo(other.peer.life.process.network);
  }
}
