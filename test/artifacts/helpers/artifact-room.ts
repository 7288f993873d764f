import { SimulatedArtifactFiles, SimulatedFileDisk } from '../../../sim/artifact-files.ts';
import type { FabricOptions } from '../../../sim/fabric.ts';
import type { Machine } from '../../../sim/machine.ts';
import { SimulatedDisk, SimulatedStorage } from '../../../sim/storage.ts';
import { Artifacts } from '../../../src/artifacts/artifacts.ts';
import { ManifestBuilder } from '../../../src/artifacts/chunk-hash.ts';
import { type ArtifactId, chunkCount } from '../../../src/artifacts/manifest.ts';
import { ArtifactStore, type ArtifactStoreOptions } from '../../../src/artifacts/store.ts';
import { artifactsConfig } from '../../../src/config/artifacts.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { PeerId } from '../../../src/platform/network.ts';
import { Classroom } from '../../mesh/helpers/classroom.ts';

/** Of the store, with no regard to what the machine's disk has left. */
export const storeOptions = { ...artifactsConfig.parse({}).store, minFreeBytes: 0 };

/** Small, so that small contents have many. */
export const CHUNK = 1000;
export const LATER = 4e12;
export const job = { owner: 'job-1', expiresAt: LATER };

/** Bytes that depend on the seed, without any pattern. */
export function contentOf(length: number, seed = 1): Uint8Array {
  let state = seed * 2654435761;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return state >>> 24;
  });
}

export async function* streamOf(content: Uint8Array, pieceBytes = 333) {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
}

export function manifestFor(content: Uint8Array, chunkBytes = CHUNK) {
  const builder = new ManifestBuilder(chunkBytes);
  for (let at = 0; at < content.length; at += chunkBytes)
    builder.add([content.subarray(at, at + chunkBytes)]);
  return builder.build();
}

interface Disks {
  readonly files: SimulatedFileDisk;
  readonly records: SimulatedDisk;
}

/** A simulated room whose machines keep artifacts. */
export class ArtifactRoom {
  readonly classroom: Classroom;
  readonly config: ReturnType<typeof artifactsConfig.parse>;
  readonly #disks = new Map<PeerId, Disks>();
  readonly #desks = new Map<PeerId, Artifacts>();

  constructor(seed: number, fabric: Partial<FabricOptions> = {}, config: object = {}) {
    this.classroom = new Classroom(seed, fabric);
    this.config = artifactsConfig.parse(config);
  }

  get world() {
    return this.classroom.world;
  }

  async fill(count: number): Promise<Machine[]> {
    for (let i = 0; i < count; i += 1) await this.start(this.world.addMachine());
    await this.classroom.converge(10_000);
    return [...this.world.machines];
  }

  /** Boots a machine with its disks and starts everything on it. */
  async start(
    machine: Machine,
    options: Partial<ArtifactStoreOptions> = {},
    isIdle?: () => boolean,
  ): Promise<Artifacts> {
    const first = this.world.machines[0] as Machine;
    const membership = await this.classroom.boot(machine, machine === first ? [] : first.addresses);
    const { clock, random, network } = machine.process;
    const disks = this.disks(machine);
    const store = new ArtifactStore({
      files: new SimulatedArtifactFiles(disks.files, clock),
      storage: new SimulatedStorage(disks.records, clock),
      clock,
      random,
      log: silentLog,
      options: { ...this.config.store, minFreeBytes: 0, chunkBytes: CHUNK, ...options },
    });
    await this.settle(store.open());
    const artifacts = new Artifacts({
      network,
      clock,
      random,
      log: silentLog,
      store,
      members: () =>
        membership
          .members()
          .filter(({ self, state }) => !self && state === 'alive')
          .map(({ peer }) => peer),
      ensureConnected: (peer) => membership.ensureConnected(peer),
      isIdle,
      options: this.config,
    });
    membership.on('change', ({ peer, state }) => {
      if (state === 'dead' || state === 'left') artifacts.peerGone(peer);
    });
    artifacts.start();
    this.#desks.set(machine.peer, artifacts);
    return artifacts;
  }

  of(machine: Machine): Artifacts {
    return this.#desks.get(machine.peer) as Artifacts;
  }

  kill(machine: Machine): void {
    this.classroom.kill(machine);
    this.#desks.delete(machine.peer);
  }

  losePower(machine: Machine): void {
    const { files, records } = this.disks(machine);
    machine.losePower();
    files.losePower();
    records.losePower();
    this.classroom.memberships.delete(machine.peer);
    this.#desks.delete(machine.peer);
  }

  disks(machine: Machine): Disks {
    const random = this.world.random.split(`artifacts of ${machine.peer}`);
    const known = this.#disks.get(machine.peer) ?? {
      files: new SimulatedFileDisk(random),
      records: new SimulatedDisk(random),
    };
    this.#disks.set(machine.peer, known);
    return known;
  }

  settle<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    return this.world.time.settle(promise, limitMs);
  }

  async write(machine: Machine, content: Uint8Array, ownership = job): Promise<ArtifactId> {
    return (await this.settle(this.of(machine).write(streamOf(content), ownership))).id;
  }

  /** What is on a machine's disk, compared chunk by chunk; undefined when it is not there in full. */
  async stored(machine: Machine, id: ArtifactId): Promise<Buffer | undefined> {
    const { store } = this.of(machine);
    if (!store.has(id)) return undefined;
    const reader = await this.settle(store.read(id));
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < chunkCount(reader.manifest); i += 1) chunks.push(await this.settle(reader.chunk(i)));
    return Buffer.concat(chunks);
  }

  /** Reads as a client of the machine would. */
  read(machine: Machine, id: ArtifactId, range?: { from: number; to: number }): Promise<Buffer> {
    return this.settle(
      (async () => {
        const artifact = await this.of(machine).open(id);
        const pieces: Uint8Array[] = [];
        const { signal } = new AbortController();
        const all = { from: 0, to: artifact.size };
        for await (const piece of artifact.read(range ?? all, signal)) pieces.push(piece);
        return Buffer.concat(pieces);
      })(),
    );
  }

  /** Running machines that hold it in full. */
  holders(id: ArtifactId): Machine[] {
    return this.world.machines.filter((machine) => this.#desks.get(machine.peer)?.store.has(id));
  }

  async until(holds: () => boolean, limitMs: number, stepMs = 50): Promise<void> {
    const begunMs = this.world.time.nowMs;
    while (!holds()) {
      if (this.world.time.nowMs - begunMs > limitMs) throw new Error(`not within ${limitMs} ms`);
      await this.world.time.advance(stepMs);
    }
  }
}
