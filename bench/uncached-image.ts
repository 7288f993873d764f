import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../src/config.ts';
import type { RenderTask } from '../src/engines/engine.ts';
import { createMapnikEngine } from '../src/engines/mapnik/engine.ts';
import { locateMapnik } from '../src/engines/mapnik/load.ts';
import { ProjCrsCatalogue } from '../src/engines/proj-crs.ts';
import type { BBox } from '../src/ogc/map-request.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemClock } from '../src/platform/system.ts';
import { ProjectCatalogue } from '../src/projects/catalogue.ts';
import { PeerProcess } from '../test/system/helpers/peer-process.ts';
import { get, uncachedImages } from './lib/load.ts';
import { type BenchmarkOptions, milliseconds, type Row } from './lib/report.ts';
import { summary } from './lib/stats.ts';

/** An uncached image through a lone node, against the very same render asked of a render process directly. */
export async function uncachedImage({ seconds }: BenchmarkOptions): Promise<Row[]> {
  const peer = await PeerProcess.start({ args: ['--no-mdns', '--listen', '127.0.0.1:0', '--workers', '1'] });
  const direct = await DirectRenderer.open();
  try {
    const through: number[] = [];
    const directly: number[] = [];
    const urls = uncachedImages(peer.url, 'world', 1);
    const rounds = Math.max(50, seconds * 20);
    for (let round = -10; round < rounds; round += 1) {
      const url = urls.next().value;
      // In turns, so that neither side is always the first to touch the data.
      const order = round % 2 === 0 ? ['node', 'direct'] : ['direct', 'node'];
      for (const way of order) {
        const ms = way === 'node' ? await throughNode(url) : await direct.render(bboxOf(url));
        if (round >= 0) (way === 'node' ? through : directly).push(ms);
      }
    }
    const [node, alone] = [summary(through), summary(directly)];
    const more = node.p50 - alone.p50;
    // Each image against itself: drawings differ by more than what is measured.
    const pairs = summary(through.map((ms, index) => ms - directly[index]!));
    return [
      {
        what: 'uncached 256x256 through a lone node, against the same render in a child process',
        bar: '<= 3 ms more at p50',
        measured: `${milliseconds(more)} more (${milliseconds(alone.p50)} directly, ${milliseconds(node.p50)} through the node; image by image ${milliseconds(pairs.p50)})`,
        passed: more <= 3,
        details: { node, alone, pairs },
      },
    ];
  } finally {
    await Promise.all([peer.stop(), direct.close()]);
  }
}

async function throughNode(url: string): Promise<number> {
  const { status, ms } = await get(url);
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  return ms;
}

function bboxOf(url: string): BBox {
  return (new URL(url).searchParams.get('BBOX') as string).split(',').map(Number) as unknown as BBox;
}

/** The engine without anything around it. */
class DirectRenderer {
  readonly #parts: Awaited<ReturnType<typeof openEngine>>;

  private constructor(parts: Awaited<ReturnType<typeof openEngine>>) {
    this.#parts = parts;
  }

  static async open(): Promise<DirectRenderer> {
    return new DirectRenderer(await openEngine());
  }

  /** Milliseconds of one render with the settings that the node uses. */
  async render(bbox: BBox): Promise<number> {
    const { engine, bundle, buffer } = this.#parts;
    const layers = bundle.description.layers.map((layer) => layer.name);
    const task: RenderTask = {
      bundle,
      layers,
      styles: bundle.description.layers.map((layer) => layer.styles[0]?.name ?? ''),
      crs: 'EPSG:4326',
      bbox,
      columns: 1,
      rows: 1,
      tileWidth: 256,
      tileHeight: 256,
      buffer,
      encoding: 'png',
      transparent: false,
      background: '#ffffff',
      dpi: 90.71428571428572,
    };
    const startedAt = performance.now();
    await engine.render(task, { signal: new AbortController().signal, timeoutMs: 10_000 });
    return performance.now() - startedAt;
  }

  async close(): Promise<void> {
    const { engine, catalogue, folder } = this.#parts;
    await catalogue.stop();
    await engine.stop(0);
    await rm(folder, { recursive: true, force: true });
  }
}

async function openEngine() {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-bench-'));
  const config = await loadConfig(undefined, new Map([['engines.workers', { value: 1, source: 'bench' }]]));
  const crs = new ProjCrsCatalogue(path.join(locateMapnik().share, 'proj'));
  const options = { ...config.engines, cacheFolder: path.join(folder, 'mapnik') };
  const engine = await createMapnikEngine(options, { clock: systemClock, crs });
  await engine.start();
  const catalogue = new ProjectCatalogue({
    roots: [path.resolve(import.meta.dirname, '../dist/projects/world')],
    snapshotFolder: path.join(folder, 'bundles'),
    engines: { mapnik: engine },
    clock: systemClock,
    log: silentLog,
    options: config.projects,
  });
  await catalogue.start();
  const bundle = catalogue.current('world');
  if (!bundle) throw new Error('the demo project is not built: run "npm run build"');
  return { folder, engine, catalogue, bundle, buffer: config.maps.bufferPixels };
}
