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
  #healed = false;

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    if (event.kind === 'healed') this.#healed = true;
  }

  finish(room: RoomView, nowMs: number): void {
    if (!this.#healed) return;
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
    const { offer } = observed.life.membership.self;
    const known = JSON.stringify([member.offer.projects, member.offer.engines, member.offer.ownerState]);
    if (known !== JSON.stringify([offer.projects, offer.engines, offer.ownerState])) {
      this.#findings.add(nowMs, `${observer.name} holds an old offer of ${observed.name}`);
    }
  }
}

function projectsOf({ catalogue }: PeerView): string[] {
  return catalogue.list().map(({ description }) => description.id);
}
