import { ProcessError, quote } from '../../../ogc/processes/problem.ts';
import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { Feature, FeatureLayer } from '../feature-layer.ts';
import { checkSameCrs, layerResult, type ShapedFeature, shapedFeatures } from '../layer-tools.ts';
import { type Control, eachOf } from '../operation.ts';
import { dimensionOf, intersection, ShapeIndex, verticesOf } from '../shapes.ts';
import { AreaLocator } from './area-locator.ts';
import { checkField } from './fields.ts';

export function zonalStatistics(given: Arguments, control: Control): TaskOutput[] {
  const zones = given.layer('zones');
  const values = given.layer('values');
  const field = given.text('field');
  checkSameCrs(zones, values, 'values');
  checkField(values, field, 'field');
  const index = new ShapeIndex(measured(values, field));
  const features: Feature[] = [];
  eachOf(polygons(zones), control, ({ feature, shape }) => {
    const figures = new Figures();
    const locator = new AreaLocator(shape);
    for (const { shape: other, value } of index.near(shape)) {
      if (dimensionOf(other) === 0) {
        for (const { x, y } of verticesOf(other)) {
          if (locator.covers(x, y)) figures.add(value, 1, 1);
        }
      } else {
        const area = intersection(shape, other).getArea();
        if (area > 0) figures.add(value, area / other.getArea(), area);
      }
    }
    features.push({ ...feature, properties: { ...feature.properties, ...figures.properties() } });
  });
  return layerResult({ crs: zones.crs, features }, given.format('result'));
}

function polygons(zones: FeatureLayer): ShapedFeature[] {
  const shaped = shapedFeatures(zones);
  if (shaped.some(({ shape }) => dimensionOf(shape) !== 2)) {
    throw new ProcessError('input-invalid', 'Input "zones" has geometries that are no polygons', 'zones');
  }
  return shaped;
}

/** Features with a number in the field; those without count nowhere. */
function measured(values: FeatureLayer, field: string): (ShapedFeature & { readonly value: number })[] {
  return shapedFeatures(values).flatMap(({ feature, shape }) => {
    const value = feature.properties[field];
    if (value === null || value === undefined) return [];
    if (typeof value !== 'number') {
      const message = `Input "field": ${quote(field)} holds ${quote(String(value))}, which is no number`;
      throw new ProcessError('input-invalid', message, 'field');
    }
    if (dimensionOf(shape) === 1) {
      throw new ProcessError(
        'input-invalid',
        'Input "values" has lines; it takes points or polygons',
        'values',
      );
    }
    return [{ feature, shape, value }];
  });
}

/** Weighted sums in one pass, by Welford's method: no loss of digits where values are large and alike. */
class Figures {
  #count = 0;
  #sum = 0;
  #weight = 0;
  #mean = 0;
  #squares = 0;
  #minimum = Infinity;
  #maximum = -Infinity;

  add(value: number, share: number, weight: number): void {
    this.#count += 1;
    this.#sum += value * share;
    this.#weight += weight;
    const away = value - this.#mean;
    this.#mean += (away * weight) / this.#weight;
    this.#squares += weight * away * (value - this.#mean);
    this.#minimum = Math.min(this.#minimum, value);
    this.#maximum = Math.max(this.#maximum, value);
  }

  /** Of the values in the zone as they are, not of a sample of more. */
  properties(): Record<string, number | null> {
    if (this.#count === 0) return { count: 0, sum: 0, mean: null, min: null, max: null, stddev: null };
    return {
      count: this.#count,
      sum: this.#sum,
      mean: this.#mean,
      min: this.#minimum,
      max: this.#maximum,
      stddev: Math.sqrt(this.#squares / this.#weight),
    };
  }
}
