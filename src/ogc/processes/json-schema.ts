import { acceptedCrs, jsonCrs } from './bounding-box.ts';
import { canonicalCrs, crsUri } from './crs-name.ts';
import type { JsonValue } from './execute-request.ts';
import { canonicalLiteral, literalJson } from './literal-value.ts';
import {
  type AllowedRange,
  type BoundingBoxData,
  type ComplexData,
  type DataDescription,
  type Format,
  isJsonType,
  type LiteralData,
  type LiteralType,
} from './process-description.ts';

export type JsonSchema = { readonly [key: string]: JsonValue };

/** What one value of an input or output looks like (OGC 18-062r2 section 7.10.2), in words of OpenAPI 3.0. */
export function jsonSchema(data: DataDescription): JsonSchema {
  switch (data.kind) {
    case 'literal':
      return literalSchema(data);
    case 'bbox':
      return boundingBoxSchema(data);
    case 'complex':
      return complexSchema(data);
  }
}

const TYPES: Readonly<Record<LiteralType, JsonSchema>> = {
  string: { type: 'string' },
  integer: { type: 'integer' },
  double: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  time: { type: 'string', format: 'time' },
  dateTime: { type: 'string', format: 'date-time' },
  anyURI: { type: 'string', format: 'uri' },
};

function literalSchema(data: LiteralData): JsonSchema {
  const type = TYPES[data.dataType];
  const choices: JsonSchema[] = data.allowedRanges.map((range) => ({
    ...type,
    ...rangeSchema(range, data.dataType),
  }));
  if (data.allowedValues.length > 0) {
    choices.unshift({ ...type, enum: data.allowedValues.map((value) => typed(value, data.dataType)) });
  }
  const schema = choices.length > 1 ? { anyOf: choices } : (choices[0] ?? type);
  return {
    ...schema,
    ...(data.defaultValue === undefined ? {} : { default: typed(data.defaultValue, data.dataType) }),
  };
}

function typed(text: string, dataType: LiteralType): JsonValue {
  const value = canonicalLiteral(text, dataType) ?? text;
  return literalJson({ kind: 'literal', value, dataType, uom: '' });
}

/** JSON Schema has ranges of numbers only. */
function rangeSchema({ minimum, maximum, closure }: AllowedRange, dataType: LiteralType): JsonSchema {
  if (dataType !== 'integer' && dataType !== 'double') return {};
  const openBelow = closure === 'open' || closure === 'open-closed';
  const openAbove = closure === 'open' || closure === 'closed-open';
  return {
    ...(minimum === undefined ? {} : { minimum: typed(minimum, dataType) }),
    ...(minimum !== undefined && openBelow ? { exclusiveMinimum: true } : {}),
    ...(maximum === undefined ? {} : { maximum: typed(maximum, dataType) }),
    ...(maximum !== undefined && openAbove ? { exclusiveMaximum: true } : {}),
  };
}

function boundingBoxSchema(data: BoundingBoxData): JsonSchema {
  const names = [...new Set(acceptedCrs(data).flatMap((each) => [crsUri(each), canonicalCrs(each), each]))];
  return {
    type: 'object',
    format: 'ogc-bbox',
    required: ['bbox'],
    properties: {
      bbox: { type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 6 },
      crs: { type: 'string', enum: names, default: crsUri(jsonCrs(data)) },
    },
  };
}

function complexSchema({ formats, defaultValue }: ComplexData): JsonSchema {
  const schemas = formats.map(formatSchema);
  const schema = schemas.length > 1 ? { oneOf: schemas } : (schemas[0] as JsonSchema);
  return defaultValue === undefined ? schema : { ...schema, default: defaultValue };
}

function formatSchema({ mediaType, encoding, schema }: Format): JsonSchema {
  const more = { contentMediaType: mediaType, ...(schema === '' ? {} : { contentSchema: schema }) };
  if (encoding === 'base64') return { type: 'string', contentEncoding: 'base64', ...more };
  return { type: isJsonType(mediaType) ? 'object' : 'string', ...more };
}

/** Without the words of JSON Schema that OpenAPI 3.0 does not know, for documents that are checked strictly. */
export function openApiSchema(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(([key]) => !key.startsWith('content'));
  const bytes = schema.contentEncoding === 'base64' ? { format: 'byte' } : {};
  const nested = kept.map(
    ([key, value]) =>
      [
        key,
        Array.isArray(value) && /^(?:oneOf|anyOf)$/.test(key)
          ? value.map((each) => openApiSchema(each as JsonSchema))
          : value,
      ] as const,
  );
  return { ...Object.fromEntries(nested), ...bytes };
}
