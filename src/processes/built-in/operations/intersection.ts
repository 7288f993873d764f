import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { Feature } from '../feature-layer.ts';
import { checkSameCrs, layerResult, shapedFeatures } from '../layer-tools.ts';
import { type Control, eachOf } from '../operation.ts';
import { collected, dimensionOf, geometryOf, intersection, partsOf, ShapeIndex } from '../shapes.ts';

export function intersect(given: Arguments, control: Control): TaskOutput[] {
  const layer = given.layer('features');
  const overlay = given.layer('overlay');
  checkSameCrs(layer, overlay, 'overlay');
  const index = new ShapeIndex(shapedFeatures(overlay));
  const features: Feature[] = [];
  eachOf(shapedFeatures(layer), control, ({ feature, shape }) => {
    for (const other of index.near(shape)) {
      const dimension = Math.min(dimensionOf(shape), dimensionOf(other.shape));
      const parts = partsOf(intersection(shape, other.shape), dimension);
      if (parts.length === 0) continue;
      features.push({
        type: 'Feature',
        geometry: geometryOf(collected(parts)),
        properties: bothProperties(feature.properties, other.feature.properties),
      });
    }
  });
  return layerResult({ crs: layer.crs, features }, given.format('result'));
}

function bothProperties(own: Feature['properties'], others: Feature['properties']): Feature['properties'] {
  const renamed = Object.entries(others).map(([name, value]) => [
    Object.hasOwn(own, name) ? `overlay_${name}` : name,
    value,
  ]);
  return { ...own, ...Object.fromEntries(renamed) };
}
