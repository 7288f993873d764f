import type { Command, CommandArgument, CommandInput, CommandOutput } from '../command/schema.ts';
import type { Algorithm, Parameter } from './algorithm.ts';
import {
  filteredFormats,
  pointCloudFiles,
  rasterOutputs,
  vectorOutputs,
  vectorTileFiles,
} from './formats.ts';
import { idOf, inputOf } from './input-of.ts';

/** `0...10...20`: each dot is 2.5 %, written as soon as it is reached. */
const PROGRESS = {
  pattern: '(?<=^|\\n|\\.\\.\\.)(\\d?0|100)(?:(\\.{1,3})|(?= - done)|$)',
  dot: 2.5,
  of: 100,
};

/** Nobody sees a window; words that tell nothing of the work are left out. */
export const QGIS_ENVIRONMENT = {
  QT_QPA_PLATFORM: 'offscreen',
  QT_LOGGING_RULES: '*=false',
  PYTHONWARNINGS: 'ignore',
} as const;

const TYPICAL_MEMORY_MIB = 400;

/** An algorithm of QGIS as the command that runs it. */
export function commandOf(algorithm: Algorithm, version: string): Command {
  const { id, name, short_description, group, tags, deprecated, has_known_issues } =
    algorithm.algorithm_details;
  const notes = [
    short_description,
    group === '' ? '' : `QGIS: ${group}.`,
    deprecated ? 'It is deprecated.' : '',
    has_known_issues ? 'It has known issues.' : '',
  ];
  const parameters = Object.values(algorithm.parameters);
  const mapped = parameters.filter((each) => !each.is_destination).map(inputOf);
  const destinations = parameters.filter((each) => each.is_destination);
  return {
    id,
    title: name || id,
    abstract: notes.filter((note) => note !== '').join(' '),
    keywords: ['qgis', ...tags].slice(0, 50),
    version: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? '0.0.0',
    program: 'qgis_process',
    needs: [],
    arguments: [
      'run',
      id,
      '--',
      ...mapped.map(({ argument }): CommandArgument => [argument]),
      ...destinations.map((each): CommandArgument => [`${each.name}={${idOf(each.name)}}`]),
    ],
    inputs: Object.fromEntries(
      mapped.map(({ id: input, described }): [string, CommandInput] => [input, described]),
    ),
    outputs: outputsOf(algorithm, destinations),
    progress: PROGRESS,
    success: [0],
    failures: {},
    environment: { ...QGIS_ENVIRONMENT },
    network: false,
    idempotent: true,
    limits: {},
    expected: { cores: 1, memoryMiB: TYPICAL_MEMORY_MIB },
  };
}

function outputsOf(algorithm: Algorithm, destinations: readonly Parameter[]): Record<string, CommandOutput> {
  const titleOf = (name: string) =>
    algorithm.outputs[name]?.description || algorithm.parameters[name]?.description;
  // What is always made goes first: clients that know of one output take that.
  const sorted = [...destinations].sort((a, b) => Number(isMadeOnWish(a)) - Number(isMadeOnWish(b)));
  const outputs = new Map(
    sorted.map((each) => [idOf(each.name), destinationOf(each, titleOf(each.name) || each.name)]),
  );
  const written = new Set(destinations.map(({ name }) => name));
  const others = Object.entries(algorithm.outputs).filter(([name]) => !written.has(name));
  const [values, layers] = [others.filter(isValue), others.filter((each) => !isValue(each))];
  for (const [name, { type }] of values)
    outputs.set(idOf(name), valueOutput(name, type, titleOf(name) || name));
  if (outputs.size > 0) return Object.fromEntries(outputs);
  // Layers that it does not make anew.
  for (const [name, { type }] of layers) {
    const title = titleOf(name) || name;
    const changed = changedInput(algorithm, name, type);
    outputs.set(
      idOf(name),
      changed === undefined
        ? valueOutput(name, type, title)
        : { type: 'changed', title, abstract: '', input: idOf(changed) },
    );
  }
  return outputs.size > 0 ? Object.fromEntries(outputs) : { LOG };
}

const LAYER_TYPES: Readonly<Record<string, readonly string[]>> = {
  outputVector: ['source', 'vector'],
  outputRaster: ['raster'],
};

/** The layer that an algorithm changes in place: of the same name, or the first that can be it. */
function changedInput({ parameters }: Algorithm, name: string, type: string): string | undefined {
  const isLayer = (each: Parameter | undefined) => LAYER_TYPES[type]?.includes(each?.type ?? '') ?? false;
  return isLayer(parameters[name]) ? name : Object.values(parameters).find(isLayer)?.name;
}

/** Of algorithms that have no other output. */
const LOG: CommandOutput = { type: 'words', title: 'What it says', abstract: '', mediaType: 'text/plain' };

const VALUES: Readonly<Record<string, 'number' | 'boolean' | 'text'>> = {
  outputNumber: 'number',
  outputBoolean: 'boolean',
  outputString: 'text',
};

function isValue([, { type }]: [string, { readonly type: string }]): boolean {
  return type in VALUES;
}

function isMadeOnWish({ raw_definition }: Parameter): boolean {
  return raw_definition.create_by_default === false;
}

function destinationOf(parameter: Parameter, title: string): CommandOutput {
  const { type, help, raw_definition } = parameter;
  const said = { title, abstract: help, optional: parameter.optional || isMadeOnWish(parameter) };
  switch (type) {
    case 'sink':
    case 'vectorDestination':
      return { type: 'file', ...said, formats: [...vectorOutputs] };
    case 'rasterDestination':
      return { type: 'file', ...said, formats: [...rasterOutputs] };
    case 'pointCloudDestination':
      return { type: 'file', ...said, formats: [...pointCloudFiles] };
    case 'vectorTileDestination':
      return { type: 'file', ...said, formats: [...vectorTileFiles] };
    case 'folderDestination':
      return { type: 'folder', ...said };
    default:
      return { type: 'file', ...said, formats: filteredFormats(String(raw_definition.file_filter ?? '')) };
  }
}

/** Results follow at the end as `NAME:<tab>value`, a value having more lines where the next one has no name. */
function valueOutput(name: string, type: string, title: string): CommandOutput {
  const literal = VALUES[type] ?? 'text';
  const begin = `^${name.replaceAll(/[^\w]/g, '\\$&')}:\\t`;
  const pattern = literal === 'text' ? `${begin}(.*(?:\\n(?!\\w+:\\t).+)*)` : `${begin}(.*)$`;
  return { type: literal, title, abstract: '', optional: true, pattern };
}
