import type { CommandInput, FileFormat } from '../command/schema.ts';
import type { Parameter } from './algorithm.ts';
import {
  filteredInputs,
  layerInputs,
  meshInputs,
  pointCloudFiles,
  rasterInputs,
  vectorInputs,
} from './formats.ts';

/** Values of one input: the program gets each in an argument of its own. */
const MANY = 1000;

/** Extents may be given in these, QGIS transforms them. */
const EXTENT_CRS = ['EPSG:4326', 'CRS:84', 'EPSG:3857'];

/** An input, and how its value becomes an argument. */
interface MappedInput {
  readonly id: string;
  readonly described: CommandInput;
  readonly argument: string;
}

export function inputOf(parameter: Parameter): MappedInput {
  const { name } = parameter;
  const id = idOf(name);
  const described = describedInput(parameter);
  const { type, repeat } = described;
  if (type === 'box') {
    const sides = ['west', 'east', 'south', 'north'].map((side) => `{${id}.${side}}`).join(',');
    return { id, described, argument: `${name}=${sides} [{${id}.crs}]` };
  }
  const isList = repeat > 1 && ['enum', 'matrix'].includes(parameter.type);
  return { id, described, argument: `${name}={${id}${isList ? '.list' : ''}}` };
}

/** Names of parameters are free, ids are not: `DBSCAN*`. */
export function idOf(name: string): string {
  const cleaned = name.replaceAll(/[^\w-]/g, '');
  return /^[A-Za-z]/.test(cleaned) ? cleaned : `P${cleaned}`;
}

function describedInput(parameter: Parameter): CommandInput {
  const { type, raw_definition: raw } = parameter;
  const many = raw.allow_multiple === true;
  switch (type) {
    case 'boolean':
      return { type, ...said(parameter), ...byDefault(parameter, 'boolean') };
    case 'number':
    case 'scale':
    case 'duration':
    case 'distance':
    case 'area':
    case 'volume':
      return numberInput(parameter);
    case 'band':
      return {
        ...numberInput(parameter),
        type: 'integer',
        minimum: 1,
        repeat: many ? MANY : 1,
        ...(many ? { default: undefined } : {}),
      };
    case 'enum':
      return enumInput(parameter);
    case 'extent':
      return { type: 'box', ...said(parameter), crs: EXTENT_CRS };
    case 'source':
    case 'vector':
      return fileInput(parameter, vectorInputs);
    case 'raster':
      return fileInput(parameter, rasterInputs);
    case 'layer':
      return fileInput(parameter, layerInputs);
    case 'mesh':
      return fileInput(parameter, meshInputs);
    case 'pointcloud':
      return fileInput(parameter, pointCloudFiles);
    case 'multilayer':
      return { ...fileInput(parameter, layersOf(raw.layer_type)), repeat: MANY };
    case 'file':
      // The other kind is a folder, which is one of the scratch folder at most.
      if (raw.behavior === 1) return textInput(parameter);
      return fileInput(parameter, filteredInputs(`*.${raw.extension || ''};${raw.filefilter ?? ''}`));
    case 'field':
      return textInput(parameter, many);
    default:
      return textInput(parameter, type === 'matrix');
  }
}

function said({ name, description, help, optional, default_value }: Parameter, note = '') {
  return {
    title: description || name,
    abstract: [help, note].filter((words) => words !== '').join(' '),
    // A default that cannot be told is still QGIS's own.
    optional: optional || (default_value !== null && default_value !== undefined),
    repeat: 1,
  };
}

/** A default that fits the type; others are left to QGIS. */
function byDefault({ default_value: value }: Parameter, type: 'boolean' | 'string') {
  return typeof value === type && value !== '' ? { default: String(value) } : {};
}

/** `QgsUnitTypes::DistanceUnit`, in its order; lengths whose unit is not fixed are in that of a layer. */
const DISTANCE_UNITS = ['m', 'km', 'ft', 'nmi', 'yd', 'mi', 'deg', 'cm', 'mm'];

/** Bounds at the end of a type are none. */
const LARGE = 1e300;
const LARGE_INTEGERS = new Set([2 ** 31 - 1, -(2 ** 31 - 1), -(2 ** 31)]);

function numberInput(parameter: Parameter): Extract<CommandInput, { units: string[] }> {
  const { type, default_value: value, raw_definition: raw } = parameter;
  const isInteger = raw.data_type === 0;
  const minimum = boundOf(raw.min, isInteger);
  const maximum = boundOf(raw.max, isInteger);
  const unit = type === 'distance' ? DISTANCE_UNITS[Number(raw.default_unit)] : undefined;
  const layer = type === 'distance' && unit === undefined ? String(raw.parent ?? '') : '';
  const fits =
    typeof value === 'number' &&
    (!isInteger || Number.isInteger(value)) &&
    value >= (minimum ?? -Infinity) &&
    value <= (maximum ?? Infinity);
  return {
    type: isInteger ? 'integer' : 'number',
    ...said(parameter, layer === '' ? '' : `In units of the CRS of ${layer}.`),
    ...(fits ? { default: String(value) } : {}),
    allowed: [],
    minimum,
    maximum,
    units: unit === undefined ? [] : [unit],
  };
}

function boundOf(value: unknown, isInteger: boolean): number | undefined {
  if (typeof value !== 'number' || Math.abs(value) >= LARGE) return undefined;
  return isInteger && LARGE_INTEGERS.has(value) ? undefined : value;
}

function textInput(parameter: Parameter, many = false): Extract<CommandInput, { passed: object }> {
  return {
    type: 'text',
    ...said(parameter),
    ...(many ? {} : byDefault(parameter, 'string')),
    repeat: many ? MANY : 1,
    allowed: [],
    passed: {},
  };
}

/** People choose by label, QGIS by number, or by the label itself where labels are all that is fixed. */
function enumInput(parameter: Parameter): CommandInput {
  const { available_options, default_value: value, raw_definition: raw } = parameter;
  const options = Array.isArray(raw.options)
    ? raw.options.map(String)
    : Object.values(available_options ?? {});
  const labels = options.map((label, index) =>
    label.trim() === '' || options.indexOf(label) !== index ? `${label} (${index})`.trim() : label,
  );
  const isByLabel = raw.uses_static_strings === true;
  const chosen = isByLabel ? options.indexOf(String(value)) : Number(value ?? Number.NaN);
  const many = raw.allow_multiple === true;
  const byDefault = many || Array.isArray(value) ? undefined : labels[chosen];
  return {
    type: 'text',
    ...said(parameter),
    ...(byDefault === undefined ? {} : { default: byDefault }),
    repeat: many ? Math.max(1, labels.length) : 1,
    allowed: labels,
    passed: Object.fromEntries(
      labels.map((label, index) => [label, isByLabel ? (options[index] as string) : String(index)]),
    ),
  };
}

function fileInput(
  parameter: Parameter,
  formats: readonly FileFormat[],
): Extract<CommandInput, { type: 'file' }> {
  return { type: 'file', ...said(parameter), formats: [...formats] };
}

/** `QgsProcessing::SourceType`, a number at first and a word later on. */
function layersOf(type: unknown): readonly FileFormat[] {
  switch (String(type).replace(/^Type/, '')) {
    case '3':
    case 'Raster':
      return rasterInputs;
    case '0':
    case '1':
    case '2':
    case '5':
    case 'VectorPoint':
    case 'VectorLine':
    case 'VectorPolygon':
    case 'Vector':
    case 'VectorAnyGeometry':
      return vectorInputs;
    case '4':
    case 'File':
      return filteredInputs('');
    case '6':
    case 'Mesh':
      return meshInputs;
    case '8':
    case 'PointCloud':
      return pointCloudFiles;
    default:
      return layerInputs;
  }
}
