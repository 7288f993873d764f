import type { Offer } from '../../src/mesh/offer.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Findings } from './findings.ts';
import type { PeerView, RoomView } from './room-view.ts';

/**
 * When nothing has failed for as long as the scenario grants, every peer runs, holds every other one for alive and
 * knows what it offers now, and every front door serves every project.
 */
export class ConvergenceChecker implements Checker<RoomView> {
  readonly name = 'convergence';
  readonly #findings = new Findings(this.name);
  readonly #texts = new WeakMap<readonly object[], string>();
  /** When everything was mended, ms. */
  #healedMs = Infinity;

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    if (event.kind === 'healed') this.#healedMs = event.atMs;
  }

  finish(room: RoomView, nowMs: number): void {
    // Nothing can be said after no time at all.
    if (nowMs <= this.#healedMs) return;
    const projects = new Set(room.peers.flatMap((peer) => projectsOf(peer)));
    for (const observer of room.peers) {
      if (!observer.life) {
        this.#findings.add(nowMs, `${observer.name} does not run`);
        continue;
      }
      for (const observed of room.peers) this.#compare(observer, observed, nowMs);
      const { maps } = observer.life.session;
      for (const id of projects) {
        if (!maps.project(id)) this.#findings.add(nowMs, `${observer.name} does not know ${id}`);
      }
    }
  }

  #compare(observer: PeerView, observed: PeerView, nowMs: number): void {
    if (observer === observed || !observer.life || !observed.life) return;
    const member = observer.life.membership.member(observed.name);
    if (member?.state !== 'alive') {
      this.#findings.add(nowMs, `${observer.name} holds ${observed.name} for ${member?.state ?? 'unknown'}`);
      return;
    }
    if (!this.#isSame(member.offer, observed.life.membership.self.offer)) {
      this.#findings.add(nowMs, `${observer.name} holds an old offer of ${observed.name}`);
    }
  }

  #isSame(known: Offer, offer: Offer): boolean {
    return (
      known.ownerState === offer.ownerState &&
      this.#textOf(known.projects) === this.#textOf(offer.projects) &&
      this.#textOf(known.engines) === this.#textOf(offer.engines)
    );
  }

  /** Peers share the lists that they have read from the same bytes: 800 of them hold 640,000 offers. */
  #textOf(list: readonly object[]): string {
    const text = this.#texts.get(list) ?? JSON.stringify(list);
    this.#texts.set(list, text);
    return text;
  }
}

function projectsOf({ catalogue }: PeerView): string[] {
  return catalogue.list().map(({ description }) => description.id);
}
