import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { errorCode } from '../../../src/core/errors.ts';
import type { Engine, RenderTask, WorkOptions } from '../../../src/engines/engine.ts';
import { createMapnikEngine, type MapnikEngineOptions } from '../../../src/engines/mapnik/engine.ts';
import { locateMapnik } from '../../../src/engines/mapnik/load.ts';
import { ProjCrsCatalogue } from '../../../src/engines/proj-crs.ts';
import { systemClock } from '../../../src/platform/system.ts';
import type { ProjectBundle } from '../../../src/projects/project.ts';
import { SQUARE, type TestFolder } from './projects.ts';

export const testOptions: Omit<MapnikEngineOptions, 'cacheFolder'> = {
  workers: 1,
  niceness: 0,
  queueLimit: 20,
  warmLimit: 4,
  startTimeoutMs: 30_000,
  preloadTimeoutMs: 30_000,
  abortGraceMs: 0,
  respawnMinMs: 10,
  respawnMaxMs: 1_000,
  memoryLimitBytes: 2 ** 40,
  memoryPollMs: 20,
  recycleAfterTasks: 1_000_000,
  recycleGrowthBytes: 2 ** 40,
  quarantineCrashes: 3,
  quarantineWindowMs: 60_000,
  quarantineMs: 60_000,
};

/** A Mapnik engine that is not started yet. */
export function mapnikEngine(
  folder: TestFolder,
  options: Partial<MapnikEngineOptions> = {},
): Promise<Engine> {
  return createMapnikEngine(
    { ...testOptions, cacheFolder: join(folder.path, 'cache'), ...options },
    { clock: systemClock, crs: testCrs() },
  );
}

let crs: ProjCrsCatalogue | undefined;

export function testCrs(): ProjCrsCatalogue {
  crs ??= new ProjCrsCatalogue(join(locateMapnik().share, 'proj'));
  return crs;
}

/** Patience of tests that do not test patience. */
export function patient(options: Partial<WorkOptions> = {}): WorkOptions {
  return { signal: new AbortController().signal, timeoutMs: 30_000, ...options };
}

/** One 100x100 PNG over the test square: 0.1 degrees a pixel. */
export function squareTask(bundle: ProjectBundle, changes: Partial<RenderTask> = {}): RenderTask {
  return {
    bundle,
    layers: ['square'],
    styles: [''],
    crs: 'CRS:84',
    bbox: SQUARE,
    columns: 1,
    rows: 1,
    tileWidth: 100,
    tileHeight: 100,
    buffer: 0,
    encoding: 'png',
    transparent: false,
    background: '#0000ff',
    dpi: 90.7,
    ...changes,
  };
}

/** Processes whose parent is `pid`, without the one that lists them. */
export function childrenOf(pid: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => Number(parent) === pid && !command?.endsWith('ps'))
    .map(([child]) => Number(child));
}

/** Waits until `condition` holds, which the test's own time limit bounds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The code with which a promise rejects; `none` when it does not. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => errorCode(error),
  );
}
