import { GismeshError } from '../../core/errors.ts';
import { METRES_PER_DEGREE, scaleDenominatorOf } from '../scale.ts';
import { serveTasks } from '../worker-channel.ts';
import type { Binding } from './binding.ts';
import { Canvas } from './canvas.ts';
import { drawTiles } from './draw.ts';
import { findFeatures } from './feature-info.ts';
import { inspect } from './inspect.ts';
import { drawLegend } from './legend.ts';
import { loadMapnik, type MapnikFiles } from './load.ts';
import type { MapnikTask, OpenMessage, RenderMessage } from './messages.ts';
import { OpenProjects } from './open-projects.ts';
import { projectExtent } from './transform.ts';

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
  const room = { mapnik, projects, canvas: new Canvas(mapnik) };
  return {
    handle: (task) => typed(mapnik, task, () => handle(room, task)),
    held: () => projects.hashes(),
  };
});

interface Room {
  readonly mapnik: Binding;
  readonly projects: OpenProjects;
  readonly canvas: Canvas;
}

async function handle(room: Room, task: MapnikTask): Promise<unknown> {
  const { mapnik, projects, canvas } = room;
  switch (task.kind) {
    case 'open':
      return warm(room, task);
    case 'close':
      return projects.close(task.hash);
    case 'inspect':
      return inspect(mapnik, task.file);
    case 'project-extent':
      return projectExtent(mapnik, task.extent, task.crs);
    case 'render': {
      const begin = performance.now();
      const tiles = await drawTiles(mapnik, canvas, await projects.get(task.project), task);
      return { tiles, renderMs: performance.now() - begin };
    }
    case 'feature-info':
      return findFeatures(mapnik, await projects.get(task.project), task);
    case 'legend':
      return drawLegend(mapnik, await projects.get(task.project), task);
  }
}

/** Opens a project and draws all of it once, small: what is read late is read now, what crashes crashes now. */
async function warm({ mapnik, projects, canvas }: Room, { project, extent }: OpenMessage): Promise<void> {
  const opened = await projects.get(project);
  const layers = [...new Set(opened.layers.map((layer) => layer.name))];
  const side = 256;
  const drawing: RenderMessage = {
    kind: 'render',
    project,
    layers,
    styles: [],
    view: {
      srs: 'OGC:CRS84',
      bbox: extent,
      width: side,
      height: side,
      scaleFactor: 1,
      scaleDenominator: scaleDenominatorOf(extent, side, METRES_PER_DEGREE),
    },
    columns: 1,
    rows: 1,
    buffer: 0,
    encoding: 'png',
  };
  await drawTiles(mapnik, canvas, opened, drawing);
}

/** Gives Mapnik's own errors a code. */
async function typed(mapnik: Binding, task: MapnikTask, work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GismeshError) throw error;
    const message = (error as Error).message.trim();
    if ('view' in task && !isKnown(mapnik, task.view.srs)) {
      throw new GismeshError('REQUEST_INVALID', `PROJ cannot draw in ${task.view.srs}.`, { cause: error });
    }
    const code = task.kind === 'open' || task.kind === 'inspect' ? 'PROJECT_INVALID' : 'RENDER_FAILED';
    throw new GismeshError(code, message, { cause: error });
  }
}

function isKnown(mapnik: Binding, srs: string): boolean {
  try {
    new mapnik.Projection(srs);
    return true;
  } catch {
    return false;
  }
}
