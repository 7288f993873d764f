import { availableParallelism } from 'node:os';
import path from 'node:path';
import { DiskFiles } from '../artifacts/disk-files.ts';
import { ArtifactStore } from '../artifacts/store.ts';
import type { Config } from '../config.ts';
import type { DataDir } from '../data/data-dir.ts';
import { DiskStorage } from '../platform/disk-storage.ts';
import type { Log } from '../platform/log.ts';
import { systemClock, systemRandom } from '../platform/system.ts';
import { ArchiveGate } from '../processes/archive-gate.ts';
import { ProcessCatalogue } from '../processes/catalogue.ts';
import { JobWorkshop } from './job-workshop.ts';
import { openProviders } from './process-providers.ts';

/** What this machine brings into any mesh for jobs: its processes, its artifacts, room to work. */
export interface JobMachine {
  readonly processes: ProcessCatalogue;
  readonly artifacts: ArtifactStore;
  readonly workshop: JobWorkshop;
  /** Jobs that one mesh executes here at a time. */
  readonly slots: number;
}

const MOST_DEFAULT_SLOTS = 8;

export async function openJobMachine(
  config: Config,
  data: DataDir,
  projDatabase: string | undefined,
  log: Log,
): Promise<JobMachine> {
  const folder = await data.folder('artifacts');
  const artifacts = new ArtifactStore({
    files: await DiskFiles.open(folder),
    storage: await DiskStorage.open(await data.folder('artifact-index')),
    clock: systemClock,
    random: systemRandom,
    log,
    options: config.artifacts.store,
  });
  await artifacts.open();
  const mostByDefault = Math.min(MOST_DEFAULT_SLOTS, Math.ceil(availableParallelism() / 2));
  const slots = config.jobs.execution.slots || mostByDefault;
  const providers = await openProviders(config.processes, { data, projDatabase, slots, log });
  return {
    processes: new ProcessCatalogue(
      providers.map((each) => new ArchiveGate(each, config.processes.archives)),
    ),
    artifacts,
    workshop: await JobWorkshop.open(path.join(await data.folder('jobs'), 'work'), config.jobs.execution),
    slots,
  };
}
