import Centroid from 'jsts/org/locationtech/jts/algorithm/Centroid.js';
import InteriorPoint from 'jsts/org/locationtech/jts/algorithm/InteriorPoint.js';
import type Coordinate from 'jsts/org/locationtech/jts/geom/Coordinate.js';
import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { Feature } from '../feature-layer.ts';
import { layerResult } from '../layer-tools.ts';
import { type Control, eachOf } from '../operation.ts';
import { isEmpty, shapeOf } from '../shapes.ts';

export function centroid(given: Arguments, control: Control): TaskOutput[] {
  const layer = given.layer('features');
  const inside = given.boolean('inside');
  const features: Feature[] = [];
  eachOf(layer.features, control, (feature) => {
    if (feature.geometry === null) return;
    const shape = shapeOf(feature.geometry);
    if (isEmpty(shape)) return;
    const { x, y } = (
      inside ? InteriorPoint.getInteriorPoint(shape) : Centroid.getCentroid(shape)
    ) as Coordinate & {
      readonly x: number;
      readonly y: number;
    };
    features.push({ ...feature, geometry: { type: 'Point', coordinates: [x, y] } });
  });
  return layerResult({ crs: layer.crs, features }, given.format('result'));
}
