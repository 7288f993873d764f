import { ProcessError } from '../../../ogc/processes/problem.ts';
import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import { type CrsFinder, transformBetween } from '../crs.ts';
import { type Feature, mapPositions } from '../feature-layer.ts';
import { layerResult } from '../layer-tools.ts';
import { type Control, eachOf } from '../operation.ts';

export function reproject(given: Arguments, control: Control, finder: CrsFinder): TaskOutput[] {
  const layer = given.layer('features');
  const source = given.has('source')
    ? finder.find('source', given.text('source'))
    : finder.find('features', layer.crs);
  const target = finder.find('target', given.text('target'));
  const transform = transformBetween(source, target);
  const features: Feature[] = [];
  eachOf(layer.features, control, (feature, index) => {
    if (feature.geometry === null) {
      features.push(feature);
      return;
    }
    const geometry = mapPositions(feature.geometry, (position) => {
      const moved = transform(position);
      if (Number.isFinite(moved[0]) && Number.isFinite(moved[1])) return moved;
      const message = `Input "features": feature ${index} has the position ${position.join(' ')}, which has no place in ${target.name}`;
      throw new ProcessError('input-invalid', message, 'features');
    });
    features.push({ ...feature, geometry });
  });
  return layerResult({ crs: target.name, features }, given.format('result'));
}
