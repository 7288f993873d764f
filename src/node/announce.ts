import type { Engine } from '../engines/engine.ts';
import type { Membership } from '../mesh/membership.ts';
import type { PeerLoad } from '../mesh/peer-status.ts';

/** What others see of a peer's load is at most so old, ms; the mesh itself tells of it only when that is news. */
export const ANNOUNCE_LOAD_MS = 1_000;

/** What all engines of a peer are busy with. */
export function loadOf(engines: ReadonlyMap<string, Engine>): PeerLoad {
  const sum = { running: 0, queued: 0, slots: 0 };
  for (const engine of engines.values()) {
    const { running, queued, slots } = engine.load();
    sum.running += running;
    sum.queued += queued;
    sum.slots += slots;
  }
  return sum;
}

/** Puts the present load into the peer's offer, if it has changed; a peer that drains says so, and offers no slots. */
export function announceLoad(membership: Membership, present: PeerLoad, draining: boolean): void {
  const { running, queued } = present;
  const slots = draining ? 0 : present.slots;
  const { load, slots: before, draining: saidBefore = false } = membership.self.offer;
  const isSaid = before === slots && saidBefore === draining;
  if (load.running === running && load.queued === queued && isSaid) return;
  membership.update({ load: { running, queued }, slots, draining });
}
