import ConvexHull from 'jsts/org/locationtech/jts/algorithm/ConvexHull.js';
import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { Feature } from '../feature-layer.ts';
import { layerResult } from '../layer-tools.ts';
import { type Control, eachOf } from '../operation.ts';
import { collected, geometryOf, type Shape, shapeOf } from '../shapes.ts';

export function convexHull(given: Arguments, control: Control): TaskOutput[] {
  const layer = given.layer('features');
  const known = layer.features.filter(({ geometry }) => geometry !== null);
  const features: Feature[] = [];
  // Hulls of hulls: the vertices inside are gone before they are put together.
  eachOf(known, control, (feature) => {
    features.push({ ...feature, geometry: geometryOf(hull(shapeOf(feature.geometry as never))) });
  });
  const all = given.boolean('each') || features.length === 0 ? features : [hullOfAll(features)];
  return layerResult({ crs: layer.crs, features: all }, given.format('result'));
}

function hullOfAll(features: readonly Feature[]): Feature {
  const shapes = features.map(({ geometry }) => shapeOf(geometry as never));
  return {
    type: 'Feature',
    geometry: geometryOf(hull(collected(shapes))),
    properties: { count: features.length },
  };
}

function hull(shape: Shape): Shape {
  return new ConvexHull(shape).getConvexHull() as Shape;
}
