import { dirname } from 'node:path';
import { LRUCache } from 'lru-cache';
import { GismeshError } from '../../core/errors.ts';
import type { Binding, Box, MapnikLayer, MapnikMap } from './binding.ts';
import { collectGarbage } from './canvas.ts';
import type { ProjectFiles } from './messages.ts';
import { readStyleSheet, type StyleSheet, scaleRange } from './style-sheet.ts';

/** Selections of layers kept built per project: clients repeat theirs, and building one costs about 1 ms. */
const SELECTIONS_PER_PROJECT = 16;

/** A project file read by Mapnik, with its data files open. */
export class OpenProject {
  /** From which relative paths in the project start. */
  readonly folder: string;
  /** All top-level layers, in drawing order; Mapnik leaves out those with `status="off"`. */
  readonly layers: readonly MapnikLayer[];
  /** The CRS in which the project was made, and its clip there. */
  readonly srs: string;
  readonly maximumExtent: Box | undefined;
  readonly background: string | undefined;
  readonly #map: MapnikMap;
  #styleSheet: StyleSheet | undefined;
  readonly #selections = new LRUCache<string, MapnikMap>({ max: SELECTIONS_PER_PROJECT });

  constructor(map: MapnikMap, folder: string) {
    this.folder = folder;
    this.#map = map;
    this.layers = map.layers();
    this.srs = map.srs;
    this.maximumExtent = map.maximumExtent;
    this.background = hexColor(map);
  }

  /** Pixels that the author wants drawn around each image. */
  get bufferSize(): number {
    return this.#map.bufferSize;
  }

  get styleSheet(): StyleSheet {
    this.#styleSheet ??= readStyleSheet(this.#map.toXML());
    return this.#styleSheet;
  }

  /** Whether a layer draws anything at a scale. */
  drawsAt(layer: MapnikLayer, scaleDenominator: number): boolean {
    const { min, max } = scaleRange(this.styleSheet, layer);
    return min <= scaleDenominator && scaleDenominator < max;
  }

  /**
   * A map of these layers, bottom first as asked, which may be drawn by one task at a time. Layers of equal
   * names belong together.
   *
   * @param styles one per layer: the name of a style of that layer; '' or `default` for all of them
   * @throws GismeshError `REQUEST_INVALID` naming an unknown layer or style
   */
  select(layers: readonly string[], styles: readonly string[]): MapnikMap {
    const key = JSON.stringify([layers, styles]);
    const known = this.#selections.get(key);
    if (known !== undefined) return known;
    const chosen = layers.flatMap((name, index) => this.#styled(name, styles[index] ?? ''));
    const map = this.#map.clone();
    for (let count = this.layers.length; count > 0; count -= 1) map.remove_layer(count - 1);
    for (const layer of chosen) map.add_layer(layer);
    this.#selections.set(key, map);
    return map;
  }

  #styled(name: string, style: string): MapnikLayer[] {
    const named = this.layers.filter((layer) => layer.name === name);
    if (named.length === 0) throw new GismeshError('REQUEST_INVALID', `There is no layer ${name}.`);
    if (style === '' || style === 'default') return named;
    const copies = this.#map.layers().filter((layer) => layer.name === name);
    const withStyle = copies.filter((layer) => layer.styles.includes(style));
    if (withStyle.length === 0) {
      throw new GismeshError('REQUEST_INVALID', `The layer ${name} has no style ${style}.`);
    }
    for (const layer of withStyle) layer.styles = [style];
    return withStyle;
  }
}

/**
 * Reads a project file; relative paths in it start from its folder.
 *
 * @throws GismeshError `PROJECT_INVALID` with Mapnik's words
 */
export function openProject(mapnik: Binding, file: string): Promise<OpenProject> {
  const map = new mapnik.Map(1, 1);
  return new Promise((resolve, reject) => {
    // Not strict: projects that other Mapnik servers draw, with an odd attribute or a missing font, are drawn.
    map.load(file, { strict: false }, (error) => {
      if (error !== null && error !== undefined) {
        reject(new GismeshError('PROJECT_INVALID', error.message.trim(), { cause: error }));
        return;
      }
      map.aspect_fix_mode = mapnik.Map.ASPECT_RESPECT;
      map.loadFonts();
      resolve(new OpenProject(map, dirname(file)));
    });
  });
}

/** The projects that this worker has open. */
export class OpenProjects {
  readonly #mapnik: Binding;
  readonly #open: LRUCache<string, OpenProject>;

  constructor(mapnik: Binding, limit: number) {
    this.#mapnik = mapnik;
    this.#open = new LRUCache({ max: limit });
  }

  async get(project: ProjectFiles): Promise<OpenProject> {
    const known = this.#open.get(project.hash);
    if (known !== undefined) return known;
    const opened = await openProject(this.#mapnik, project.file);
    const isFull = this.#open.size === this.#open.max;
    this.#open.set(project.hash, opened);
    if (isFull) this.#freeFiles();
    return opened;
  }

  close(hash: string): void {
    if (this.#open.delete(hash)) this.#freeFiles();
  }

  /** Files stay open as long as the map that reads them is not collected, or Mapnik keeps them mapped. */
  #freeFiles(): void {
    collectGarbage();
    this.#mapnik.clearCache();
  }

  hashes(): string[] {
    return [...this.#open.keys()];
  }
}

function hexColor(map: MapnikMap): string | undefined {
  const color = map.background;
  if (color === undefined || color.a === 0) return undefined;
  return `#${[color.r, color.g, color.b].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
