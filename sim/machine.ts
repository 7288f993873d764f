import type { PeerId } from '../src/platform/network.ts';
import { MachineClock } from './clock.ts';
import { SimulatedNetwork, type Surroundings } from './network.ts';
import type { SeededRandom } from './random.ts';
import { SimulatedDisk, SimulatedStorage } from './storage.ts';

/** What one process of a machine sees of the world. */
export interface Process {
  readonly clock: MachineClock;
  readonly random: SeededRandom;
  readonly network: SimulatedNetwork;
  readonly storage: SimulatedStorage;
}

/** A computer that runs one peer: it keeps its identity, its disk and its address when the process dies. */
export class Machine {
  readonly peer: PeerId;
  readonly disk: SimulatedDisk;
  readonly #surroundings: Surroundings;
  readonly #random: SeededRandom;
  readonly #mesh: string;
  #wallOffsetMs: number;
  #addresses: readonly string[];
  #process: Process | undefined;
  #lives = 0;

  constructor(
    surroundings: Surroundings,
    random: SeededRandom,
    about: { peer: PeerId; mesh: string; addresses: readonly string[]; wallOffsetMs: number },
  ) {
    this.#surroundings = surroundings;
    this.#random = random;
    this.peer = about.peer;
    this.#mesh = about.mesh;
    this.#addresses = about.addresses;
    this.#wallOffsetMs = about.wallOffsetMs;
    this.disk = new SimulatedDisk(random.split('disk'));
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** The running process. */
  get process(): Process {
    if (!this.#process) throw new Error(`${this.peer} runs no process`);
    return this.#process;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Starts a process; its network still has to be started by the code that runs in it. */
  boot(): Process {
    if (this.#process) throw new Error(`${this.peer} runs a process already`);
    const { fabric } = this.#surroundings;
    this.#lives += 1;
    const clock = new MachineClock(fabric.time, this.#wallOffsetMs, fabric.options.processingMs);
    const identity = { peer: this.peer, mesh: this.#mesh };
    this.#process = {
      clock,
      random: this.#random.split(`life ${this.#lives}`),
      network: new SimulatedNetwork(this.#surroundings, clock, identity, this.#addresses),
      storage: new SimulatedStorage(this.disk, clock),
    };
    return this.#process;
  }

  /** Ends the process as kill -9 does: its files stay, its connections are closed by the kernel. */
  kill(): void {
    this.#process?.network.kill();
    this.#process = undefined;
  }

  /** Pulls the plug: nobody is told, and what was not synced may be lost. `plugIn` brings the wires back. */
  losePower(): void {
    this.#surroundings.fabric.unplug(this.peer);
    this.kill();
    this.disk.losePower();
  }

  plugIn(): void {
    this.#surroundings.fabric.plug(this.peer);
  }

  /** Sets the wall clock forward, or back; it stays so for later processes. */
  shiftWallTime(byMs: number): void {
    this.#wallOffsetMs += byMs;
    this.#process?.clock.shiftWallTime(byMs);
  }

  /** Gives the machine other addresses, now or for its next process. */
  move(addresses: readonly string[]): void {
    this.#addresses = addresses;
    this.#process?.network.move(addresses);
  }
}
