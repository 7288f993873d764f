import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import type { RoomView } from './room-view.ts';

/** What went wrong before may still decide who draws, ms. */
const AFTERMATH_MS = 10_000;
/** Fewer drawings say nothing of who is preferred. */
const MIN_DRAWINGS = 40;
/** Projects are kept open at few peers on purpose, and some are much asked for; no peer may have most of all. */
const MAX_SHARE = 0.5;
/** Peers without work while one has this many drawings waiting per slot: the herd went past them. */
const MAX_WAITING_PER_SLOT = 2;

/** While nothing fails, work goes to many peers: nobody has most of it, and nobody queues while others have nothing. */
export class SpreadChecker implements Checker<RoomView> {
  readonly name = 'spread';
  readonly #findings = new Findings(this.name);
  readonly #conditions = new Conditions();
  readonly #drawn = new Map<string, number>();

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
    if (event.kind !== 'drawn') return;
    if (this.#conditions.calm(event.atMs - AFTERMATH_MS)) {
      this.#drawn.set(event.peer, (this.#drawn.get(event.peer) ?? 0) + 1);
    }
  }

  sample(room: RoomView, nowMs: number): void {
    if (!this.#conditions.calm(nowMs - AFTERMATH_MS)) return;
    const running = room.peers.filter((peer) =>
      this.#conditions.ran(numberOf(peer.name), nowMs - AFTERMATH_MS),
    );
    const tasks = running.map((peer) => ({
      peer,
      drawings: peer.life?.session.occupancy.drawings ?? 0,
      slots: peer.life?.membership.self.offer.slots ?? 1,
    }));
    const idle = tasks.filter(({ drawings }) => drawings === 0).length;
    if (idle < running.length / 2) return;
    for (const { peer, drawings, slots } of tasks) {
      if (drawings <= slots * (1 + MAX_WAITING_PER_SLOT)) continue;
      this.#findings.add(nowMs, `${peer.name} has ${drawings} drawings while ${idle} peers have none`);
    }
  }

  finish(room: RoomView, nowMs: number): void {
    const all = [...this.#drawn.values()].reduce((sum, count) => sum + count, 0);
    if (all < MIN_DRAWINGS || room.peers.length < 4) return;
    for (const [peer, count] of this.#drawn) {
      if (count > MAX_SHARE * all) this.#findings.add(nowMs, `${peer} drew ${count} of ${all} drawings`);
    }
  }
}
