import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import type { Member } from './offer.ts';

export interface MembershipEvents {
  /** Something visible of a member changed, or it is new; this peer itself included. */
  change: (member: Member) => void;
  /** A member that was gone for long is no longer listed. */
  forget: (peer: PeerId) => void;
  /** This peer was asleep or its clock was set: what it knows is being refreshed. */
  jump: (jump: { readonly byMs: number }) => void;
}

/** Who listens to a membership; a listener that fails harms neither the others nor what happened. */
export class MembershipListeners {
  readonly #listeners: { [E in keyof MembershipEvents]: Set<MembershipEvents[E]> } = {
    change: new Set(),
    forget: new Set(),
    jump: new Set(),
  };
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Registers a listener; returns its removal. */
  on<E extends keyof MembershipEvents>(event: E, listener: MembershipEvents[E]): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  hears(event: keyof MembershipEvents): boolean {
    return this.#listeners[event].size > 0;
  }

  emit<E extends keyof MembershipEvents>(event: E, ...args: Parameters<MembershipEvents[E]>): void {
    for (const listener of this.#listeners[event]) {
      try {
        (listener as (...args: unknown[]) => void)(...args);
      } catch (error) {
        this.#log.error({ event, err: error }, 'a listener of the membership failed');
      }
    }
  }
}
