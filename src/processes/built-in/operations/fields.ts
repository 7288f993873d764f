import { ProcessError, quote } from '../../../ogc/processes/problem.ts';
import type { FeatureLayer } from '../feature-layer.ts';

/** Throws `ProcessError` naming the input, with the fields there are, unless a feature has the field. */
export function checkField({ features }: FeatureLayer, field: string, input: string): void {
  if (features.length === 0 || features.some(({ properties }) => Object.hasOwn(properties, field))) return;
  const names = Object.keys(features[0]?.properties ?? {}).slice(0, 20);
  const known = names.length > 0 ? `there are ${names.join(', ')}` : 'there are none';
  throw new ProcessError(
    'input-invalid',
    `Input ${quote(input)}: no feature has a field ${quote(field)}; ${known}`,
    input,
  );
}
