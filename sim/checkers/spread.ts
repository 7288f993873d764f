import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import type { PeerView, RoomView } from './room-view.ts';

/** What went wrong before may still decide who draws: who was taken for dead has to be met again first, ms. */
const AFTERMATH_MS = 15_000;
/** Drawings per slot, under way and waiting, that nobody needs to have while others have none. */
const MAX_PER_SLOT = 3;
/** Fewer peers that could draw the same have little choice. */
const MIN_HOLDERS = 4;

/** While nothing fails, nobody has a queue while most of those who could draw the same have nothing to do. */
export class SpreadChecker implements Checker<RoomView> {
  readonly name = 'spread';
  readonly #findings = new Findings(this.name);
  readonly #conditions = new Conditions();

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
  }

  sample(room: RoomView, nowMs: number): void {
    const sinceMs = nowMs - AFTERMATH_MS;
    if (!this.#conditions.calm(sinceMs)) return;
    const running = room.peers.filter((peer) => this.#conditions.ran(numberOf(peer.name), sinceMs));
    for (const peer of running) {
      const drawings = drawingsAt(peer);
      if (drawings === 0) continue;
      if (drawings <= MAX_PER_SLOT * (peer.life?.membership.self.offer.slots ?? 1)) continue;
      const holders = running.filter((other) => other !== peer && holdsAllOf(other, peer));
      const idle = holders.filter((other) => drawingsAt(other) === 0);
      if (holders.length + 1 < MIN_HOLDERS || idle.length <= holders.length / 2) continue;
      this.#findings.add(nowMs, `${peer.name} has ${drawings} drawings while ${idle.length} peers have none`);
    }
  }
}

function drawingsAt({ life }: PeerView): number {
  return life?.session.occupancy.drawings ?? 0;
}

/** Whether a peer could draw whatever another one draws. */
function holdsAllOf({ catalogue }: PeerView, other: PeerView): boolean {
  return other.catalogue
    .list()
    .every(({ description: { id, hash } }) => catalogue.current(id)?.description.hash === hash);
}
