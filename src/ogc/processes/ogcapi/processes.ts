import type { Parameters } from '../../parameters.ts';
import { readInteger } from '../../values.ts';
import { jsonSchema } from '../json-schema.ts';
import type { ProcessLimits } from '../limits.ts';
import { ProcessError, quote } from '../problem.ts';
import type {
  DataDescription,
  InputDescription,
  OutputDescription,
  ProcessDescription,
} from '../process-description.ts';
import { type ApiDocument, type JsonObject, jsonDocument, link, pageLinks, urlPart } from './document.ts';

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/**
 * `limit` and `offset` of a list, `byDefault` entries where the client does not say; a limit above the highest is taken
 * for that. Throws `ProcessError`.
 */
export function readPage(
  parameters: Parameters,
  limits: ProcessLimits,
  byDefault = limits.defaultPageSize,
): Page {
  const limit = readCount(parameters, 'limit', byDefault, 1);
  return { limit: Math.min(limit, limits.maxPageSize), offset: readCount(parameters, 'offset', 0, 0) };
}

function readCount(parameters: Parameters, name: string, byDefault: number, least: number): number {
  const text = parameters.get(name);
  if (text === undefined) return byDefault;
  const count = readInteger(text);
  if (count !== undefined && count >= least) return count;
  throw new ProcessError(
    'invalid-parameter',
    `${name} is a number from ${least} on, not ${quote(text)}`,
    name,
  );
}

/** One page of the processes, all of which are given (section 7.9). */
export function writeProcessList(
  processes: readonly ProcessDescription[],
  { offset, limit }: Page,
  url: string,
): ApiDocument {
  const page = processes.slice(offset, offset + limit);
  const hasMore = offset + limit < processes.length;
  return jsonDocument({
    processes: page.map((process) => summary(process, url)),
    links: pageLinks(`${url}/processes`, [], { offset, limit, hasMore }),
  });
}

/** The description of a process (section 7.10). */
export function writeProcess(process: ProcessDescription, url: string): ApiDocument {
  const inputs = process.inputs.map((input) => [input.id, inputJson(input)] as const);
  const outputs = process.outputs.map((output) => [output.id, outputJson(output)] as const);
  return jsonDocument({
    ...summary(process, url),
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
  });
}

export function processUrl(id: string, url: string): string {
  return `${url}/processes/${urlPart(id)}`;
}

function summary(process: ProcessDescription, url: string): JsonObject {
  const address = processUrl(process.id, url);
  return {
    id: process.id,
    version: process.version || '1.0.0',
    ...described(process),
    jobControlOptions: process.jobControl,
    outputTransmission: process.storeSupported ? ['value', 'reference'] : ['value'],
    links: [
      link('self', address, 'The description of the process'),
      link('alternate', `${address}?f=html`, 'The description as a page', 'text/html'),
      link('http://www.opengis.net/def/rel/ogc/1.0/execute', `${address}/execution`, 'Where to run it'),
    ],
  };
}

function described(
  item: Pick<ProcessDescription, 'id' | 'title' | 'abstract' | 'keywords' | 'metadata'>,
): JsonObject {
  return {
    title: item.title || item.id,
    ...(item.abstract === '' ? {} : { description: item.abstract }),
    ...(item.keywords.length === 0 ? {} : { keywords: item.keywords }),
    ...(item.metadata.length === 0 ? {} : { metadata: item.metadata.map((each) => ({ ...each })) }),
  };
}

function inputJson(input: InputDescription): JsonObject {
  const { minOccurs, maxOccurs, data } = input;
  return { ...described(input), minOccurs, maxOccurs, ...units(data), schema: jsonSchema(data) };
}

function outputJson(output: OutputDescription): JsonObject {
  return { ...described(output), ...units(output.data), schema: jsonSchema(output.data) };
}

/** Units of measure, the default first. The standard's schema of schemas has no place for them. */
function units(data: DataDescription): JsonObject {
  if (data.kind !== 'literal' || data.units.length === 0) return {};
  return { additionalParameters: { parameters: [{ name: 'uom', value: data.units }] } };
}
