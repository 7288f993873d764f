import { isNamedAs } from '../../../src/ogc/processes/file-names.ts';

/** The description of a process in OGC API - Processes, as far as a form needs it, and what the form makes of it. */
export interface InputSchema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly (string | number | boolean)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly default?: unknown;
  readonly contentMediaType?: string;
  readonly contentEncoding?: string;
  readonly oneOf?: readonly InputSchema[];
  readonly anyOf?: readonly InputSchema[];
  readonly properties?: { readonly crs?: { readonly enum?: readonly string[] } };
}

export interface DescribedInput {
  readonly title?: string;
  readonly description?: string;
  readonly minOccurs?: number;
  readonly maxOccurs?: number | 'unbounded';
  /** The units of a number are the parameter `uom`. */
  readonly additionalParameters?: {
    readonly parameters?: ReadonlyArray<{ readonly name: string; readonly value: readonly unknown[] }>;
  };
  readonly schema: InputSchema;
}

export interface DescribedProcess {
  readonly id: string;
  readonly title?: string;
  readonly description?: string;
  readonly version: string;
  readonly jobControlOptions?: readonly string[];
  readonly inputs: Readonly<Record<string, DescribedInput>>;
  readonly outputs: Readonly<
    Record<string, { readonly title?: string; readonly description?: string; readonly schema?: InputSchema }>
  >;
}

export interface InputFormat {
  readonly mediaType: string;
  readonly isBinary: boolean;
}

/** Which control an input gets. */
export type InputKind =
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'boolean' }
  | {
      readonly kind: 'number';
      readonly isWhole: boolean;
      readonly minimum?: number;
      readonly maximum?: number;
      readonly units: readonly string[];
    }
  | { readonly kind: 'text'; readonly type: 'text' | 'date' | 'time' | 'datetime-local' | 'url' }
  | { readonly kind: 'bbox'; readonly crs: readonly string[] }
  | { readonly kind: 'complex'; readonly formats: readonly InputFormat[] };

const TEXT_TYPES: Readonly<Record<string, 'date' | 'time' | 'datetime-local' | 'url'>> = {
  date: 'date',
  time: 'time',
  'date-time': 'datetime-local',
  uri: 'url',
};

export function kindOf({ schema, additionalParameters }: DescribedInput): InputKind {
  const formats = formatsOf(schema);
  if (formats.length > 0) return { kind: 'complex', formats };
  if (schema.format === 'ogc-bbox') return { kind: 'bbox', crs: crsNames(schema) };
  // Values and ranges of which one must fit: all values together where there are no ranges.
  const parts = schema.anyOf ?? [schema];
  const values = parts.flatMap((part) => part.enum ?? []);
  if (values.length > 0 && parts.every((part) => part.enum))
    return { kind: 'choice', values: values.map(String) };
  const type = schema.type ?? parts[0]?.type;
  if (type === 'boolean') return { kind: 'boolean' };
  if (type === 'integer' || type === 'number') {
    const units = additionalParameters?.parameters?.find(({ name }) => name === 'uom');
    const [only] = parts.length === 1 ? parts : [];
    return {
      kind: 'number',
      isWhole: type === 'integer',
      ...(only?.minimum !== undefined && { minimum: only.minimum }),
      ...(only?.maximum !== undefined && { maximum: only.maximum }),
      units: units?.value.map(String) ?? [],
    };
  }
  return { kind: 'text', type: TEXT_TYPES[schema.format ?? ''] ?? 'text' };
}

/** The formats that data come in; none for values. */
export function formatsOf(schema: InputSchema): InputFormat[] {
  return (schema.oneOf ?? [schema]).flatMap(({ contentMediaType, contentEncoding }) =>
    contentMediaType === undefined
      ? []
      : [{ mediaType: contentMediaType, isBinary: contentEncoding === 'base64' }],
  );
}

/** Every CRS stands there under several names: the shortest of each is shown. */
function crsNames({ properties }: InputSchema): string[] {
  const names = properties?.crs?.enum ?? [];
  const byCode = new Map<string, string>();
  for (const name of names) {
    const code = /([A-Za-z0-9]+)$/.exec(name)?.[1]?.replace('CRS84', '84') ?? name;
    const known = byCode.get(code);
    if (known === undefined || name.length < known.length) byCode.set(code, name);
  }
  return [...byCode.values()];
}

/** What a person is told of the values that fit; '' where there is nothing to tell. */
export function hintOf(schema: InputSchema): string {
  const ranges = (schema.anyOf ?? [schema]).map(
    ({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) => {
      const from = minimum === undefined ? '' : `${exclusiveMinimum ? 'above' : 'from'} ${minimum}`;
      const to = maximum === undefined ? '' : `${exclusiveMaximum ? 'below' : 'to'} ${maximum}`;
      return [from, to].filter((part) => part !== '').join(' ');
    },
  );
  return ranges.filter((range) => range !== '').join(', or ');
}

/** A number as JSON, with its unit where there is one. Throws for what is no number. */
export function numberValue(text: string, unit: string): unknown {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new Error(`"${text}" is no number`);
  return unit === '' ? value : { value, uom: unit };
}

/** Text that a person wrote as inline data of a format. Throws for JSON that is none. */
export function inlineValue(text: string, { mediaType, isBinary }: InputFormat): unknown {
  if (isBinary) return { value: text, encoding: 'base64', mediaType };
  if (!/json/i.test(mediaType)) return { value: text, mediaType };
  try {
    return { value: JSON.parse(text) as unknown, mediaType };
  } catch {
    throw new Error(`This is no JSON, as ${mediaType} wants it`);
  }
}

/** Four numbers with their CRS, in the order of its axes. Throws for fewer. */
export function boxValue(numbers: readonly string[], crs: string): unknown {
  const bbox = numbers.map(Number);
  if (numbers.some((text) => text.trim() === '') || !bbox.every(Number.isFinite))
    throw new Error('A box needs four numbers');
  return { bbox, crs };
}

/** Whether the axes of a CRS are latitude, then longitude. */
export const isLatitudeFirst = (crs: string) => /EPSG(?::|.*[/:])4326$/i.test(crs);

/** The format that the end of a file's name says, where it is one of those offered. */
export function formatOfFile(name: string, formats: readonly InputFormat[]): InputFormat | undefined {
  return formats.find(({ mediaType }) => isNamedAs(name, mediaType));
}
