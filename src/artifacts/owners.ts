import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';
import { disowned, expiryOf, type Holding, type Ownership, owned } from './holdings.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import type { ArtifactId } from './manifest.ts';
import type { Shelf } from './shelf.ts';

const LONGEST_OWNER = 128;

/** Who needs the artifacts of a shelf, and until when; what nobody needs any more goes. */
export class Owners {
  readonly #shelf: Shelf;
  readonly #locks: KeyedMutex<ArtifactId>;
  readonly #clock: Clock;

  /** @param locks those of everybody who changes the shelf */
  constructor(shelf: Shelf, locks: KeyedMutex<ArtifactId>, clock: Clock) {
    this.#shelf = shelf;
    this.#locks = locks;
    this.#clock = clock;
  }

  async retain(id: ArtifactId, { owner, expiresAt }: Ownership): Promise<boolean> {
    assertOwner(owner);
    return this.#change(id, (holding) => {
      const known = holding.owners.get(owner) ?? 0;
      return known >= expiresAt ? holding : owned(holding, owner, expiresAt);
    });
  }

  async place(id: ArtifactId, copies: number, holders: readonly PeerId[]): Promise<boolean> {
    return this.#change(id, (holding) => {
      const isSame = copies === holding.copies && holders.join() === holding.holders.join();
      return isSame ? holding : { ...holding, copies, holders: [...holders] };
    });
  }

  async release(id: ArtifactId, owner: string): Promise<void> {
    await this.#locks.run(id, async () => {
      const holding = this.#shelf.holding(id);
      if (!holding?.owners.has(owner)) return;
      const rest = disowned(holding, owner);
      if (rest.owners.size > 0) await this.#shelf.hold(rest);
      else if (!this.#shelf.partial(id)?.active) await this.#shelf.forget(id);
    });
  }

  async releaseAll(owner: string): Promise<ArtifactId[]> {
    const ids = [...this.#shelf.holdings()].filter(({ owners }) => owners.has(owner)).map(({ id }) => id);
    for (const id of ids) await this.release(id, owner);
    return ids.filter((id) => !this.#shelf.has(id));
  }

  /** Removes what all owners have let expire; their ids. */
  async removeExpired(): Promise<ArtifactId[]> {
    const now = this.#clock.wallTime();
    const expired = [...this.#shelf.holdings()].filter((holding) => expiryOf(holding) <= now);
    const removed: ArtifactId[] = [];
    for (const { id } of expired) {
      await this.#locks.run(id, async () => {
        const holding = this.#shelf.holding(id);
        if (!holding || expiryOf(holding) > now || this.#shelf.partial(id)?.active) return;
        await this.#shelf.forget(id);
        removed.push(id);
      });
    }
    return removed;
  }

  /** False for one that is not here in full. */
  async #change(id: ArtifactId, change: (holding: Holding) => Holding): Promise<boolean> {
    return this.#locks.run(id, async () => {
      const holding = this.#shelf.has(id) ? this.#shelf.holding(id) : undefined;
      if (!holding) return false;
      const changed = change(holding);
      if (changed !== holding) await this.#shelf.hold(changed);
      return true;
    });
  }
}

/** Throws `INTERNAL` for what cannot own an artifact. */
export function assertOwner(owner: string): void {
  if (owner.length > 0 && owner.length <= LONGEST_OWNER && !/\p{Cc}/u.test(owner)) return;
  throw new GismeshError('INTERNAL', `"${owner.slice(0, LONGEST_OWNER)}" cannot own an artifact`);
}
