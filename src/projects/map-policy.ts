import { posix } from 'node:path';
import { GismeshError } from '../core/errors.ts';
import { type ReadElement, readXml } from '../ogc/xml-read.ts';

/*
 * What a map may read. A bundle is the whole of a project: its hash stands for what is drawn, on every peer and
 * in every cache. So a map may read the files of its bundle and nothing else of the machine or the network.
 */

export interface MapPolicy {
  /** Lets maps read databases, whose content the bundle's hash does not cover. */
  readonly allowDatabases: boolean;
}

/** Generous: the largest public Mapnik styles have about a million characters. */
export const MAX_MAP_BYTES = 16 * 1024 * 1024;

const LIMITS = { maxXmlLength: MAX_MAP_BYTES, maxXmlDepth: 64 };

/** Mapnik's datasource types that read a database server. */
const DATABASES = new Set(['postgis', 'pgraster']);

/** Those that read files, and those that read nothing. */
const FILE_TYPES = new Set('csv gdal geobuf geojson ogr raster shape sqlite tiles topojson'.split(' '));

/** Parameters of datasources that name files. `attachdb` names several, as `name@file`. */
const FILE_PARAMETERS = new Set(['file', 'base', 'attachdb']);

/** They could name any file in a language of their own (SQL, GDAL's formats within a string). */
const REFUSED_PARAMETERS = new Map([
  ['initdb', 'put the tables into the file itself'],
  ['string', 'put the data into a file of the folder'],
]);

/** Attributes of styles and of the map that name images or folders. */
const FILE_ATTRIBUTES = new Set(['file', 'background-image', 'font-directory']);

/**
 * Checks a Mapnik XML against the files of its bundle.
 *
 * @param names of the files in the bundle
 * @throws GismeshError `PROJECT_INVALID` naming the layer and the remedy.
 */
export function checkMap(text: string, names: readonly string[], policy: MapPolicy): void {
  const root = parse(text);
  if (root.name !== 'Map') throw invalid(`its root element is <${root.name}>, not <Map>`);
  const held = new HeldFiles(names);
  checkElement(root, {
    held,
    policy,
    base: root.attributes.get('base') ?? '',
    sources: fileSources(root),
    place: 'map',
  });
}

/**
 * Checks one of GDAL's virtual data sets, which is a file that names others.
 *
 * @param name of the file in the bundle; what it names starts from its folder
 */
export function checkVirtualDataset(text: string, name: string, names: readonly string[]): void {
  const held = new HeldFiles(names);
  const visit = (element: ReadElement): void => {
    if (VIRTUAL_SOURCES.has(element.name)) {
      if (element.attributes.get('relativeToVRT') !== '1') {
        throw invalid(
          `${name}: <${element.name}> must have relativeToVRT="1", and its file be in the folder`,
        );
      }
      checkPath(element.text, posix.dirname(name), { held, place: name });
    }
    element.children.forEach(visit);
  };
  visit(parse(text));
}

/** Elements of GDAL's and OGR's virtual formats that name files. */
const VIRTUAL_SOURCES = new Set(['SourceFilename', 'SrcDataSource', 'SourceDataset']);

interface Context {
  readonly held: HeldFiles;
  readonly policy: MapPolicy;
  readonly base: string;
  /** Folders by the name that datasources call them by. */
  readonly sources: ReadonlyMap<string, string>;
  /** For messages. */
  readonly place: string;
}

function parse(text: string): ReadElement {
  // Some style compilers write a document type with nothing in it.
  const plain = text.replace(/^\ufeff/, '').replace(/<!DOCTYPE\s+\w+\s*(?:\[\s*\])?\s*>/, '');
  if (/<!(?:DOCTYPE|ENTITY)/i.test(plain)) {
    throw invalid('it declares XML entities, which Mapnik does not expand here; write their values out');
  }
  try {
    return readXml(plain, LIMITS);
  } catch (cause) {
    throw invalid((cause as Error).message, cause);
  }
}

function fileSources(root: ReadElement): Map<string, string> {
  const sources = root.children.filter(({ name }) => name === 'FileSource');
  return new Map(sources.map((source) => [source.attributes.get('name') ?? '', source.text]));
}

function checkElement(element: ReadElement, context: Context): void {
  const place = placeOf(element) ?? context.place;
  const here = { ...context, place };
  if (element.name === 'Datasource') checkDatasource(element, here);
  if (element.name === 'FileSource') checkPath(element.text, '', here);
  for (const [name, value] of element.attributes) {
    if (FILE_ATTRIBUTES.has(name)) checkPath(value, context.base, here);
  }
  for (const child of element.children) checkElement(child, here);
}

function placeOf({ name, attributes }: ReadElement): string | undefined {
  if (name !== 'Layer' && name !== 'Style' && name !== 'FileSource') return undefined;
  return `${name === 'FileSource' ? 'file source' : name.toLowerCase()} "${attributes.get('name') ?? ''}"`;
}

function checkDatasource(datasource: ReadElement, context: Context): void {
  const parameters = new Map(
    datasource.children
      .filter(({ name }) => name === 'Parameter')
      .map((parameter) => [parameter.attributes.get('name') ?? '', parameter.text]),
  );
  // Without a type it is a variation of a named one, or Mapnik refuses it.
  const type = parameters.get('type');
  if (type !== undefined) checkType(type, context);
  const source = parameters.get('base');
  const base = source === undefined ? context.base : (context.sources.get(source) ?? source);
  for (const [name, value] of parameters) {
    const remedy = REFUSED_PARAMETERS.get(name);
    if (remedy)
      throw invalid(`${context.place}: the datasource parameter "${name}" is not allowed; ${remedy}`);
    if (!FILE_PARAMETERS.has(name) || (type !== undefined && DATABASES.has(type))) continue;
    if (name === 'base') checkPath(base, '', context);
    else if (name === 'file') checkPath(value, base, context);
    else
      for (const part of value.split(',')) checkPath(part.slice(part.indexOf('@') + 1).trim(), base, context);
  }
}

function checkType(type: string, { place, policy }: Context): void {
  if (DATABASES.has(type)) {
    if (policy.allowDatabases) return;
    throw invalid(
      `${place} reads a database (${type}). Its content is no part of the project, so drawings of it may be ` +
        'stale and differ between peers; export it to a file, or set projects.allowDatabases',
    );
  }
  if (!FILE_TYPES.has(type)) throw invalid(`${place}: the datasource type "${type}" is not known`);
}

/** `value`: a path below `base`, a built-in shape, or a path with fields of the data in brackets. */
function checkPath(value: string, base: string, { held, place }: Pick<Context, 'held' | 'place'>): void {
  if (value === '' || value.startsWith('shape://')) return;
  if (/^[a-z][\w+.-]*:/i.test(value) || value.startsWith('<')) {
    throw invalid(`${place} reads "${shortened(value)}"; only files of the project's own folder can be read`);
  }
  const full = posix.normalize(posix.join(base, value));
  if (value.startsWith('/') || value.startsWith('\\') || full.startsWith('/')) {
    throw invalid(
      `${place} reads "${shortened(value)}": an absolute path; copy the file into the project's folder`,
    );
  }
  if (full === '..' || full.startsWith('../') || value.includes('\\')) {
    throw invalid(`${place} reads "${shortened(value)}" outside of the folder; copy the file into it`);
  }
  if (full.includes('[')) return;
  if (!held.has(full))
    throw invalid(`${place} reads "${shortened(value)}", which is not in the project's folder`);
}

/** Shapefiles may be named without their suffix; some formats are folders. */
class HeldFiles {
  readonly #names: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    const folders = names.flatMap((name) => {
      const parts = name.split('/');
      return parts.map((_, index) => parts.slice(0, index).join('/'));
    });
    this.#names = new Set([...names, ...folders, '.']);
  }

  has(name: string): boolean {
    const plain = name.replace(/^\.\//, '').replace(/\/$/, '');
    return this.#names.has(plain) || this.#names.has(`${plain}.shp`);
  }
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function invalid(message: string, cause?: unknown): GismeshError {
  return new GismeshError('PROJECT_INVALID', message, { cause });
}
