import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';
import type { Engine } from '../engines/engine.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import { describeProject, withExtents } from './describe.ts';
import { findMapFile } from './map-file.ts';
import { checkMap, checkVirtualDataset, MAX_MAP_BYTES, type MapPolicy } from './map-policy.ts';
import { MAX_METADATA_BYTES, METADATA_FILE, type ProjectMetadata, parseMetadata } from './metadata.ts';
import type { ProjectBundle } from './project.ts';
import type { Snapshot } from './snapshot-store.ts';

export interface OpenOptions extends MapPolicy {
  /** For each step of the engine: reading the project, then drawing from it once. */
  readonly engineTimeoutMs: number;
}

const DEFAULT_ENGINE = 'mapnik';

/** Makes a bundle, drawn from once, out of a snapshot. */
export class ProjectOpener {
  readonly #engines: Readonly<Record<string, Engine>>;
  readonly #clock: Clock;
  readonly #options: OpenOptions;

  constructor(parts: { engines: Readonly<Record<string, Engine>>; clock: Clock; options: OpenOptions }) {
    this.#engines = parts.engines;
    this.#clock = parts.clock;
    this.#options = parts.options;
  }

  /** Rejects `PROJECT_INVALID` in the words of whoever found the fault; other codes may pass. */
  async open(id: string, snapshot: Snapshot): Promise<ProjectBundle> {
    const mapFile = await findMapFile(snapshot.folder);
    if (mapFile === undefined) {
      throw invalid('it has a project.yaml but no map; add a Mapnik XML named project.xml');
    }
    const metadata = await readMetadata(snapshot);
    await this.#checkFiles(snapshot, mapFile);
    const { name, engine } = this.#engineFor(metadata);
    const file = path.join(snapshot.folder, mapFile);
    const inspection = await this.#bounded(engine.inspect(file), 'reading it');
    const draft = describeProject({ id, hash: snapshot.hash, engine: name }, inspection, metadata);
    const extents = await this.#bounded(
      engine.projectExtent(draft.extent, draft.crs),
      'projecting its extent',
    );
    const bundle = { description: withExtents(draft, extents), folder: snapshot.folder, file };
    try {
      await this.#bounded(engine.preload(bundle), 'drawing it for the first time');
    } catch (error) {
      await engine.unload(snapshot.hash).catch(() => undefined);
      throw error;
    }
    return bundle;
  }

  async #checkFiles(snapshot: Snapshot, mapFile: string): Promise<void> {
    checkMap(await readText(snapshot, mapFile, MAX_MAP_BYTES), snapshot.names, this.#options);
    for (const name of snapshot.names.filter((name) => /\.vrt$/i.test(name))) {
      checkVirtualDataset(await readText(snapshot, name, MAX_MAP_BYTES), name, snapshot.names);
    }
  }

  #engineFor(metadata: ProjectMetadata): { name: string; engine: Engine } {
    const name = metadata.engine ?? DEFAULT_ENGINE;
    const engine = Object.hasOwn(this.#engines, name) ? this.#engines[name] : undefined;
    if (engine !== undefined) return { name, engine };
    const known = Object.keys(this.#engines).join(', ') || 'none';
    throw invalid(`it wants the engine "${name}"; this peer has: ${known}`);
  }

  async #bounded<T>(work: Promise<T>, what: string): Promise<T> {
    const done = new AbortController();
    const overdue = sleep(this.#clock, this.#options.engineTimeoutMs, done.signal).then(() => {
      const message = `${what} took longer than ${this.#options.engineTimeoutMs} ms`;
      throw new GismeshError('DEADLINE_EXCEEDED', message);
    });
    overdue.catch(() => undefined);
    try {
      return await Promise.race([work, overdue]);
    } finally {
      done.abort();
    }
  }
}

async function readMetadata(snapshot: Snapshot): Promise<ProjectMetadata> {
  if (!snapshot.names.includes(METADATA_FILE)) return {};
  return parseMetadata(await readText(snapshot, METADATA_FILE, MAX_METADATA_BYTES));
}

async function readText(snapshot: Snapshot, name: string, maxBytes: number): Promise<string> {
  await using handle = await open(path.join(snapshot.folder, name), 'r');
  const { size } = await handle.stat();
  if (size > maxBytes) throw invalid(`${name} is larger than ${maxBytes} bytes`);
  const bytes = await readFile(handle);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid(`${name} is not UTF-8 text; save it as UTF-8`, cause);
  }
}

function invalid(message: string, cause?: unknown): GismeshError {
  return new GismeshError('PROJECT_INVALID', message, { cause });
}
