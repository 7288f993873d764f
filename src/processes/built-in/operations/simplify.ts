import DouglasPeuckerSimplifier from 'jsts/org/locationtech/jts/simplify/DouglasPeuckerSimplifier.js';
import TopologyPreservingSimplifier from 'jsts/org/locationtech/jts/simplify/TopologyPreservingSimplifier.js';
import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { CrsFinder } from '../crs.ts';
import { type Feature, mapPositions } from '../feature-layer.ts';
import { layerResult, planeOf } from '../layer-tools.ts';
import { type Control, eachOf } from '../operation.ts';
import { geometryOf, isEmpty, type Shape, shapeOf } from '../shapes.ts';

export function simplify(given: Arguments, control: Control, finder: CrsFinder): TaskOutput[] {
  const layer = given.layer('features');
  const crs = finder.find('features', layer.crs);
  const tolerance = given.metres('tolerance');
  const method = given.boolean('preserveTopology') ? TopologyPreservingSimplifier : DouglasPeuckerSimplifier;
  const features: Feature[] = [];
  eachOf(layer.features, control, (feature) => {
    if (feature.geometry === null) return;
    const plane = planeOf(crs, feature.geometry);
    const flat = shapeOf(mapPositions(feature.geometry, plane.to));
    const shape = method.simplify(flat, tolerance * plane.perMetre) as Shape;
    if (!isEmpty(shape)) features.push({ ...feature, geometry: mapPositions(geometryOf(shape), plane.from) });
  });
  return layerResult({ crs: layer.crs, features }, given.format('result'));
}
