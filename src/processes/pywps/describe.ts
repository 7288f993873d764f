import { canonicalLiteral, validLiteral } from '../../ogc/processes/literal-value.ts';
import { quote } from '../../ogc/processes/problem.ts';
import {
  type DataDescription,
  formatOf,
  type LiteralData,
  type LiteralType,
  type ProcessDescription,
} from '../../ogc/processes/process-description.ts';
import { complexOf, literalOf } from '../describe.ts';
import type { HostedData, HostedProcess } from './messages.ts';

const LITERALS: Readonly<Record<string, LiteralType>> = {
  float: 'double',
  scale: 'double',
  angle: 'double',
  integer: 'integer',
  positiveInteger: 'integer',
  nonNegativeInteger: 'integer',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  dateTime: 'dateTime',
  anyURI: 'anyURI',
};
const ID = /^[\w:.-]{1,256}$/;
/** More than this is meant as any number: some write the largest that Python has. */
const MANY = 1_000_000;

/**
 * A process of PyWPS, for every front door. The peer keeps results and tells of progress, whether or not the process
 * says that it can. Throws an `Error` that says why it cannot be offered.
 */
export function describeHosted(hosted: HostedProcess, idempotent: boolean): ProcessDescription {
  if (hosted.outputs.length === 0) throw new Error('it has no output');
  return {
    ...described(hosted),
    version: versionOf(hosted.version),
    jobControl: ['sync-execute', 'async-execute', 'dismiss'],
    idempotent,
    storeSupported: true,
    statusSupported: true,
    inputs: hosted.inputs.map(({ data, minOccurs, maxOccurs, ...words }) => ({
      ...described(words),
      data: dataOf(data),
      minOccurs: Math.max(0, Math.trunc(minOccurs)),
      maxOccurs: maxOccurs == null || maxOccurs > MANY ? 'unbounded' : Math.max(1, Math.trunc(maxOccurs)),
    })),
    outputs: hosted.outputs.map(({ data, ...words }) => ({ ...described(words), data: dataOf(data) })),
  };
}

type Words = Pick<HostedProcess, 'id' | 'title' | 'abstract' | 'keywords' | 'metadata'>;

function described({ id, title, abstract, keywords, metadata }: Words): Words {
  if (!ID.test(id))
    throw new Error(`the identifier ${quote(id)} has other characters than A-Z a-z 0-9 _ : . -`);
  return { id, title: title || id, abstract, keywords, metadata };
}

/** Three numbers, which is what WPS 2.0 takes for a version; `None` is what PyWPS has where nobody gave one. */
function versionOf(version: string): string {
  const numbers = /^\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version);
  return numbers === null
    ? '1.0.0'
    : numbers
        .slice(1, 4)
        .map((part) => part ?? '0')
        .join('.');
}

function dataOf(data: HostedData): DataDescription {
  switch (data.kind) {
    case 'literal':
      return literalData(data);
    case 'bbox':
      return { kind: 'bbox', crs: data.crs.length > 0 ? data.crs : ['EPSG:4326'] };
    case 'complex': {
      const formats = data.formats.map(({ mediaType, schema, binary }) =>
        formatOf(mediaType || 'application/octet-stream', binary ? 'base64' : '', schema),
      );
      if (formats.length === 0) formats.push(formatOf('application/octet-stream', 'base64'));
      return { ...complexOf(formats), ...(data.default !== undefined && { defaultValue: data.default }) };
    }
  }
}

function literalData(hosted: Extract<HostedData, { kind: 'literal' }>): LiteralData {
  const dataType = LITERALS[hosted.type] ?? 'string';
  const { values, ranges, units } = hosted;
  // PyWPS takes 0 for a positiveInteger too.
  const atLeastZero =
    /^(?:positive|nonNegative)Integer$/.test(hosted.type) && values.length + ranges.length === 0;
  const data = literalOf(dataType, {
    allowedValues: values.map((value) => canonicalLiteral(value, dataType) ?? value),
    allowedRanges: atLeastZero ? [{ minimum: '0', closure: 'closed' }] : ranges.map(asRange),
    units,
  });
  return withDefault(data, hosted.default);
}

function asRange({
  minimum,
  maximum,
  closure,
}: {
  minimum?: string | undefined;
  maximum?: string | undefined;
  closure: 'open' | 'closed' | 'open-closed' | 'closed-open';
}) {
  return { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }), closure };
}

/** A default that the description itself does not allow is left to PyWPS, which takes it all the same. */
function withDefault(data: LiteralData, value: string | undefined): LiteralData {
  if (value === undefined) return data;
  try {
    const { value: defaultValue } = validLiteral('', { kind: 'literal', value, dataType: '', uom: '' }, data);
    return { ...data, defaultValue };
  } catch {
    return data;
  }
}
