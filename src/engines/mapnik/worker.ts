import { GismeshError } from '../../core/errors.ts';
import { serveTasks } from '../worker-channel.ts';
import type { Binding } from './binding.ts';
import { drawTiles } from './draw.ts';
import { loadMapnik, type MapnikFiles } from './load.ts';
import type { MapnikTask } from './messages.ts';
import { OpenProjects } from './open-projects.ts';

/** What a worker is told at its start, as JSON in its first argument. */
export interface MapnikWorkerArguments {
  readonly files: MapnikFiles;
  readonly binding: string;
  readonly openLimit: number;
}

serveTasks<MapnikTask>(() => {
  const { files, binding, openLimit } = JSON.parse(process.argv[2] ?? '') as MapnikWorkerArguments;
  const mapnik = loadMapnik(files, binding);
  const projects = new OpenProjects(mapnik, openLimit);
  return { handle: (task) => handle(mapnik, projects, task), held: () => projects.hashes() };
});

async function handle(mapnik: Binding, projects: OpenProjects, task: MapnikTask): Promise<unknown> {
  switch (task.kind) {
    case 'close':
      return projects.close(task.hash);
    case 'render':
      return drawn(async () => drawTiles(mapnik, await projects.get(task.project), task));
    default:
      throw new GismeshError('INTERNAL', `unknown task ${task.kind}`);
  }
}

/** Times the work, and gives Mapnik's own errors a code. */
async function drawn(work: () => Promise<Buffer[]>): Promise<{ tiles: Buffer[]; renderMs: number }> {
  const begin = performance.now();
  try {
    const tiles = await work();
    return { tiles, renderMs: performance.now() - begin };
  } catch (error) {
    if (error instanceof GismeshError) throw error;
    throw new GismeshError('RENDER_FAILED', (error as Error).message.trim(), { cause: error });
  }
}
