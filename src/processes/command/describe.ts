import { formatOf, type ProcessDescription } from '../../ogc/processes/process-description.ts';
import { complexOf, inputOf, literalOf, outputOf } from '../describe.ts';
import type { Command, CommandInput, CommandOutput, FileFormat } from './schema.ts';

/** Types of inputs and outputs, as the doors name them. */
export const literalTypes = {
  text: 'string',
  date: 'date',
  dateTime: 'dateTime',
  uri: 'anyURI',
  integer: 'integer',
  number: 'double',
  boolean: 'boolean',
} as const;

const zipFormat = formatOf('application/zip', 'base64');

/** The process that a command is, for every front door. */
export function describeCommand(command: Command): ProcessDescription {
  const { id, title, abstract, keywords, version, idempotent } = command;
  return {
    id,
    title,
    abstract,
    keywords,
    metadata: [],
    version,
    jobControl: ['sync-execute', 'async-execute', 'dismiss'],
    idempotent,
    storeSupported: true,
    statusSupported: true,
    inputs: Object.entries(command.inputs).map(([name, input]) =>
      inputOf(name, dataOf(input), {
        title: input.title,
        abstract: input.abstract,
        minOccurs: input.optional || ('default' in input && input.default !== undefined) ? 0 : 1,
        maxOccurs: input.repeat,
      }),
    ),
    outputs: Object.entries(command.outputs).map(([name, output]) =>
      outputOf(name, outputDataOf(output, command), output),
    ),
  };
}

function outputDataOf(
  output: CommandOutput,
  { inputs }: Command,
): ProcessDescription['outputs'][number]['data'] {
  switch (output.type) {
    case 'file':
      return complexOf(output.formats.map(documentFormat));
    case 'changed': {
      const input = inputs[output.input];
      return complexOf(input?.type === 'file' ? input.formats.map(documentFormat) : []);
    }
    case 'folder':
      return complexOf([zipFormat]);
    case 'words':
      return complexOf([formatOf(output.mediaType)]);
    default:
      return literalOf(literalTypes[output.type]);
  }
}

function dataOf(input: CommandInput): ProcessDescription['inputs'][number]['data'] {
  switch (input.type) {
    case 'file':
      return complexOf(input.formats.map(documentFormat));
    case 'box':
      return { kind: 'bbox', crs: input.crs };
    case 'boolean':
      return literalOf('boolean', byDefault(input.default));
    case 'integer':
    case 'number':
      return literalOf(literalTypes[input.type], {
        ...byDefault(input.default),
        allowedValues: input.allowed,
        allowedRanges: rangeOf(input),
        units: input.units,
      });
    default:
      return literalOf(literalTypes[input.type], {
        ...byDefault(input.default),
        allowedValues: input.allowed,
      });
  }
}

function byDefault(value: string | undefined): { defaultValue?: string } {
  return value === undefined ? {} : { defaultValue: value };
}

function rangeOf({ minimum, maximum }: { minimum?: number | undefined; maximum?: number | undefined }) {
  if (minimum === undefined && maximum === undefined) return [];
  return [
    {
      ...(minimum === undefined ? {} : { minimum: String(minimum) }),
      ...(maximum === undefined ? {} : { maximum: String(maximum) }),
      closure: 'closed' as const,
    },
  ];
}

/** A file as it stands in documents. */
export function documentFormat({ mediaType, text }: FileFormat) {
  return formatOf(mediaType, text ? '' : 'base64');
}
