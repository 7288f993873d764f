import { boundingBoxOfJson } from './bounding-box.ts';
import { anyFormat, type InputValue, type JsonValue, type RequestedInput } from './execute-request.ts';
import { chooseFormat, readFormat } from './format.ts';
import { ProcessError, quote } from './problem.ts';
import { type Format, type InputDescription, isJsonType } from './process-description.ts';
import { readReference } from './reference.ts';

type JsonObject = { readonly [key: string]: JsonValue };

/**
 * The values that a JSON input stands for (OGC 18-062r2 section 7.11.2.2): an array is several values where the
 * input may have several, and one value where it may not. Throws `ProcessError` naming the input.
 */
export function inputsOfJson(json: JsonValue, input: InputDescription): RequestedInput<InputValue>[] {
  const several = Array.isArray(json) && (input.maxOccurs === 'unbounded' || input.maxOccurs > 1);
  const values = several ? (json as readonly JsonValue[]) : [json];
  return values.map((value) => ({ id: input.id, value: valueOfJson(value, input) }));
}

function valueOfJson(json: JsonValue, input: InputDescription): InputValue {
  if (isObject(json)) {
    if (isReference(json)) return readJsonReference(json, input.id);
    if (isQualified(json)) return qualifiedValue(json, input);
  }
  return inlineValue(json, input, anyFormat, '');
}

function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

const LINK_KEYS = [
  'href',
  'rel',
  'type',
  'hreflang',
  'title',
  'method',
  'headers',
  'body',
  'encoding',
  'schema',
];
const QUALIFIED_KEYS = ['value', 'mediaType', 'encoding', 'schema', 'uom', 'format', 'dataType'];

function isReference(json: JsonObject): boolean {
  return typeof json.href === 'string' && hasOnly(json, LINK_KEYS);
}

function isQualified(json: JsonObject): boolean {
  return Object.hasOwn(json, 'value') && hasOnly(json, QUALIFIED_KEYS);
}

function hasOnly(json: JsonObject, keys: readonly string[]): boolean {
  return Object.keys(json).every((key) => keys.includes(key));
}

function readJsonReference(json: JsonObject, id: string): InputValue {
  const headers = isObject(json.headers) ? Object.entries(json.headers) : [];
  return readReference(id, {
    href: textOf(json.href),
    method: textOf(json.method),
    headers: headers.map(([name, value]) => [name, textOf(value)] as const),
    ...(json.body === undefined
      ? {}
      : { body: typeof json.body === 'string' ? json.body : JSON.stringify(json.body) }),
    format: readFormat(textOf(json.type), textOf(json.encoding), textOf(json.schema), id),
  });
}

function textOf(json: JsonValue | undefined): string {
  return typeof json === 'string' ? json : '';
}

function qualifiedValue(json: JsonObject, input: InputDescription): InputValue {
  const format = isObject(json.format) ? json.format : json;
  const read = readFormat(textOf(format.mediaType), textOf(format.encoding), textOf(format.schema), input.id);
  const value = json.value as JsonValue;
  return inlineValue(value, input, read, textOf(json.uom));
}

function inlineValue(json: JsonValue, input: InputDescription, wish: Format, uom: string): InputValue {
  const { id, data } = input;
  if (data.kind === 'complex') {
    const text = typeof json === 'string';
    const format = text || wish.mediaType !== '' ? wish : jsonFormat(wish, input);
    return {
      kind: 'complex',
      data: text ? json : JSON.stringify(json),
      format: chooseFormat(format, data, id),
    };
  }
  if (data.kind === 'bbox') return boundingBoxOfJson(id, json, data);
  if (json === null || typeof json === 'object') {
    throw new ProcessError('input-invalid', `Input ${quote(id)}: one ${data.dataType} is expected`, id);
  }
  return { kind: 'literal', value: String(json), dataType: '', uom };
}

/** A value that is JSON in itself is in the first format of that kind. */
function jsonFormat(wish: Format, { data }: InputDescription): Format {
  const found = data.kind === 'complex' && data.formats.find(({ mediaType }) => isJsonType(mediaType));
  return found ? { ...wish, mediaType: found.mediaType } : { ...wish, mediaType: 'application/json' };
}
