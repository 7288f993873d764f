import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import type { PeerView, RoomView } from './room-view.ts';

/** For one connection between the parts, for each to say that it lives, and for that to get around, ms. */
const WITHIN_MS = 4_000;
/** Smaller parts have few who dial. */
const LEAST_SHARE = 1 / 4;
/** Of the peers; so many opinions of one peer about another may be late, where news was lost. */
const LATE_SHARE = 1 / 3;

/** Two large parts of a mesh that took each other for dead know each other again soon after they can hear each other. */
export class ReunionChecker implements Checker<RoomView> {
  readonly name = 'reunion';
  readonly #findings = new Findings(this.name);
  readonly #conditions = new Conditions();
  readonly #peers: number;
  /** When two such parts could hear each other again, until that was looked at, ms. */
  #metMs: number | undefined;

  constructor(peers: number) {
    this.#peers = peers;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
    if (event.kind !== 'fault-ended' || event.fault.kind !== 'partition') return;
    const { length } = event.fault.peers;
    if (Math.min(length, this.#peers - length) >= LEAST_SHARE * this.#peers) this.#metMs = event.atMs;
  }

  sample({ peers }: RoomView, nowMs: number): void {
    const metMs = this.#metMs;
    if (metMs === undefined || nowMs - metMs < WITHIN_MS) return;
    this.#metMs = undefined;
    if (!this.#conditions.allRan(metMs)) return;
    const running = peers.filter(({ name }) => this.#conditions.ran(numberOf(name), metMs));
    const late = running.reduce((sum, observer) => sum + missedBy(observer, running), 0);
    if (late <= LATE_SHARE * this.#peers) return;
    const sinceMs = Math.round(nowMs - metMs);
    this.#findings.add(
      nowMs,
      `${late} times a peer is held for dead, or not known, that can be heard again for ${sinceMs} ms`,
    );
  }
}

/** How many of these a peer does not take for one that is there: dead, left, or forgotten. */
function missedBy(observer: PeerView, peers: readonly PeerView[]): number {
  const membership = observer.life?.membership;
  if (!membership) return 0;
  return peers.filter(({ name }) => {
    const state = membership.member(name)?.state;
    return name !== observer.name && state !== 'alive' && state !== 'suspect';
  }).length;
}
