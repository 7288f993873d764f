import { DatabaseSync } from 'node:sqlite';

/*
 * CRSs of the EPSG as definitions that proj4 reads, from PROJ's own database. proj4 knows no more than a handful
 * itself. Shifts between datums are the three or seven parameters of the EPSG's best transformation to WGS 84; grids are
 * not used.
 */

/** Parameters of the EPSG by their codes, as the definitions of PROJ call them. */
const PARAMETERS: Readonly<Record<number, string>> = {
  8801: 'lat_0',
  8802: 'lon_0',
  8805: 'k_0',
  8806: 'x_0',
  8807: 'y_0',
  8811: 'lat_0',
  8812: 'lonc',
  8813: 'alpha',
  8814: 'gamma',
  8815: 'k_0',
  8816: 'x_0',
  8817: 'y_0',
  8819: 'k_0',
  8821: 'lat_0',
  8822: 'lon_0',
  8823: 'lat_1',
  8824: 'lat_2',
  8826: 'x_0',
  8827: 'y_0',
  8832: 'lat_ts',
  8833: 'lon_0',
};

type Values = Readonly<Record<string, number>>;

/** Methods of the EPSG by their codes; together 97 % of its projected CRSs. */
const METHODS: Readonly<Record<number, (values: Values) => string>> = {
  1024: () => '+proj=merc +a=6378137 +b=6378137 +nadgrids=@null',
  1041: () => '+proj=krovak',
  1078: () => '+proj=eqearth',
  9801: ({ lat_0 = 0 }) => `+proj=lcc +lat_1=${lat_0}`,
  9802: () => '+proj=lcc',
  9804: () => '+proj=merc',
  9805: ({ lat_1 = 0 }) => `+proj=merc +lat_ts=${lat_1}`,
  9806: () => '+proj=cass',
  9807: () => '+proj=tmerc',
  9809: () => '+proj=sterea',
  9810: () => '+proj=stere',
  9812: () => '+proj=omerc +no_uoff',
  9815: () => '+proj=omerc',
  9818: () => '+proj=poly',
  9819: () => '+proj=krovak',
  9820: () => '+proj=laea',
  9822: () => '+proj=aea',
  9829: ({ lat_ts = 0 }) => `+proj=stere +lat_0=${lat_ts < 0 ? -90 : 90}`,
};

const DEGREES = 9102;
/** Degrees, minutes and seconds as one number: 51.2800 is 51° 28'. */
const SEXAGESIMAL = 9110;
const DEGREE = Math.PI / 180;

const GEODETIC_QUERY = `
  SELECT g.code AS code, e.semi_major_axis * a.conv_factor AS a, e.inv_flattening AS rf,
         e.semi_minor_axis * a.conv_factor AS b, m.longitude AS meridian, m.uom_code AS meridianUnit,
         u.conv_factor AS meridianFactor
    FROM geodetic_crs g
    JOIN geodetic_datum d ON d.auth_name = g.datum_auth_name AND d.code = g.datum_code
    JOIN ellipsoid e ON e.auth_name = d.ellipsoid_auth_name AND e.code = d.ellipsoid_code
    JOIN unit_of_measure a ON a.auth_name = e.uom_auth_name AND a.code = e.uom_code
    JOIN prime_meridian m ON m.auth_name = d.prime_meridian_auth_name AND m.code = d.prime_meridian_code
    LEFT JOIN unit_of_measure u ON u.auth_name = m.uom_auth_name AND u.code = m.uom_code
    WHERE g.auth_name = 'EPSG' AND g.code = ? AND g.type = 'geographic 2D'`;

const PROJECTED_QUERY = `
  SELECT p.geodetic_crs_code AS geodetic, c.*,
    (SELECT u.conv_factor FROM axis x JOIN unit_of_measure u ON u.auth_name = x.uom_auth_name AND u.code = x.uom_code
      WHERE x.coordinate_system_auth_name = p.coordinate_system_auth_name
        AND x.coordinate_system_code = p.coordinate_system_code LIMIT 1) AS metresPerUnit
    FROM projected_crs p
    JOIN conversion_table c ON c.auth_name = p.conversion_auth_name AND c.code = p.conversion_code
    WHERE p.auth_name = 'EPSG' AND p.code = ? AND p.geodetic_crs_auth_name = 'EPSG'`;

/**
 * To WGS 84, or to ETRS89, which differs by less than a metre. 9603: translation, 9606: position vector, 9607:
 * coordinate frame, whose angles have the other sign.
 */
const SHIFT_QUERY = `
  SELECT h.method_code AS method, h.tx, h.ty, h.tz, h.accuracy AS accuracy,
         h.rx * r.conv_factor AS rx, h.ry * r.conv_factor AS ry, h.rz * r.conv_factor AS rz,
         h.scale_difference * s.conv_factor AS scale,
         e.west_lon AS west, e.south_lat AS south, e.east_lon AS east, e.north_lat AS north
    FROM helmert_transformation_table h
    LEFT JOIN unit_of_measure r ON r.auth_name = h.rotation_uom_auth_name AND r.code = h.rotation_uom_code
    LEFT JOIN unit_of_measure s ON s.auth_name = h.scale_difference_uom_auth_name AND s.code = h.scale_difference_uom_code
    LEFT JOIN usage u ON u.object_table_name = 'helmert_transformation' AND u.object_auth_name = h.auth_name AND u.object_code = h.code
    LEFT JOIN extent e ON e.auth_name = u.extent_auth_name AND e.code = u.extent_code
    WHERE h.deprecated = 0 AND h.source_crs_auth_name = 'EPSG' AND h.source_crs_code = ?
      AND h.target_crs_auth_name = 'EPSG' AND h.target_crs_code IN (4326, 4258) AND h.method_code IN (9603, 9606, 9607)`;

/** The same datum counted from Greenwich: shifts are told of that one. */
const TWIN_QUERY = `
  SELECT target_crs_code AS code FROM other_transformation
    WHERE source_crs_auth_name = 'EPSG' AND source_crs_code = ? AND target_crs_auth_name = 'EPSG'
      AND method_code = 9601 AND deprecated = 0`;

const AREA_QUERY = `
  SELECT e.west_lon AS west, e.south_lat AS south, e.east_lon AS east, e.north_lat AS north
    FROM usage u JOIN extent e ON e.auth_name = u.extent_auth_name AND e.code = u.extent_code
    WHERE u.object_auth_name = 'EPSG' AND u.object_code = ? AND u.object_table_name IN ('projected_crs', 'geodetic_crs')
    LIMIT 1`;

type Row = Readonly<Record<string, number | string | null>>;

/** Reads definitions out of `proj.db`. */
export class CrsDefinitions {
  readonly #database: DatabaseSync;

  /** @param file the path of `proj.db` */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
  }

  /** The definition of `EPSG:<code>`; undefined for one that is not known, or of a method that proj4 lacks. */
  find(code: number): string | undefined {
    const projected = this.#one(PROJECTED_QUERY, code);
    if (projected === undefined) {
      const frame = this.#frame(code, code);
      return frame && `+proj=longlat ${frame} +no_defs`;
    }
    const projection = this.#projection(projected);
    const frame = this.#frame(Number(projected.geodetic), code);
    if (projection === undefined || frame === undefined) return undefined;
    const unit = ` +to_meter=${projected.metresPerUnit ?? 1}`;
    return `${projection}${projection.includes('+a=') ? '' : ` ${frame}`}${unit} +no_defs`;
  }

  #projection(row: Row): string | undefined {
    const method = METHODS[Number(row.method_code)];
    if (method === undefined) return undefined;
    const values: Record<string, number> = {};
    for (let index = 1; index <= 7; index += 1) {
      const name = PARAMETERS[Number(row[`param${index}_code`])];
      const value = row[`param${index}_value`];
      if (name === undefined || value === null || value === undefined) continue;
      values[name] = this.#inPlainUnit(Number(value), Number(row[`param${index}_uom_code`]));
    }
    const base = method(values);
    const rest = Object.entries(values).filter(([name]) => !base.includes(`+${name}=`));
    return [base, ...rest.map(([name, value]) => `+${name}=${value}`)].join(' ');
  }

  /** Degrees, metres or a plain factor. */
  #inPlainUnit(value: number, unit: number): number {
    if (unit === DEGREES) return value;
    if (unit === SEXAGESIMAL) return ofSexagesimal(value);
    const row = this.#one(
      "SELECT type, conv_factor FROM unit_of_measure WHERE auth_name = 'EPSG' AND code = ?",
      unit,
    );
    const factor = Number(row?.conv_factor ?? 1);
    return row?.type === 'angle' ? (value * factor) / DEGREE : value * factor;
  }

  /** Ellipsoid, prime meridian and the way to WGS 84. */
  #frame(geodetic: number, code: number): string | undefined {
    const row = this.#one(GEODETIC_QUERY, geodetic);
    if (row === undefined) return undefined;
    const shape = row.rf === null ? `+b=${row.b}` : row.rf === 0 ? `+b=${row.a}` : `+rf=${row.rf}`;
    const meridian =
      Number(row.meridianUnit) === SEXAGESIMAL
        ? ofSexagesimal(Number(row.meridian))
        : (Number(row.meridian) * Number(row.meridianFactor ?? DEGREE)) / DEGREE;
    const greenwich = meridian === 0 ? '' : ` +pm=${meridian}`;
    return `+a=${row.a} ${shape}${greenwich} +towgs84=${this.#shift(geodetic, code).join(',')}`;
  }

  /** That which covers the middle of the CRS's area and is the most exact; none for datums that equal WGS 84. */
  #shift(geodetic: number, code: number): readonly number[] {
    const area = this.#one(AREA_QUERY, code);
    const rank = (row: Row) => (area && covers(row, area) ? 0 : 1000) + Number(row.accuracy ?? 999);
    const [best] = this.#all(SHIFT_QUERY, geodetic).sort((a, b) => rank(a) - rank(b));
    if (best === undefined) {
      const twin = this.#one(TWIN_QUERY, geodetic);
      return twin === undefined ? [0, 0, 0] : this.#shift(Number(twin.code), code);
    }
    const moved = [best.tx, best.ty, best.tz].map(Number);
    if (Number(best.method) === 9603) return moved;
    const sign = Number(best.method) === 9607 ? -1 : 1;
    const seconds = [best.rx, best.ry, best.rz].map((angle) => (sign * Number(angle) * 3600) / DEGREE);
    return [...moved, ...seconds, Number(best.scale) * 1e6];
  }

  #one(query: string, code: number): Row | undefined {
    return this.#all(query, code)[0];
  }

  #all(query: string, code: number): Row[] {
    return this.#database.prepare(query).all(code) as Row[];
  }
}

function covers(outer: Row, inner: Row): boolean {
  const y = (Number(inner.south) + Number(inner.north)) / 2;
  const x = (Number(inner.west) + Number(inner.east)) / 2;
  const wraps = Number(outer.west) > Number(outer.east);
  const west = Number(outer.west) <= x;
  const east = x <= Number(outer.east);
  return Number(outer.south) <= y && y <= Number(outer.north) && (wraps ? west || east : west && east);
}

function ofSexagesimal(value: number): number {
  const sign = Math.sign(value);
  const [degrees = '0', rest = ''] = Math.abs(value).toFixed(10).split('.');
  const minutes = Number(rest.slice(0, 2));
  const seconds = Number(`${rest.slice(2, 4)}.${rest.slice(4)}`);
  return sign * (Number(degrees) + minutes / 60 + seconds / 3600);
}
