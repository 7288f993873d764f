import { GismeshError } from '../core/errors.ts';
import type { Inspection } from '../engines/engine.ts';
import type { BBox } from '../ogc/map-request.ts';
import type { LayerDescription, ProjectDescription } from '../ogc/project-description.ts';
import { nearestName, type ProjectMetadata } from './metadata.ts';

const WORLD: BBox = [-180, -90, 180, 90];

/** What every WMS, WMTS and tile client can use. */
const USUAL_CRS = ['EPSG:3857', 'EPSG:4326', 'CRS:84'];

const WHITE = '#ffffff';

/** Of layers that hold next to nothing: some 10 m. */
const MIN_EXTENT_DEGREES = 1e-4;

/** A description but for the extents, which only the engine can compute: see `extents`. */
export type Draft = Omit<ProjectDescription, 'extents'>;

/**
 * Joins what the engine found in a project with what its author says of it.
 *
 * @throws GismeshError `PROJECT_INVALID` for layers without a usable name, or said something of but not there.
 */
export function describeProject(
  identity: { readonly id: string; readonly hash: string; readonly engine: string },
  inspection: Inspection,
  metadata: ProjectMetadata,
): Draft {
  const layers = mergeByName(inspection.layers).map((layer) => describeLayer(layer, metadata));
  if (layers.length === 0) throw invalid('the map has no layers');
  checkLayerNames(layers, metadata);
  return {
    ...identity,
    title: metadata.title ?? titleFrom(identity.id),
    abstract: metadata.abstract ?? '',
    keywords: metadata.keywords ?? [],
    attribution: metadata.attribution ?? '',
    extent: metadata.extent ?? layers.map(({ extent }) => extent).reduce(union),
    background: metadata.background?.toLowerCase() ?? inspection.background ?? WHITE,
    crs: metadata.crs ?? USUAL_CRS,
    layers,
  };
}

/**
 * Leaves out the CRSs that the engine cannot project to.
 *
 * @throws GismeshError `PROJECT_INVALID` when none is left: no client could ask for such a map.
 */
export function withExtents(draft: Draft, extents: Readonly<Record<string, BBox>>): ProjectDescription {
  const crs = draft.crs.filter((code) => Object.hasOwn(extents, code));
  if (crs.length === 0) throw invalid(`none of its CRSs (${draft.crs.join(', ')}) can be drawn`);
  return { ...draft, crs, extents };
}

type InspectedLayer = Inspection['layers'][number];

/** Layers of equal names are one to the outside: often the same thing from different data at other scales. */
function mergeByName(layers: Inspection['layers']): InspectedLayer[] {
  const merged = new Map<string, InspectedLayer>();
  for (const layer of layers) {
    const before = merged.get(layer.name);
    merged.set(layer.name, before === undefined ? layer : mergedLayer(before, layer));
  }
  return [...merged.values()];
}

function mergedLayer(a: InspectedLayer, b: InspectedLayer): InspectedLayer {
  const min = Math.min(a.minScaleDenominator ?? 0, b.minScaleDenominator ?? 0);
  const max = Math.max(a.maxScaleDenominator ?? Infinity, b.maxScaleDenominator ?? Infinity);
  return {
    name: a.name,
    extent: union(a.extent, b.extent),
    queryable: a.queryable || b.queryable,
    ...(min > 0 ? { minScaleDenominator: min } : {}),
    ...(max < Infinity ? { maxScaleDenominator: max } : {}),
  };
}

function describeLayer(layer: InspectedLayer, metadata: ProjectMetadata): LayerDescription {
  const said = ownValue(metadata.layers ?? {}, layer.name);
  return {
    ...layer,
    title: said?.title ?? layer.name,
    abstract: said?.abstract ?? '',
    queryable: layer.queryable && (said?.queryable ?? true),
    extent: withinWorld(layer.extent),
    styles: [{ name: 'default', title: 'Default' }],
  };
}

/** Layer names go into comma-separated lists and XML. */
function checkLayerNames(layers: readonly LayerDescription[], metadata: ProjectMetadata): void {
  const names = layers.map(({ name }) => name);
  const unusable = names.find((name) => name === '' || name.length > 200 || /[,\p{Cc}]/u.test(name));
  if (unusable !== undefined) {
    const shown = JSON.stringify(unusable.slice(0, 50));
    throw invalid(`a layer is named ${shown}; give it a name of 1 to 200 characters without commas`);
  }
  const unknown = Object.keys(metadata.layers ?? {}).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalid(
      `project.yaml speaks of a layer "${unknown}" that the map has not${nearestName(unknown, names)}`,
    );
  }
}

function ownValue<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** `street-map` becomes `Street map`. */
function titleFrom(id: string): string {
  const words = id.replaceAll(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function withinWorld(extent: BBox): BBox {
  const [west, south, east, north] = extent;
  const clipped: BBox = [
    Math.max(west, -180),
    Math.max(south, -90),
    Math.min(east, 180),
    Math.min(north, 90),
  ];
  const usable = clipped.every(Number.isFinite) && clipped[0] <= clipped[2] && clipped[1] <= clipped[3];
  if (!usable) return WORLD;
  const [minX, maxX] = widened(clipped[0], clipped[2], 180);
  const [minY, maxY] = widened(clipped[1], clipped[3], 90);
  return [minX, minY, maxX, maxY];
}

/** A single point, or a line due north, has no extent to zoom to, and WMS wants minima below maxima. */
function widened(low: number, high: number, limit: number): [low: number, high: number] {
  if (high - low >= MIN_EXTENT_DEGREES) return [low, high];
  const half = MIN_EXTENT_DEGREES / 2;
  const middle = Math.max(half - limit, Math.min(limit - half, (low + high) / 2));
  return [middle - half, middle + half];
}

function union(a: BBox, b: BBox): BBox {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

function invalid(message: string): GismeshError {
  return new GismeshError('PROJECT_INVALID', message);
}
