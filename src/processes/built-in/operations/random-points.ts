import { canonicalCrs } from '../../../ogc/processes/crs-name.ts';
import { ProcessError } from '../../../ogc/processes/problem.ts';
import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { Crs, CrsFinder } from '../crs.ts';
import type { Feature, FeatureLayer, Position } from '../feature-layer.ts';
import { boundsOf, layerResult } from '../layer-tools.ts';
import type { Control } from '../operation.ts';
import { dimensionOf, shapeOf, valid } from '../shapes.ts';
import { AreaLocator } from './area-locator.ts';

/** Places tried for each point before an area is said to have no room for more. */
const TRIES_PER_POINT = 1000;
const METRES_PER_DEGREE = 111_195;

export function randomPoints(given: Arguments, control: Control, finder: CrsFinder): TaskOutput[] {
  const layer = areasOf(given);
  const crs = finder.find(given.has('areas') ? 'areas' : 'extent', layer.crs);
  const count = given.number('count');
  const total = count * layer.features.length;
  const distance = given.has('minimumDistance') ? given.metres('minimumDistance') : 0;
  const random = randomFrom(given.number('seed'));
  const features: Feature[] = [];
  for (const [index, area] of layer.features.entries()) {
    const spread = new Spread(area, crs, distance, random);
    for (let number = 0; number < count; number += 1) {
      const coordinates = spread.next();
      if (coordinates === undefined) {
        const message = `Area ${index} has room for no more than ${number} points; lower "count" or "minimumDistance"`;
        throw new ProcessError('job-failed', message);
      }
      features.push({
        type: 'Feature',
        geometry: { type: 'Point', coordinates },
        properties: area.properties,
      });
      control.progress(features.length / total);
    }
  }
  return layerResult({ crs: layer.crs, features }, given.format('result'));
}

function areasOf(given: Arguments): FeatureLayer {
  if (given.has('areas') === given.has('extent')) {
    throw new ProcessError('input-invalid', 'Inputs "areas" and "extent": give one of them', 'areas');
  }
  if (given.has('areas')) {
    const { crs, features } = given.layer('areas');
    return { crs, features: features.filter(({ geometry }) => geometry !== null) };
  }
  const { crs, lower, upper } = given.box('extent');
  const name = canonicalCrs(crs);
  // The EPSG's own order of axes: latitude first.
  const [x, y] = name === 'EPSG:4326' ? [1, 0] : [0, 1];
  const [west = 0, south = 0, east = 0, north = 0] = [lower[x], lower[y], upper[x], upper[y]];
  if (west >= east || south >= north) {
    throw new ProcessError('input-invalid', 'Input "extent" has no area', 'extent');
  }
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  const geometry = { type: 'Polygon' as const, coordinates: [ring] };
  return {
    crs: name === 'EPSG:4326' ? 'CRS:84' : name,
    features: [{ type: 'Feature', geometry, properties: {} }],
  };
}

/** Even over the ground: on longitude and latitude fewer points per degree go to where meridians are close. */
class Spread {
  readonly #bounds: readonly [number, number, number, number];
  readonly #locator: AreaLocator;
  readonly #random: () => number;
  readonly #isGeographic: boolean;
  readonly #distance: number;
  readonly #taken = new Map<string, Position[]>();

  constructor({ geometry }: Feature, crs: Crs, distance: number, random: () => number) {
    const shape = valid(shapeOf(geometry as never));
    if (dimensionOf(shape) !== 2) {
      throw new ProcessError('input-invalid', 'Input "areas" has geometries that are no polygons', 'areas');
    }
    this.#bounds = boundsOf([geometry as never]);
    this.#locator = new AreaLocator(shape);
    this.#random = random;
    this.#isGeographic = crs.isGeographic;
    this.#distance = crs.isGeographic ? distance / METRES_PER_DEGREE : distance / crs.metresPerUnit;
  }

  /** `undefined` when nothing was found. */
  next(): Position | undefined {
    const [west, south, east, north] = this.#bounds;
    const from = this.#isGeographic ? sine(south) : south;
    const to = this.#isGeographic ? sine(north) : north;
    for (let tries = 0; tries < TRIES_PER_POINT; tries += 1) {
      const x = west + this.#random() * (east - west);
      const height = from + this.#random() * (to - from);
      const y = this.#isGeographic ? (Math.asin(height) * 180) / Math.PI : height;
      if (this.#locator.covers(x, y) && this.#isFree(x, y)) return [x, y];
    }
    return undefined;
  }

  /** Takes the place where no other point is too near: cells as wide as the distance, and those around. */
  #isFree(x: number, y: number): boolean {
    if (this.#distance === 0) return true;
    const column = Math.floor(x / this.#distance);
    const row = Math.floor(y / this.#distance);
    const stretch = this.#isGeographic ? Math.max(0.02, Math.cos((y * Math.PI) / 180)) : 1;
    // A degree of longitude is shorter than one of latitude: more cells to the sides are near.
    const reach = Math.ceil(1 / stretch);
    for (let dx = -reach; dx <= reach; dx += 1) {
      for (let dy = -1; dy <= 1; dy += 1) {
        const near = this.#taken.get(`${column + dx} ${row + dy}`) ?? [];
        if (near.some(([a = 0, b = 0]) => Math.hypot((a - x) * stretch, b - y) < this.#distance))
          return false;
      }
    }
    const key = `${column} ${row}`;
    const cell = this.#taken.get(key);
    if (cell === undefined) this.#taken.set(key, [[x, y]]);
    else cell.push([x, y]);
    return true;
  }
}

function sine(degrees: number): number {
  return Math.sin((degrees * Math.PI) / 180);
}

/** Mulberry32: the same numbers on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
