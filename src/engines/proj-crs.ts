import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { GismeshError } from '../core/errors.ts';
import type { Crs, CrsCatalogue } from '../ogc/crs.ts';
import type { BBox } from '../ogc/map-request.ts';
import { METRES_PER_DEGREE } from './scale.ts';

/** Answers kept, also negative ones: clients repeat the same few. */
const REMEMBERED = 256;
/** Longer than any spelling of a CRS. */
const MAX_TEXT_LENGTH = 100;

/** Web Mercator under the names it had before the EPSG took it up, and Esri's. */
const ALIASES: Readonly<Record<string, string>> = {
  '900913': '3857',
  '3785': '3857',
  '102100': '3857',
  '102113': '3857',
};

/** Geographic CRSs of WMS 1.3.0 annex B, longitude first: by their code, what PROJ's database calls them. */
const WMS_CRS: Readonly<Record<string, string>> = { '84': 'CRS84', '83': 'CRS83', '27': 'CRS27' };

/** Whose CRSs clients ask for: the registry of all, those of ArcGIS, those of the French survey. */
const AUTHORITIES = ['EPSG', 'ESRI', 'IGNF'];

/** A projected or geographic CRS with two axes. */
const CRS_QUERY = `
  SELECT c.name AS name, 'projected_crs' AS tableName, c.text_definition AS wkt,
         c.coordinate_system_auth_name AS csAuthority, c.coordinate_system_code AS csCode
    FROM projected_crs c WHERE c.auth_name = :authority AND c.code = :code
  UNION ALL
  SELECT c.name, 'geodetic_crs', c.text_definition, c.coordinate_system_auth_name, c.coordinate_system_code
    FROM geodetic_crs c WHERE c.auth_name = :authority AND c.code = :code AND c.type = 'geographic 2D'`;

const AXES_QUERY = `
  SELECT a.name AS name, lower(a.orientation) AS orientation, u.conv_factor AS factor, u.type AS unitType
    FROM axis a JOIN unit_of_measure u ON u.auth_name = a.uom_auth_name AND u.code = a.uom_code
    WHERE a.coordinate_system_auth_name = :csAuthority AND a.coordinate_system_code = :csCode
    ORDER BY a.coordinate_system_order`;

const AREA_QUERY = `
  SELECT e.west_lon AS west, e.south_lat AS south, e.east_lon AS east, e.north_lat AS north
    FROM usage u JOIN extent e ON e.auth_name = u.extent_auth_name AND e.code = u.extent_code
    WHERE u.object_auth_name = :authority AND u.object_code = :code AND u.object_table_name = :tableName
    ORDER BY (e.north_lat - e.south_lat) DESC LIMIT 1`;

interface CrsRow {
  readonly name: string;
  readonly tableName: 'projected_crs' | 'geodetic_crs';
  /** How Esri defines a projection that the EPSG has no method for; it then has no coordinate system. */
  readonly wkt: string | null;
  readonly csAuthority: string | null;
  readonly csCode: string | null;
}

interface AxisRow {
  readonly name: string;
  readonly orientation: string;
  /** To metres or radians; none for sexagesimal notations. */
  readonly factor: number | null;
  readonly unitType: string;
}

interface AreaRow {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/**
 * The CRSs of PROJ's own database, which is also what draws: what is found here can be drawn. Reads single rows
 * from the file; nothing of it is held in memory but the last answers.
 */
export class ProjCrsCatalogue implements CrsCatalogue {
  readonly #database: DatabaseSync;
  readonly #crs: StatementSync;
  readonly #axes: StatementSync;
  readonly #area: StatementSync;
  readonly #answers = new LRUCache<string, { readonly crs: Crs | undefined }>({ max: REMEMBERED });

  /**
   * @param projFolder the folder of `proj.db`
   * @throws GismeshError `ENGINE_UNAVAILABLE`
   */
  constructor(projFolder: string) {
    const file = join(projFolder, 'proj.db');
    if (!existsSync(file)) {
      throw new GismeshError(
        'ENGINE_UNAVAILABLE',
        `PROJ's database ${file} is missing. Install gismesh again.`,
      );
    }
    this.#database = new DatabaseSync(file, { readOnly: true });
    this.#crs = this.#database.prepare(CRS_QUERY);
    this.#axes = this.#database.prepare(AXES_QUERY);
    this.#area = this.#database.prepare(AREA_QUERY);
  }

  lookup(text: string): Crs | undefined {
    if (text.length > MAX_TEXT_LENGTH) return undefined;
    // Most texts are canonical codes.
    const usual = this.#answers.get(text);
    if (usual !== undefined) return usual.crs;
    const code = canonicalCode(text);
    if (code === undefined) return undefined;
    const known = this.#answers.get(code);
    if (known !== undefined) return known.crs;
    const crs = this.#read(code);
    this.#answers.set(code, { crs });
    return crs;
  }

  close(): void {
    this.#database.close();
  }

  #read(canonical: string): Crs | undefined {
    const [authority, code] = namesInProj(canonical);
    const row = this.#crs.get({ authority, code }) as CrsRow | undefined;
    const axes = row && this.#axesOf(row);
    const [first, second] = axes ?? [];
    if (!row || !axes || !first || !second || !axes.every(isDrawable)) return undefined;
    const area = this.#area.get({ authority, code, tableName: row.tableName }) as AreaRow | undefined;
    return {
      code: canonical,
      name: row.name,
      axisOrder: isNorthFirst(first, second) ? 'yx' : 'xy',
      metresPerUnit: metresPerUnit(first),
      areaOfUse: areaOf(area),
    };
  }

  #axesOf({ wkt, csAuthority, csCode }: CrsRow): AxisRow[] {
    if (csAuthority === null) return axesOfEsri(wkt ?? '');
    return this.#axes.all({ csAuthority, csCode }) as unknown as AxisRow[];
  }
}

/** PROJ's authority and code of a canonical code. */
function namesInProj(canonical: string): [authority: string, code: string] {
  const colon = canonical.indexOf(':');
  const [authority, code] = [canonical.slice(0, colon), canonical.slice(colon + 1)];
  return authority === 'CRS' ? ['OGC', WMS_CRS[code] ?? code] : [authority, code];
}

/** Esri's WKT has no axes: they are east and north, in the unit that it ends with. */
function axesOfEsri(wkt: string): AxisRow[] {
  const unit = [...wkt.matchAll(/UNIT\["[^"]*",([\d.eE+-]+)\]/g)].at(-1)?.[1];
  const factor = Number(unit);
  if (!wkt.startsWith('PROJCS[') || !(factor > 0)) return [];
  const axis = (orientation: string) => ({ name: orientation, orientation, factor, unitType: 'length' });
  return [axis('east'), axis('north')];
}

/**
 * `EPSG:n`, `ESRI:n`, `IGNF:name` or `CRS:n` for any spelling in use: plain, OGC URN (with or without a version), OGC
 * URI. (OGC 07-092r3; OGC 09-048r5; WMS 1.3.0, 6.7.3.)
 */
function canonicalCode(text: string): string | undefined {
  const match =
    /^(\w+):{1,2}(\w{1,20})$/.exec(text) ??
    /^urn:(?:x-)?ogc:def:crs:(\w+):[\w.]*:(\w{1,20})$/i.exec(text) ??
    /^https?:\/\/(?:www\.)?opengis\.net\/def\/crs\/(\w+)\/[\w.]*\/(\w{1,20})$/i.exec(text) ??
    /^https?:\/\/(?:www\.)?opengis\.net\/gml\/srs\/(epsg)\.xml#(\d{1,7})$/i.exec(text);
  const [, authority = '', code = ''] = match?.map((part) => part.toUpperCase()) ?? [];
  if (authority === 'CRS' || authority === 'OGC') {
    const number = code.replace(/^CRS/, '');
    return Object.hasOwn(WMS_CRS, number) ? `CRS:${number}` : undefined;
  }
  if (!AUTHORITIES.includes(authority)) return undefined;
  if (authority === 'IGNF') return `IGNF:${code}`;
  if (!/^\d{1,7}$/.test(code)) return undefined;
  const number = String(Number(code));
  const alias = Object.hasOwn(ALIASES, number) ? ALIASES[number] : undefined;
  return alias === undefined ? `${authority}:${number}` : `EPSG:${alias}`;
}

/** East and north, or along some meridians around a pole. Pictures have no way to count west or south. */
function isDrawable({ orientation, factor }: AxisRow): boolean {
  return /^(east|north|(north|south) along .*)$/.test(orientation) && factor !== null;
}

/**
 * Whether the definition names its north axis first. Around the poles both axes point the same way, and their
 * names tell; PROJ decides alike when it brings axes into the order of a drawing.
 */
function isNorthFirst(first: AxisRow, second: AxisRow): boolean {
  if (first.orientation === 'north' && second.orientation === 'east') return true;
  return /^northing/i.test(first.name) && /^easting/i.test(second.name);
}

function metresPerUnit({ unitType, factor }: AxisRow): number {
  if (unitType !== 'angle') return factor ?? 1;
  return METRES_PER_DEGREE * (factor ?? 1) * (180 / Math.PI);
}

/** The whole world when unknown; an area across the antimeridian takes all longitudes. */
function areaOf(row: AreaRow | undefined): BBox {
  if (row === undefined) return [-180, -90, 180, 90];
  return row.west <= row.east
    ? [row.west, row.south, row.east, row.north]
    : [-180, row.south, 180, row.north];
}
