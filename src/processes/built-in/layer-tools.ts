import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import type { Format } from '../../ogc/processes/process-description.ts';
import type { TaskOutput } from '../process.ts';
import { type Crs, planeAround, type Transform } from './crs.ts';
import {
  type Feature,
  type FeatureLayer,
  type GeoJsonGeometry,
  mapPositions,
  type Position,
  writeLayer,
} from './feature-layer.ts';
import { isEmpty, type Shape, shapeOf, union, valid } from './shapes.ts';

/** A layer as the output `result`, in the format that was asked for. */
export function layerResult(layer: FeatureLayer, format: Format): TaskOutput[] {
  return [
    { id: 'result', value: { kind: 'complex', format, content: { at: 'memory', bytes: writeLayer(layer) } } },
  ];
}

/** Where lengths in metres mean something, for one geometry. */
export interface Plane {
  readonly to: Transform;
  readonly from: Transform;
  /** Units of the plane in a metre. */
  readonly perMetre: number;
}

/** Around the geometry where the CRS is geographic, otherwise the CRS itself. */
export function planeOf(crs: Crs, geometry: GeoJsonGeometry): Plane {
  if (!crs.isGeographic) {
    const same = (position: Position) => position;
    return { to: same, from: same, perMetre: 1 / crs.metresPerUnit };
  }
  const [west, south, east, north] = boundsOf([geometry]);
  return { ...planeAround((west + east) / 2, (south + north) / 2), perMetre: 1 };
}

/** West, south, east, north; infinite for no positions. */
export function boundsOf(geometries: Iterable<GeoJsonGeometry>): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const geometry of geometries) {
    mapPositions(geometry, (position) => {
      const [x = 0, y = 0] = position;
      bounds[0] = Math.min(bounds[0], x);
      bounds[1] = Math.min(bounds[1], y);
      bounds[2] = Math.max(bounds[2], x);
      bounds[3] = Math.max(bounds[3], y);
      return position;
    });
  }
  return bounds;
}

export interface ShapedFeature {
  readonly feature: Feature;
  readonly shape: Shape;
}

/** Features that have a geometry, their shapes made valid. */
export function shapedFeatures({ features }: FeatureLayer): ShapedFeature[] {
  return features.flatMap((feature) => {
    const shape = feature.geometry && valid(shapeOf(feature.geometry));
    return shape === null || isEmpty(shape) ? [] : [{ feature, shape }];
  });
}

/** Throws `ProcessError` naming the second input unless both layers have one CRS. */
export function checkSameCrs(first: FeatureLayer, second: FeatureLayer, input: string): void {
  if (sameCrs(first.crs, second.crs)) return;
  const message = `Input ${quote(input)} is in ${second.crs}, but the other one in ${first.crs}; reproject one of them`;
  throw new ProcessError('input-invalid', message, input);
}

function sameCrs(a: string, b: string): boolean {
  const canonical = (crs: string) => (crs === 'EPSG:4326' ? 'CRS:84' : crs);
  return canonical(a) === canonical(b);
}

/** Small unions first, so that progress is told and neighbours meet early. */
const UNION_STEP = 32;

/** One shape of many; `onStep` hears how many of them are in. */
export function unionInSteps(shapes: readonly Shape[], onStep: (count: number) => void): Shape {
  const ordered = shapes
    .map((shape) => ({ shape, x: shape.getEnvelopeInternal().getMinX() }))
    .sort((a, b) => a.x - b.x)
    .map(({ shape }) => shape);
  const merged: Shape[] = [];
  for (let start = 0; start < ordered.length; start += UNION_STEP) {
    merged.push(union(ordered.slice(start, start + UNION_STEP)));
    onStep(Math.min(UNION_STEP, ordered.length - start));
  }
  return merged.length === 1 ? (merged[0] as Shape) : union(merged);
}
