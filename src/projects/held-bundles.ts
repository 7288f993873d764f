import type { Clock, Timer } from '../platform/clock.ts';
import type { ProjectBundle } from './project.ts';

export interface HeldBundlesOptions {
  /** How long an outgoing version stays for requests that began with it, here or on another peer. */
  readonly lingerMs: number;
  /** Outgoing versions kept at once; beyond it the oldest that nobody holds goes early. */
  readonly maxOutgoing: number;
}

/** The current version of each project, and outgoing ones until they are no longer needed. */
export class HeldBundles {
  readonly #clock: Clock;
  readonly #options: HeldBundlesOptions;
  readonly #onGone: (bundle: ProjectBundle) => void;
  readonly #current = new Map<string, ProjectBundle>();
  /** Oldest first. */
  #outgoing: Outgoing[] = [];
  readonly #holds = new Map<string, number>();
  #timer: Timer | undefined;

  /** `onGone` is called with the last bundle of a hash when nothing needs it any more. */
  constructor(parts: { clock: Clock; options: HeldBundlesOptions; onGone: (bundle: ProjectBundle) => void }) {
    this.#clock = parts.clock;
    this.#options = parts.options;
    this.#onGone = parts.onGone;
  }

  current(id: string): ProjectBundle | undefined {
    return this.#current.get(id);
  }

  byHash(hash: string): ProjectBundle | undefined {
    return (
      [...this.#current.values()].find((bundle) => bundle.description.hash === hash) ??
      this.#outgoing.find(({ bundle }) => bundle.description.hash === hash)?.bundle
    );
  }

  /** By id. */
  list(): ProjectBundle[] {
    return [...this.#current.values()].sort((a, b) => (a.description.id < b.description.id ? -1 : 1));
  }

  /** Every hash that can still be asked for. */
  hashes(): Set<string> {
    const bundles = [...this.#current.values(), ...this.#outgoing.map(({ bundle }) => bundle)];
    return new Set(bundles.map(({ description }) => description.hash));
  }

  /** Keeps a version until the returned function is called, however long that takes; undefined: not held here. */
  hold(hash: string): (() => void) | undefined {
    if (this.byHash(hash) === undefined) return undefined;
    this.#holds.set(hash, (this.#holds.get(hash) ?? 0) + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#release(hash);
    };
  }

  /** Makes a bundle the current one of its project; returns the one before. */
  put(bundle: ProjectBundle): ProjectBundle | undefined {
    const { id, hash } = bundle.description;
    const previous = this.#current.get(id);
    this.#current.set(id, bundle);
    this.#outgoing = this.#outgoing.filter((other) => other.bundle.description.hash !== hash);
    if (previous !== undefined && previous.description.hash !== hash) this.#letGo(previous);
    return previous;
  }

  /** Takes a project away; its last version lingers like any outgoing one. */
  remove(id: string): void {
    const bundle = this.#current.get(id);
    if (bundle === undefined) return;
    this.#current.delete(id);
    this.#letGo(bundle);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #release(hash: string): void {
    const left = (this.#holds.get(hash) ?? 0) - 1;
    if (left > 0) {
      this.#holds.set(hash, left);
    } else {
      this.#holds.delete(hash);
      this.#sweep();
    }
  }

  #letGo(bundle: ProjectBundle): void {
    const { hash } = bundle.description;
    if (this.byHash(hash) === undefined) {
      this.#outgoing.push({ bundle, leavesAt: this.#clock.now() + this.#options.lingerMs });
    }
    this.#sweep();
  }

  #sweep(): void {
    const now = this.#clock.now();
    let excess = this.#outgoing.length - this.#options.maxOutgoing;
    const gone: ProjectBundle[] = [];
    this.#outgoing = this.#outgoing.filter(({ bundle, leavesAt }) => {
      const isDue = leavesAt <= now || excess > 0;
      if (!isDue || this.#holds.has(bundle.description.hash)) return true;
      excess -= 1;
      gone.push(bundle);
      return false;
    });
    this.#timer?.cancel();
    // Held ones past their time are looked at again when they are released.
    const next = this.#outgoing.find(({ leavesAt }) => leavesAt > now);
    if (next) this.#timer = this.#clock.after(next.leavesAt - now, () => this.#sweep());
    gone.forEach(this.#onGone);
  }
}

interface Outgoing {
  readonly bundle: ProjectBundle;
  /** By the clock's `now`. */
  readonly leavesAt: number;
}
