import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { Feature } from '../feature-layer.ts';
import { layerResult, type ShapedFeature, shapedFeatures, unionInSteps } from '../layer-tools.ts';
import type { Control } from '../operation.ts';
import { geometryOf } from '../shapes.ts';
import { checkField } from './fields.ts';

export function dissolve(given: Arguments, control: Control): TaskOutput[] {
  const layer = given.layer('features');
  const field = given.has('field') ? given.text('field') : undefined;
  if (field !== undefined) checkField(layer, field, 'field');
  const shaped = shapedFeatures(layer);
  let done = 0;
  const features = [...groups(shaped, field).values()].map((group): Feature => {
    const shapes = group.map(({ shape }) => shape);
    const shape = unionInSteps(shapes, (count) => {
      done += count;
      control.progress(done / shaped.length);
    });
    const value = field === undefined ? {} : { [field]: group[0]?.feature.properties[field] ?? null };
    return { type: 'Feature', geometry: geometryOf(shape), properties: { ...value, count: group.length } };
  });
  return layerResult({ crs: layer.crs, features }, given.format('result'));
}

function groups(shaped: readonly ShapedFeature[], field: string | undefined): Map<string, ShapedFeature[]> {
  const byValue = new Map<string, ShapedFeature[]>();
  for (const each of shaped) {
    const key = field === undefined ? '' : JSON.stringify(each.feature.properties[field] ?? null);
    const group = byValue.get(key);
    if (group === undefined) byValue.set(key, [each]);
    else group.push(each);
  }
  return byValue;
}
