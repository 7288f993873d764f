import path from 'node:path';
import type { Config } from '../config.ts';
import type { DataDir } from '../data/data-dir.ts';
import type { Engine } from '../engines/engine.ts';
import { locateProjData } from '../engines/mapnik/load.ts';
import { ProjCrsCatalogue } from '../engines/proj-crs.ts';
import { PackCache } from '../maps/cache.ts';
import type { CrsCatalogue } from '../ogc/crs.ts';
import { DiskStorage } from '../platform/disk-storage.ts';
import type { Log } from '../platform/log.ts';
import { systemClock } from '../platform/system.ts';
import { ProjectCatalogue } from '../projects/catalogue.ts';
import { demoProjectFolder } from './built-folder.ts';
import { startEngines } from './engines.ts';
import type { NodeEvents } from './events.ts';
import { type JobMachine, openJobMachine } from './job-machine.ts';
import { OwnerWatch } from './owner/owner-watch.ts';
import { ownerSenses } from './owner/senses.ts';

/** What this machine brings into any mesh: its engines, its projects, its cache. */
export interface Machine {
  readonly crs: CrsCatalogue;
  readonly engines: ReadonlyMap<string, Engine>;
  readonly catalogue: ProjectCatalogue;
  readonly cache: PackCache;
  readonly jobs: JobMachine;
  readonly owner: OwnerWatch;
  close(graceMs: number): Promise<void>;
}

export async function openMachine(
  config: Config,
  data: DataDir,
  events: NodeEvents,
  log: Log,
): Promise<Machine> {
  await using opened = new AsyncDisposableStack();
  const clock = systemClock;
  const crs = new ProjCrsCatalogue(locateProjData());
  opened.defer(() => crs.close());
  const cache = new PackCache(
    await DiskStorage.open(await data.folder('tiles')),
    clock,
    config.maps.cache,
    log,
  );
  await cache.open();
  opened.defer(() => cache.settled());
  let graceMs = 0;
  const engines = await startEngines(config.engines, await data.folder('mapnik'), { clock, crs, log });
  opened.defer(async () => {
    await Promise.all([...engines.values()].map((engine) => engine.stop(graceMs)));
  });
  const catalogue = new ProjectCatalogue({
    roots: config.projects.folders.length > 0 ? config.projects.folders : [demoProjectFolder()],
    snapshotFolder: await data.folder('bundles'),
    engines: Object.fromEntries(engines),
    clock,
    log,
    options: config.projects,
  });
  catalogue.on((change) => {
    const id = 'bundle' in change ? change.bundle.description.id : change.id;
    const reason = change.kind === 'refused' ? { reason: change.reason } : {};
    events.emit({ event: 'project', id, change: change.kind, ...reason });
  });
  opened.defer(() => catalogue.stop());
  await catalogue.start();
  const jobs = await openJobMachine(config, data, path.join(locateProjData(), 'proj.db'), log);
  opened.defer(() => jobs.processes.stop());
  const owner = new OwnerWatch({ senses: ownerSenses(), clock, log, options: config.owner });
  opened.defer(() => owner.stop());
  await owner.start();
  const closing = opened.move();
  return {
    crs,
    engines,
    catalogue,
    cache,
    jobs,
    owner,
    close(withinMs) {
      graceMs = withinMs;
      return closing.disposeAsync();
    },
  };
}
