import BufferOp from 'jsts/org/locationtech/jts/operation/buffer/BufferOp.js';
import BufferParameters from 'jsts/org/locationtech/jts/operation/buffer/BufferParameters.js';
import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { CrsFinder } from '../crs.ts';
import { type Feature, mapPositions } from '../feature-layer.ts';
import { layerResult, planeOf, shapedFeatures, unionInSteps } from '../layer-tools.ts';
import { type Control, eachOf } from '../operation.ts';
import { geometryOf, isEmpty, type Shape, shapeOf } from '../shapes.ts';

const CAPS = {
  round: BufferParameters.CAP_ROUND,
  flat: BufferParameters.CAP_FLAT,
  square: BufferParameters.CAP_SQUARE,
} as const;

export function buffer(given: Arguments, control: Control, finder: CrsFinder): TaskOutput[] {
  const layer = given.layer('features');
  const crs = finder.find('features', layer.crs);
  const metres = given.metres('distance');
  const parameters = new BufferParameters(
    given.number('segments'),
    CAPS[given.text('cap') as keyof typeof CAPS],
  );
  const dissolve = given.boolean('dissolve');
  const features: Feature[] = [];
  eachOf(
    layer.features,
    control,
    (feature) => {
      if (feature.geometry === null) return;
      const plane = planeOf(crs, feature.geometry);
      const flat = shapeOf(mapPositions(feature.geometry, plane.to));
      const shape = BufferOp.bufferOp(flat, metres * plane.perMetre, parameters) as Shape;
      if (isEmpty(shape)) return;
      features.push({ ...feature, geometry: mapPositions(geometryOf(shape), plane.from) });
    },
    [0, dissolve ? 0.6 : 1],
  );
  if (!dissolve || features.length === 0)
    return layerResult({ crs: layer.crs, features }, given.format('result'));
  let done = 0;
  const shapes = shapedFeatures({ crs: layer.crs, features }).map(({ shape }) => shape);
  const merged = unionInSteps(shapes, (count) => {
    done += count;
    control.progress(0.6 + (0.4 * done) / shapes.length, 'Dissolving');
  });
  return layerResult(
    { crs: layer.crs, features: [{ type: 'Feature', geometry: geometryOf(merged), properties: {} }] },
    given.format('result'),
  );
}
