import type {
  ComplexData,
  Format,
  InputDescription,
  LiteralData,
  LiteralType,
  OutputDescription,
} from '../ogc/processes/process-description.ts';
import { formatOf } from '../ogc/processes/process-description.ts';

/** GeoJSON under the names that clients give it, its own first. */
export const geoJsonFormats: readonly Format[] = [
  formatOf('application/geo+json'),
  formatOf('application/vnd.geo+json'),
  formatOf('application/json'),
];

/** What is said of a parameter besides its data; one value, and that wanted, unless it says otherwise. */
export interface Words {
  readonly title: string;
  readonly abstract?: string;
  readonly minOccurs?: number;
  readonly maxOccurs?: number | 'unbounded';
}

export function literalOf(dataType: LiteralType, changes: Partial<LiteralData> = {}): LiteralData {
  return { kind: 'literal', dataType, allowedValues: [], allowedRanges: [], units: [], ...changes };
}

export function complexOf(formats: readonly Format[]): ComplexData {
  return { kind: 'complex', formats };
}

export function inputOf(id: string, data: InputDescription['data'], words: Words): InputDescription {
  const hasDefault = data.kind !== 'bbox' && data.defaultValue !== undefined;
  return {
    ...outputOf(id, data, words),
    minOccurs: words.minOccurs ?? (hasDefault ? 0 : 1),
    maxOccurs: words.maxOccurs ?? 1,
  };
}

export function outputOf(
  id: string,
  data: OutputDescription['data'],
  { title, abstract = '' }: Words,
): OutputDescription {
  return { id, title, abstract, keywords: [], metadata: [], data };
}
