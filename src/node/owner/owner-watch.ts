import {
  type OwnerAllowance,
  type OwnerPolicyOptions,
  type OwnerSigns,
  type OwnerState,
  ownerState,
  slotsForOthers,
  takesJobsOfOthers,
} from '../../core/owner-policy.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';

/** Sees whether somebody is at this machine. */
export interface OwnerSenses {
  /** Costs next to nothing. Since the last input that it saw, ms; undefined: none yet. */
  glance(): Promise<number | undefined>;
  /** May start programs. */
  ask(): Promise<OwnerSigns>;
}

export interface OwnerWatchOptions extends OwnerPolicyOptions {
  readonly watch: boolean;
  readonly watchMs: number;
  readonly askDesktopMs: number;
}

/** Keeps an eye on whether the owner of this machine is there, for the bids of maps and jobs. */
export class OwnerWatch implements OwnerAllowance {
  /** Undefined where it is not known how to see anybody. */
  readonly #senses: OwnerSenses | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: OwnerWatchOptions;
  readonly #listeners = new Set<(state: OwnerState) => void>();
  #state: OwnerState = 'away';
  #asked: OwnerSigns = { idleMs: undefined, onBattery: false };
  #askedMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: {
    senses: OwnerSenses | undefined;
    clock: Clock;
    log: Log;
    options: OwnerWatchOptions;
  }) {
    this.#senses = parts.senses;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#options = parts.options;
  }

  /** Looks once, then again and again. */
  async start(): Promise<void> {
    if (!this.#options.watch || !this.#senses) return;
    await this.#look(this.#senses);
    this.#schedule(this.#senses);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  get state(): OwnerState {
    return this.#state;
  }

  slotsForOthers(slots: number): number {
    return slotsForOthers(slots, this.#state, this.#options);
  }

  get takesJobsOfOthers(): boolean {
    return takesJobsOfOthers(this.#state);
  }

  /** Calls the listener when the state changes; returns its removal. */
  onChange(listener: (state: OwnerState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #schedule(senses: OwnerSenses): void {
    if (this.#stopped) return;
    this.#timer = this.#clock.after(this.#options.watchMs, () => {
      void this.#look(senses).then(() => this.#schedule(senses));
    });
  }

  async #look(senses: OwnerSenses): Promise<void> {
    try {
      const now = this.#clock.now();
      if (now - this.#askedMs >= this.#options.askDesktopMs) {
        this.#askedMs = now;
        this.#asked = await senses.ask();
      }
      const seen = await senses.glance();
      const { idleMs, onBattery } = this.#asked;
      const since = this.#clock.now() - this.#askedMs;
      const known = [seen, idleMs === undefined ? undefined : idleMs + since];
      this.#become(ownerState({ idleMs: least(known), onBattery }, this.#options));
    } catch (error) {
      this.#log.debug({ err: error }, 'it cannot be seen whether somebody is at this machine');
    }
  }

  #become(state: OwnerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#log.info({ owner: state }, 'the owner of this machine came or went');
    for (const listener of this.#listeners) listener(state);
  }
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
