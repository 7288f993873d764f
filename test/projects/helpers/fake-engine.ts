import { readFile } from 'node:fs/promises';
import { GismeshError } from '../../../src/core/errors.ts';
import type { Engine, EngineLoad, Inspection, Rendered } from '../../../src/engines/engine.ts';
import type { BBox } from '../../../src/ogc/map-request.ts';
import type { ProjectBundle } from '../../../src/projects/project.ts';

/** Reads projects for real, as far as their layers' names; draws nothing. */
export class FakeEngine implements Engine {
  readonly identity = { name: 'mapnik', version: '0', fonts: '' };
  readonly open = new Set<string>();
  /** What each preload saw in the bundle's map file, by hash. */
  readonly seen = new Map<string, string>();
  /** Awaited by each preload before it is done. */
  gate: Promise<void> = Promise.resolve();
  /** Thrown by each preload. */
  failure: Error | undefined;

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  load(): EngineLoad {
    return { slots: 1, running: 0, queued: 0 };
  }

  async inspect(file: string): Promise<Inspection> {
    const xml = await readFile(file, 'utf8');
    if (xml.includes('broken')) throw new GismeshError('PROJECT_INVALID', 'no such symbolizer: broken');
    const names = [...xml.matchAll(/<Layer name="([^"]*)"/g)].map(([, name]) => name as string);
    return { layers: names.map((name) => ({ name, extent: [0, 0, 1, 1], queryable: true })) };
  }

  async projectExtent(extent: BBox, crs: readonly string[]): Promise<Record<string, BBox>> {
    return Object.fromEntries(crs.filter((code) => code !== 'EPSG:999999').map((code) => [code, extent]));
  }

  async preload(bundle: ProjectBundle): Promise<void> {
    if (this.failure) throw this.failure;
    this.seen.set(bundle.description.hash, await readFile(bundle.file, 'utf8'));
    await this.gate;
    this.open.add(bundle.description.hash);
  }

  isWarm(hash: string): boolean {
    return this.open.has(hash);
  }

  async unload(hash: string): Promise<void> {
    this.open.delete(hash);
  }

  render(): Promise<Rendered> {
    return Promise.reject(new Error('draws nothing'));
  }

  featureInfo(): Promise<never> {
    return Promise.reject(new Error('knows nothing'));
  }

  legend(): Promise<never> {
    return Promise.reject(new Error('draws nothing'));
  }
}
