import { ArtifactStore } from '../../src/artifacts/store.ts';
import type { Config } from '../../src/config.ts';
import { GismeshError } from '../../src/core/errors.ts';
import type { StatusRecord } from '../../src/core/jobs/status-record.ts';
import type { Bench, Workshop } from '../../src/jobs/bench.ts';
import type { Membership } from '../../src/mesh/membership.ts';
import { JobSession } from '../../src/node/job-session.ts';
import { silentLog } from '../../src/platform/log.ts';
import { ProcessCatalogue } from '../../src/processes/catalogue.ts';
import type { ProcessProvider } from '../../src/processes/process.ts';
import { SimulatedArtifactFiles, SimulatedFileDisk } from '../artifact-files.ts';
import type { Process } from '../machine.ts';
import type { SeededRandom } from '../random.ts';
import { SimulatedStatusDisk, SimulatedStatusStore } from '../status-store.ts';
import { SimulatedDisk, SimulatedStorage } from '../storage.ts';
import { scratchOf } from './scratch.ts';

/** Small, so that results of ordinary size have several. */
const CHUNK_BYTES = 32 * 1024;

interface JobPlaceParts {
  readonly random: SeededRandom;
  readonly config: Config;
  /** Jobs executed at a time. */
  readonly slots: number;
  readonly provider: () => ProcessProvider;
  /** What the machine holds of a job has changed. */
  readonly onStatus: (record: StatusRecord) => void;
}

/**
 * What a machine has for jobs: disks that outlive its processes, and for each process the product's own session over
 * them.
 */
export class JobPlace {
  readonly statuses: SimulatedStatusDisk;
  readonly files: SimulatedFileDisk;
  readonly #index: SimulatedDisk;
  readonly #parts: JobPlaceParts;

  constructor(parts: JobPlaceParts) {
    this.#parts = parts;
    this.statuses = new SimulatedStatusDisk(parts.random.split('statuses'), parts.onStatus);
    this.files = new SimulatedFileDisk(parts.random.split('artifacts'));
    this.#index = new SimulatedDisk(parts.random.split('artifact index'));
  }

  /** Jobs executed at a time. */
  get slots(): number {
    return this.#parts.slots;
  }

  /** Reads what the disks hold and begins, in a process whose network has been started. */
  async open(process: Process, membership: Membership): Promise<JobSession> {
    const { clock, random, network } = process;
    const { config, slots, provider } = this.#parts;
    const world = { clock, random, log: silentLog };
    const artifacts = new ArtifactStore({
      ...world,
      files: new SimulatedArtifactFiles(this.files, clock),
      storage: new SimulatedStorage(this.#index, clock),
      options: { ...config.artifacts.store, chunkBytes: CHUNK_BYTES },
    });
    await artifacts.open();
    return await JobSession.open({
      ...world,
      config,
      network,
      membership,
      machine: {
        processes: new ProcessCatalogue([provider()]),
        artifacts,
        workshop,
        slots: config.jobs.execution.slots || slots,
      },
      store: new SimulatedStatusStore(this.statuses, clock),
    });
  }

  /** Somebody else has filled the disks, or made room again. */
  set full(isFull: boolean) {
    this.statuses.full = isFull;
    this.files.full = isFull;
    this.#index.full = isFull;
  }

  losePower(): void {
    this.statuses.losePower();
    this.files.losePower();
    this.#index.losePower();
  }

  wipe(): void {
    this.statuses.wipe();
    this.files.wipe();
    this.#index.wipe();
  }
}

/** Processes of a simulated machine write no files, and there is no web. */
const workshop: Workshop = {
  open: async (job, epoch): Promise<Bench> => ({
    scratch: scratchOf({ job, epoch }),
    inputs: '/inputs',
    fetch: noWeb,
    fetchText: noWeb,
    close: async () => {},
  }),
};

async function noWeb(input: string): Promise<never> {
  throw new GismeshError('INPUT_INVALID', `there is no web to fetch ${input} from`);
}
