import type { PeerId } from '../src/platform/network.ts';
import { WALL_CLOCK_SPREAD_MS } from './clock.ts';
import { Fabric, type FabricOptions } from './fabric.ts';
import { Machine } from './machine.ts';
import type { SimulatedNetwork } from './network.ts';
import { SeededRandom } from './random.ts';
import { VirtualTime } from './time.ts';
import { Trace } from './trace.ts';

/** A deterministic world: one seed gives one course of events, whose fingerprint is the trace. */
export class World {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly fabric: Fabric;
  readonly trace = new Trace();
  readonly #machines: Machine[] = [];
  readonly #listening = new Map<string, SimulatedNetwork>();
  readonly #addresses = new Map<string, PeerId>();

  constructor(seed: number | string, options: Partial<FabricOptions> = {}) {
    this.random = new SeededRandom(seed);
    this.fabric = new Fabric(this.time, this.random.split('fabric'), options);
    this.fabric.observe(({ atMs, from, to, label, bytes }) => {
      this.trace.delivery(atMs, from, to, label, bytes);
    });
  }

  get machines(): readonly Machine[] {
    return this.#machines;
  }

  get peers(): PeerId[] {
    return this.#machines.map(({ peer }) => peer);
  }

  addMachine(mesh = 'mesh'): Machine {
    const number = this.#machines.length + 1;
    const peer = `peer-${number}`;
    const random = this.random.split(peer);
    const surroundings = { fabric: this.fabric, listening: this.#listening, machines: this.#addresses };
    const machine = new Machine(surroundings, random, {
      peer,
      mesh,
      addresses: [addressOf(number)],
      wallOffsetMs: Math.round((random.next() - 0.5) * WALL_CLOCK_SPREAD_MS),
    });
    this.#machines.push(machine);
    return machine;
  }
}

function addressOf(number: number): string {
  return `/ip4/10.0.${number >> 8}.${number & 255}/tcp/4001`;
}
