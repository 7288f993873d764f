import type { Clock, Timer } from '../src/platform/clock.ts';
import { Delayed } from './happening.ts';
import { onGrid, type VirtualTime } from './time.ts';

/** 2026-01-05 08:00 UTC, a Monday: where wall clocks of a simulated world begin. */
export const WORLD_EPOCH_MS = Date.UTC(2026, 0, 5, 8);

/** Clocks of real machines differ by about this much. */
export const WALL_CLOCK_SPREAD_MS = 2000;

class MachineTimer extends Delayed {
  readonly #clock: MachineClock;
  readonly dueMs: number;
  /** Gone once cancelled. */
  callback: (() => void) | undefined;

  constructor(clock: MachineClock, dueMs: number, callback: () => void) {
    super();
    this.#clock = clock;
    this.dueMs = dueMs;
    this.callback = callback;
  }

  happen(): void {
    this.#clock.fire(this);
  }

  override cancel(): void {
    super.cancel();
    this.callback = undefined;
  }
}

type State =
  | 'running'
  /** No code runs, time goes on: a stopped process, a blocked event loop. */
  | 'stalled'
  /** No code runs and the monotonic clock stands still: a closed laptop lid. */
  | 'suspended'
  /** Nothing runs ever again: the process is gone. */
  | 'ended';

/**
 * The clock of one simulated process, and the gate through which everything that happens to the process
 * passes: while the process cannot run, its timers and what the network delivers are held back.
 */
export class MachineClock implements Clock {
  readonly #time: VirtualTime;
  #state: State = 'running';
  #wallOffsetMs: number;
  #monotonicOffsetMs: number;
  #frozenAtMs = 0;
  readonly #processingMs: number;
  /** When all that has come from outside has been dealt with. */
  #freeAtMs = 0;
  #heldTimers: MachineTimer[] = [];
  #heldDeliveries: Array<() => void> = [];

  /** @param processingMs what the event loop is busy with each thing that comes from outside */
  constructor(time: VirtualTime, wallOffsetMs = 0, processingMs = 0) {
    this.#time = time;
    this.#processingMs = processingMs;
    this.#wallOffsetMs = WORLD_EPOCH_MS + wallOffsetMs;
    this.#monotonicOffsetMs = -time.nowMs;
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  now(): number {
    const at = this.#state === 'suspended' ? this.#frozenAtMs : this.#time.nowMs;
    return at + this.#monotonicOffsetMs;
  }

  wallTime(): number {
    return Math.floor(this.#time.nowMs + this.#wallOffsetMs);
  }

  after(delayMs: number, callback: () => void): Timer {
    // On the grid: a due time that rounding takes for later than now would be waited for for ever.
    const waitMs = onGrid(Math.max(0, delayMs));
    const timer = new MachineTimer(this, this.now() + waitMs, callback);
    this.#time.addAfter(waitMs, timer);
    return timer;
  }

  /** Runs what comes from outside: in its turn, or when the process can run again; never in an ended one. */
  deliver(callback: () => void): void {
    if (this.#processingMs === 0) {
      this.#run(callback);
      return;
    }
    this.#freeAtMs = Math.max(this.#freeAtMs, this.#time.nowMs) + this.#processingMs;
    this.#time.at(this.#freeAtMs, () => this.#run(callback));
  }

  #run(callback: () => void): void {
    if (this.#state === 'running') callback();
    else if (this.#state !== 'ended') this.#heldDeliveries.push(callback);
  }

  /** Stops the process as SIGSTOP does. */
  stall(): void {
    if (this.#state === 'running') this.#state = 'stalled';
  }

  /** Closes the laptop's lid. */
  suspend(): void {
    if (this.#state !== 'running') return;
    this.#frozenAtMs = this.#time.nowMs;
    this.#state = 'suspended';
  }

  /** Lets a stalled or suspended process go on: overdue timers first, then what has arrived, as Node does. */
  resume(): void {
    if (this.#state !== 'stalled' && this.#state !== 'suspended') return;
    if (this.#state === 'suspended') this.#monotonicOffsetMs -= this.#time.nowMs - this.#frozenAtMs;
    this.#state = 'running';
    const timers = this.#heldTimers.sort((a, b) => a.dueMs - b.dueMs);
    const deliveries = this.#heldDeliveries;
    this.#heldTimers = [];
    this.#heldDeliveries = [];
    for (const timer of timers) this.#arm(timer);
    for (const delivery of deliveries) this.#time.at(this.#time.nowMs, () => this.deliver(delivery));
  }

  end(): void {
    this.#state = 'ended';
    this.#heldTimers = [];
    this.#heldDeliveries = [];
  }

  /** Sets the wall clock forward (or back), as a time server does. */
  shiftWallTime(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** The time of a timer has come; only the timer itself calls this. */
  fire(timer: MachineTimer): void {
    if (timer.callback === undefined || this.#state === 'ended') return;
    if (this.#state !== 'running') this.#heldTimers.push(timer);
    // The monotonic clock stood still meanwhile.
    else if (timer.dueMs > this.now()) this.#arm(timer);
    else timer.callback();
  }

  #arm(timer: MachineTimer): void {
    if (!timer.isCancelled) this.#time.addAfter(Math.max(0, timer.dueMs - this.now()), timer);
  }
}
