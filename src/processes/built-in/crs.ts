import proj4 from 'proj4';
import { canonicalCrs } from '../../ogc/processes/crs-name.ts';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import type { CrsDefinitions } from './crs-definitions.ts';
import type { Position } from './feature-layer.ts';

const LONGITUDE_LATITUDE = '+proj=longlat +datum=WGS84 +no_defs';
/** Beyond any definition that people write. */
const MAX_DEFINITION_LENGTH = 1000;

export interface Crs {
  /** Canonical name, or the definition itself. */
  readonly name: string;
  readonly definition: string;
  readonly isGeographic: boolean;
  /** 1 for geographic ones, which have no such unit. */
  readonly metresPerUnit: number;
}

/** x before y in both. */
export type Transform = (position: Position) => Position;

/** Finds CRSs by the names that clients give, all of the EPSG's that `definitions` knows. */
export class CrsFinder {
  readonly #definitions: CrsDefinitions | undefined;

  constructor(definitions: CrsDefinitions | undefined) {
    this.#definitions = definitions;
  }

  /** Throws `ProcessError` naming the input for a CRS that is not known. */
  find(input: string, text: string): Crs {
    const name = canonicalCrs(text);
    const definition = this.#definition(name);
    const unknown = `Input ${quote(input)}: CRS ${quote(text)} is not known; use EPSG:<code>, or a definition of PROJ`;
    if (definition === undefined) throw new ProcessError('input-invalid', unknown, input);
    try {
      const { projName, to_meter = 1 } = proj4.Proj(definition) as { projName?: string; to_meter?: number };
      const isGeographic = projName === 'longlat';
      return { name, definition, isGeographic, metresPerUnit: isGeographic ? 1 : to_meter };
    } catch (cause) {
      throw new ProcessError('input-invalid', unknown, input, { cause });
    }
  }

  #definition(name: string): string | undefined {
    if (name === 'CRS:84' || name === 'EPSG:4326') return LONGITUDE_LATITUDE;
    const code = /^EPSG:(\d+)$/.exec(name)?.[1];
    if (code !== undefined) return this.#definitions?.find(Number(code));
    // Of the files that a definition can name none is read: proj4 knows only grids that were given to it.
    return /^\+proj=/.test(name) && name.length <= MAX_DEFINITION_LENGTH ? name : undefined;
  }
}

/** From one CRS to another; positions that have no place in the other give numbers that are not finite. */
export function transformBetween(from: Crs, to: Crs): Transform {
  const { forward } = proj4(from.definition, to.definition);
  return (position) => {
    const [x = Number.NaN, y = Number.NaN] = moved(forward, position);
    return [x, y, ...position.slice(2)];
  };
}

function moved(forward: (position: Position) => Position, [x = 0, y = 0]: Position): Position {
  try {
    return forward([x, y]);
  } catch {
    return [Number.NaN, Number.NaN];
  }
}

/**
 * A plane in metres around a place, true to distances from it, and the way back. Longitudes come back next to that of
 * the place, also beyond 180°, so that a shape at the date line stays in one piece.
 */
export function planeAround(longitude: number, latitude: number): { to: Transform; from: Transform } {
  const plane = `+proj=aeqd +lat_0=${latitude} +lon_0=${longitude} +datum=WGS84 +units=m +no_defs`;
  const { forward, inverse } = proj4(LONGITUDE_LATITUDE, plane);
  return {
    to: (position) => moved(forward, position),
    from: (position) => {
      const [x = Number.NaN, y = Number.NaN] = moved(inverse, position);
      return [rounded(x + 360 * Math.round((longitude - x) / 360)), rounded(y)];
    },
  };
}

/** To a tenth of a millimetre: what the way to the plane and back adds is less. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e9) / 1e9;
}
