import { readNumber } from '../values.ts';
import { canonicalCrs } from './crs-name.ts';
import type { BoundingBoxValue, JsonValue } from './execute-request.ts';
import { ProcessError, quote } from './problem.ts';
import type { BoundingBoxData } from './process-description.ts';

/**
 * Two corners from the positions of OWS Common (`"51.9 7"`), or from a list with all numbers. Throws `ProcessError`
 * naming the input unless they have two or three finite coordinates each.
 */
export function boundingBox(
  id: string,
  corners: { readonly lower: readonly unknown[]; readonly upper: readonly unknown[] },
  crs: string,
): BoundingBoxValue {
  const lower = corners.lower.map(coordinate);
  const upper = corners.upper.map(coordinate);
  const numbers = [...lower, ...upper];
  const isBox = lower.length === upper.length && (lower.length === 2 || lower.length === 3);
  if (!isBox || numbers.some((number) => number === undefined)) {
    const message = `Input ${quote(id)}: a bounding box has two corners of two or three numbers each`;
    throw new ProcessError('input-invalid', message, id);
  }
  return { kind: 'bbox', crs: crs.trim(), lower: lower as number[], upper: upper as number[] };
}

function coordinate(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' ? readNumber(value) : undefined;
}

/** Four or six numbers, lower corner first. */
function boundingBoxOfList(id: string, numbers: readonly unknown[], crs: string): BoundingBoxValue {
  const half = numbers.length / 2;
  return boundingBox(id, { lower: numbers.slice(0, half), upper: numbers.slice(half) }, crs);
}

/** `1,2,3,4`, `1,2,3,4,EPSG:4326` or `1,2,3,4,EPSG:4326,2`, as KVP has it (OWS Common 1.1 section 10.2.3). */
export function boundingBoxOfText(id: string, text: string): BoundingBoxValue {
  const parts = text.split(',').slice(0, 9);
  const at = parts.findIndex((part) => readNumber(part) === undefined);
  if (at === -1) return boundingBoxOfList(id, parts, '');
  return boundingBoxOfList(id, parts.slice(0, at), parts[at] ?? '');
}

/** An array, or an object with `bbox` and perhaps `crs`, which is longitude and latitude where it is not named. */
export function boundingBoxOfJson(id: string, json: JsonValue, data: BoundingBoxData): BoundingBoxValue {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  const { bbox, crs } = isObject
    ? (json as { readonly [key: string]: JsonValue })
    : { bbox: json, crs: undefined };
  const numbers = Array.isArray(bbox) ? bbox.slice(0, 9) : [];
  if (typeof crs !== 'string' && crs !== undefined && crs !== null) {
    throw new ProcessError('input-invalid', `Input ${quote(id)}: the CRS of a box is named by a text`, id);
  }
  return boundingBoxOfList(id, numbers, crs || jsonCrs(data));
}

const LONGITUDE_FIRST = 'CRS:84';
const LATITUDE_FIRST = 'EPSG:4326';

/** The other name of WGS 84, whose axes are the other way round. */
function otherOrder(crs: string): string | undefined {
  return crs === LONGITUDE_FIRST ? LATITUDE_FIRST : crs === LATITUDE_FIRST ? LONGITUDE_FIRST : undefined;
}

/** What a box in JSON is in that names no CRS: CRS84 (OGC 18-062r2, bbox.yaml), the default where that cannot be. */
export function jsonCrs(data: BoundingBoxData): string {
  return acceptedCrs(data).find((crs) => canonicalCrs(crs) === LONGITUDE_FIRST) ?? (data.crs[0] as string);
}

/** What a box may be in: what the description names, and WGS 84 in either order of its axes where that is among it. */
export function acceptedCrs({ crs }: BoundingBoxData): string[] {
  const names = crs.map(canonicalCrs);
  const others = names.flatMap((name) => otherOrder(name) ?? []);
  return [...crs, ...others.filter((other) => !names.includes(other))];
}

/**
 * The box with its CRS as the description spells it, its axes exchanged where only their order differs. Throws
 * `ProcessError` for a CRS that is not offered, and for corners that are the wrong way round.
 */
export function validBoundingBox(
  id: string,
  value: BoundingBoxValue,
  data: BoundingBoxData,
): BoundingBoxValue {
  const box = inOfferedCrs(id, value, data);
  if (isInOrder(box)) return box;
  const message = `Input ${quote(id)}: the lower corner of a bounding box has the smaller coordinates; only longitude may run across 180°`;
  throw new ProcessError('input-invalid', message, id);
}

/** Across the antimeridian the western edge has the larger longitude (OGC 06-121r9 section 10.2.1, RFC 7946 section 5.2). */
function isInOrder({ crs, lower, upper }: BoundingBoxValue): boolean {
  const reversed = lower.flatMap((value, axis) => (value > (upper[axis] as number) ? [axis] : []));
  const name = canonicalCrs(crs);
  // Of other CRSs it is not known here which axis is longitude, or whether there is one.
  const longitudes = name === LONGITUDE_FIRST ? [0] : name === LATITUDE_FIRST ? [1] : [0, 1];
  return reversed.length <= 1 && reversed.every((axis) => longitudes.includes(axis));
}

function inOfferedCrs(id: string, value: BoundingBoxValue, { crs }: BoundingBoxData): BoundingBoxValue {
  if (value.crs === '') return { ...value, crs: crs[0] as string };
  const asked = canonicalCrs(value.crs);
  const found = crs.find((offered) => canonicalCrs(offered) === asked);
  if (found !== undefined) return { ...value, crs: found };
  const other = otherOrder(asked);
  const exchanged = crs.find((offered) => canonicalCrs(offered) === other);
  if (exchanged === undefined) {
    const message = `Input ${quote(id)}: CRS ${quote(value.crs)} is not one of ${crs.slice(0, 20).join(', ')}`;
    throw new ProcessError('input-invalid', message, id);
  }
  return { ...value, crs: exchanged, lower: swapped(value.lower), upper: swapped(value.upper) };
}

function swapped([x = 0, y = 0, ...more]: readonly number[]): readonly number[] {
  return [y, x, ...more];
}
