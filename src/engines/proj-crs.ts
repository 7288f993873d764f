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

const CRS84: Crs = {
  code: 'CRS:84',
  name: 'WGS 84 (longitude, latitude)',
  axisOrder: 'xy',
  metresPerUnit: METRES_PER_DEGREE,
  areaOfUse: [-180, -90, 180, 90],
};

/** A projected or geographic CRS with two axes. */
const CRS_QUERY = `
  SELECT c.name AS name, 'projected' AS kind, c.coordinate_system_auth_name AS csAuthority, c.coordinate_system_code AS csCode
    FROM projected_crs c WHERE c.auth_name = 'EPSG' AND c.code = :code
  UNION ALL
  SELECT c.name, 'geographic', c.coordinate_system_auth_name, c.coordinate_system_code
    FROM geodetic_crs c WHERE c.auth_name = 'EPSG' AND c.code = :code AND c.type = 'geographic 2D'`;

const AXES_QUERY = `
  SELECT a.name AS name, lower(a.orientation) AS orientation, u.conv_factor AS factor, u.type AS unitType
    FROM axis a JOIN unit_of_measure u ON u.auth_name = a.uom_auth_name AND u.code = a.uom_code
    WHERE a.coordinate_system_auth_name = :csAuthority AND a.coordinate_system_code = :csCode
    ORDER BY a.coordinate_system_order`;

const AREA_QUERY = `
  SELECT e.west_lon AS west, e.south_lat AS south, e.east_lon AS east, e.north_lat AS north
    FROM usage u JOIN extent e ON e.auth_name = u.extent_auth_name AND e.code = u.extent_code
    WHERE u.object_auth_name = 'EPSG' AND u.object_code = :code AND u.object_table_name = :tableName
    ORDER BY (e.north_lat - e.south_lat) DESC LIMIT 1`;

interface CrsRow {
  readonly name: string;
  readonly kind: 'projected' | 'geographic';
  readonly csAuthority: string;
  readonly csCode: string;
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
    const code = canonicalCode(text);
    if (code === undefined) return undefined;
    if (code === CRS84.code) return CRS84;
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
    const code = canonical.slice('EPSG:'.length);
    const row = this.#crs.get({ code }) as CrsRow | undefined;
    if (row === undefined) return undefined;
    const axes = this.#axes.all({ csAuthority: row.csAuthority, csCode: row.csCode }) as unknown as AxisRow[];
    const [first, second] = axes;
    if (first === undefined || second === undefined || !axes.every(isDrawable)) return undefined;
    const tableName = row.kind === 'projected' ? 'projected_crs' : 'geodetic_crs';
    return {
      code: canonical,
      name: row.name,
      axisOrder: isNorthFirst(first, second) ? 'yx' : 'xy',
      metresPerUnit: metresPerUnit(first),
      areaOfUse: areaOf(this.#area.get({ code, tableName }) as AreaRow | undefined),
    };
  }
}

/**
 * `EPSG:n` or `CRS:84` for any spelling in use: plain, OGC URN (with or without a version), OGC URI.
 * (OGC 07-092r3; OGC 09-048r5; WMS 1.3.0, 6.7.3.)
 */
function canonicalCode(text: string): string | undefined {
  const match =
    /^(EPSG|CRS|OGC):{1,2}(?:CRS)?(\d{1,7})$/i.exec(text) ??
    /^urn:(?:x-)?ogc:def:crs:(EPSG|OGC):[\w.]*:(?:CRS)?(\d{1,7})$/i.exec(text) ??
    /^https?:\/\/(?:www\.)?opengis\.net\/def\/crs\/(EPSG|OGC)\/[\w.]*\/(?:CRS)?(\d{1,7})$/i.exec(text) ??
    /^https?:\/\/(?:www\.)?opengis\.net\/gml\/srs\/(epsg)\.xml#(\d{1,7})$/i.exec(text);
  if (match === null) return undefined;
  const number = String(Number(match[2]));
  if (match[1]?.toUpperCase() !== 'EPSG') return number === '84' ? 'CRS:84' : undefined;
  return `EPSG:${ALIASES[number] ?? number}`;
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
