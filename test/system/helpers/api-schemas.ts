import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';

const FILE = path.resolve(import.meta.dirname, '../fixtures/ogcapi-processes-1.yaml');

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The schemas of OGC API - Processes; what it answers is held against them. */
export class ApiSchemas {
  readonly #ajv: Ajv;

  private constructor(ajv: Ajv) {
    this.#ajv = ajv;
  }

  static async load(): Promise<ApiSchemas> {
    const { components } = parse(await readFile(FILE, 'utf8')) as { components: Json };
    const ajv = new Ajv({ strict: false, allErrors: true });
    (formats as unknown as (ajv: Ajv) => void)(ajv);
    // What `byte` is, the schemas tell apart from other text by nothing.
    ajv.addFormat('byte', /^[A-Za-z0-9+/]*={0,2}$/);
    ajv.addSchema({ components: adapted(components) }, 'api');
    return new ApiSchemas(ajv);
  }

  /** What is wrong with a document; '' for nothing. */
  complaint(schema: string, document: unknown): string {
    const validate = this.#ajv.getSchema(`api#/components/schemas/${schema}`) as ValidateFunction | undefined;
    if (!validate) throw new Error(`there is no schema ${schema}`);
    if (validate(document)) return '';
    return this.#ajv.errorsText(validate.errors, { separator: '\n' });
  }
}

/**
 * OpenAPI 3.0 in the words of JSON Schema: bounds that exclude are numbers, and nothing is nullable. `oneOf` is `anyOf` for values, where the
 * standard's alternatives overlap (a whole number is a number, base64 is text): its suite lets that pass as well,
 * https://github.com/opengeospatial/ogcapi-processes/issues/350.
 */
function adapted(json: Json, name = ''): Json {
  if (Array.isArray(json)) return json.map((each) => adapted(each, name));
  if (typeof json !== 'object' || json === null) return json;
  const { exclusiveMinimum, minimum, oneOf, ...rest } = json;
  const isBound = exclusiveMinimum === true && typeof minimum === 'number';
  const all: { [key: string]: Json } = {
    ...rest,
    ...(isBound ? { exclusiveMinimum: minimum } : exclusiveMinimum === undefined ? {} : { exclusiveMinimum }),
    ...(isBound || minimum === undefined ? {} : { minimum }),
    ...(oneOf === undefined ? {} : { [OVERLAPPING.has(name) ? 'anyOf' : 'oneOf']: oneOf }),
  };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key, value]) => key !== 'nullable' || typeof value !== 'boolean')
      .map(([key, value]) => [key, adapted(value, key === 'oneOf' || key === 'anyOf' ? name : key)]),
  );
}

const OVERLAPPING = new Set([
  'inlineOrRefData',
  'inputValueNoObject',
  'inputValue',
  'results',
  'execute',
  'additionalProperties',
]);
