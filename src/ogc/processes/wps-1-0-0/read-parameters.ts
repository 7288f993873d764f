import type { Parameters } from '../../parameters.ts';
import { readBoolean, readInteger } from '../../values.ts';
import type {
  ExecuteRequest,
  InputValue,
  RequestedInput,
  RequestedOutput,
  UntypedText,
} from '../execute-request.ts';
import { readFormat } from '../format.ts';
import type { ProcessLimits } from '../limits.ts';
import { ProcessError, quote } from '../problem.ts';
import { readReference } from '../reference.ts';
import { required, unknownOperation } from '../wps-common-operations.ts';
import type { ExecutionsFilter, WpsOperation } from '../wps-request.ts';
import { executeMode } from './execute-mode.ts';

/** Reads Execute of WPS 1.0.0 in KVP, and the operations that GeoServer adds. Throws `ProcessError`. */
export function readWps1Parameters(
  request: string,
  parameters: Parameters,
  limits: ProcessLimits,
): WpsOperation {
  switch (request.toLowerCase()) {
    case 'execute':
      return { kind: 'Execute', request: readExecute(parameters, limits) };
    case 'getexecutionstatus':
    case 'getstatus':
      return { kind: 'GetStatus', job: readJob(parameters) };
    case 'getexecutionresult':
      return { kind: 'GetResult', job: readJob(parameters), output: parameters.get('OUTPUTID') ?? '' };
    case 'dismiss':
      return { kind: 'Dismiss', job: readJob(parameters) };
    case 'getexecutions':
      return { kind: 'GetExecutions', filter: readFilter(parameters, limits) };
    default:
      throw unknownOperation(request);
  }
}

function readJob(parameters: Parameters): string {
  return required(parameters, 'EXECUTIONID', 'JOBID');
}

function readFilter(parameters: Parameters, limits: ProcessLimits): ExecutionsFilter {
  return {
    process: parameters.get('IDENTIFIER') ?? '',
    user: parameters.get('OWNER') ?? '',
    state: parameters.get('STATUS')?.toLowerCase() ?? '',
    offset: readCount(parameters, 'STARTINDEX', 0),
    limit: Math.min(readCount(parameters, 'MAXFEATURES', limits.defaultPageSize), limits.maxPageSize),
  };
}

function readCount(parameters: Parameters, name: string, byDefault: number): number {
  const text = parameters.get(name);
  if (text === undefined) return byDefault;
  const count = readInteger(text);
  if (count !== undefined && count >= 0) return count;
  throw new ProcessError('invalid-parameter', `${name} takes a number of entries, not ${quote(text)}`, name);
}

function readExecute(parameters: Parameters, limits: ProcessLimits): ExecuteRequest {
  const raw = parameters.get('RAWDATAOUTPUT');
  const flag = (name: string) => readFlag(parameters, name);
  const store = flag('STOREEXECUTERESPONSE');
  const status = flag('STATUS');
  const outputs = splitItems(raw ?? parameters.get('RESPONSEDOCUMENT') ?? '').map(readOutput);
  return {
    process: required(parameters, 'IDENTIFIER'),
    ...executeMode({ store, status, raw: raw !== undefined }, outputs.length),
    lineage: flag('LINEAGE'),
    inputs: splitItems(parameters.get('DATAINPUTS') ?? '', limits.maxInputs).map(readInput),
    outputs,
  };
}

function readFlag(parameters: Parameters, name: string): boolean {
  const text = parameters.get(name);
  const flag = text === undefined ? false : readBoolean(text);
  if (flag !== undefined) return flag;
  throw new ProcessError(
    'invalid-parameter',
    `${name} is true or false, not ${quote(text ?? '')}`,
    name.toLowerCase(),
  );
}

/** Parameters of media types, whose semicolon divides no items. */
const OF_MEDIA_TYPE = /^\s*(?:subtype|charset|version|profile)=/i;

/** What an item begins with. Anything else after a semicolon belongs to the value before: JSON, CQL, that has one. */
const BEGINS_ITEM =
  /^\s*[^=@;{}()"'<>]+(?:=|$|@(?:mimeType|format|encoding|schema|uom|dataType|asReference|xlink:href|href)=)/i;

/** The items of `[a=1;b=2]`. Throws `ProcessError` for too many. */
function splitItems(text: string, most = Number.POSITIVE_INFINITY): string[] {
  const inner = /^\s*\[([\s\S]*)\]\s*$/.exec(text)?.[1] ?? text;
  const items: string[] = [];
  for (const part of inner.split(';')) {
    const before = items.at(-1);
    const continues =
      !BEGINS_ITEM.test(part) || (OF_MEDIA_TYPE.test(part) && /@mimeType=/i.test(before ?? ''));
    if (before !== undefined && continues && part.trim() !== '') {
      items[items.length - 1] = `${before};${part}`;
    } else if (part.trim() !== '') items.push(part);
    if (items.length > most) {
      throw new ProcessError(
        'input-repeated',
        `The request has more than ${most} input values`,
        'DataInputs',
      );
    }
  }
  return items;
}

interface Item {
  readonly id: string;
  readonly value: string;
  /** Names in lower case. */
  readonly attributes: ReadonlyMap<string, string>;
}

const ATTRIBUTE =
  /^(mimeType|format|encoding|schema|uom|dataType|asReference|xlink:href|href|method|body|bodyReference)=([\s\S]*)$/i;

/** `id=value@name=value@name=value`; an @ before no known name belongs to what stands before it. */
function readItem(text: string): Item {
  const [first = '', ...rest] = text.split('@');
  const attributes = new Map<string, string>();
  let value = first;
  let last = '';
  for (const part of rest) {
    const match = ATTRIBUTE.exec(part);
    if (match) {
      last = (match[1] as string).toLowerCase();
      attributes.set(last, match[2] as string);
    } else if (last === '') value += `@${part}`;
    else attributes.set(last, `${attributes.get(last)}@${part}`);
  }
  const equals = value.indexOf('=');
  return {
    id: decodeTwice(equals === -1 ? value : value.slice(0, equals)).trim(),
    value: equals === -1 ? '' : decodeTwice(value.slice(equals + 1)),
    attributes: new Map([...attributes].map(([name, each]) => [name, decodeTwice(each)])),
  };
}

/**
 * WPS 1.0.0 section 10.2.2.1 has values encoded within a parameter that is itself encoded. Clients that encode once
 * send text that is no encoding of anything, mostly; it stays as it is.
 */
function decodeTwice(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function itemFormat({ id, attributes }: Item): UntypedText['format'] {
  const mediaType = attributes.get('mimetype') ?? attributes.get('format');
  return readFormat(mediaType, attributes.get('encoding'), attributes.get('schema'), id);
}

function readInput(text: string): RequestedInput<InputValue | UntypedText> {
  const item = readItem(text);
  const { id, value, attributes } = item;
  const format = itemFormat(item);
  const href = attributes.get('xlink:href') ?? attributes.get('href');
  if (href !== undefined) {
    const body = attributes.get('body');
    const bodyHref = attributes.get('bodyreference');
    const parts = { href, method: attributes.get('method') ?? '', headers: [], format };
    return {
      id,
      value: readReference(id, {
        ...parts,
        ...(body === undefined ? {} : { body }),
        ...(bodyHref === undefined ? {} : { bodyHref }),
      }),
    };
  }
  const [dataType = '', uom = ''] = [attributes.get('datatype'), attributes.get('uom')];
  return { id, value: { kind: 'text', text: value, format, dataType, uom } };
}

function readOutput(text: string): RequestedOutput {
  const item = readItem(text);
  const asReference = readBoolean(item.attributes.get('asreference') ?? 'false') ?? false;
  return {
    id: item.id,
    format: itemFormat(item),
    uom: item.attributes.get('uom') ?? '',
    transmission: asReference ? 'reference' : 'value',
    title: '',
    abstract: '',
  };
}
