import { readNumber } from '../values.ts';
import { canonicalCrs } from './crs-name.ts';
import type { BoundingBoxValue } from './execute-request.ts';
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
export function boundingBoxOfList(id: string, numbers: readonly unknown[], crs: string): BoundingBoxValue {
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

/** The box with its CRS as the description spells it. Throws `ProcessError` for one that is not offered. */
export function validBoundingBox(
  id: string,
  value: BoundingBoxValue,
  { crs }: BoundingBoxData,
): BoundingBoxValue {
  if (value.crs === '') return { ...value, crs: crs[0] as string };
  const asked = canonicalCrs(value.crs);
  const found = crs.find((offered) => canonicalCrs(offered) === asked);
  if (found === undefined) {
    const message = `Input ${quote(id)}: CRS ${quote(value.crs)} is not one of ${crs.slice(0, 20).join(', ')}`;
    throw new ProcessError('input-invalid', message, id);
  }
  return { ...value, crs: found };
}
