import type { BBox } from '../../ogc/map-request.ts';
import type { Binding, Box, ProjTransform } from './binding.ts';
import { srsOf } from './messages.ts';

/** Points per side of the grid that stands for a box: edges bend, and extremes may lie inside (poles). */
const GRID = 21;
/** Coordinates beyond this are a projection's way to say "nowhere". */
const NOWHERE = 1e15;

/**
 * The box that holds another one in a different CRS, from a grid of its points; points that have no place
 * there are left out.
 *
 * @returns nothing when no point can be transformed
 */
export function transformBox(mapnik: Binding, from: string, to: string, box: BBox): Box | undefined {
  if (from === to) return [...box];
  const transform = new mapnik.ProjTransform(new mapnik.Projection(from), new mapnik.Projection(to));
  return boxOf(gridOf(box).flatMap((point) => transformed(transform, point)));
}

/**
 * A longitude/latitude box in each of the CRSs, as far as it lies where that CRS may be used. CRSs that PROJ
 * does not know, or that are used elsewhere, are left out.
 */
export function projectExtent(mapnik: Binding, extent: BBox, crs: readonly string[]): Record<string, BBox> {
  const entries = crs.flatMap((code): Array<[string, BBox]> => {
    const box = projected(mapnik, extent, srsOf(code));
    return box === undefined ? [] : [[code, box]];
  });
  return Object.fromEntries(entries);
}

function projected(mapnik: Binding, extent: BBox, srs: string): Box | undefined {
  try {
    const area = new mapnik.Projection(srs).area_of_use() ?? [-180, -90, 180, 90];
    // An area across the antimeridian comes with its west end east of its east end.
    const [west, east] = area[0] <= area[2] ? [area[0], area[2]] : [-180, 180];
    const inside = intersection(extent, [west, area[1], east, area[3]]);
    return inside && transformBox(mapnik, 'OGC:CRS84', srs, inside);
  } catch {
    return undefined;
  }
}

/** Nothing when the boxes are apart. */
export function intersection(a: BBox, b: BBox): BBox | undefined {
  const box: BBox = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return box[0] <= box[2] && box[1] <= box[3] ? box : undefined;
}

function gridOf([minX, minY, maxX, maxY]: BBox): Array<[number, number]> {
  const steps = Array.from({ length: GRID }, (_, index) => index / (GRID - 1));
  return steps.flatMap((u) =>
    steps.map((v): [number, number] => [minX + (maxX - minX) * u, minY + (maxY - minY) * v]),
  );
}

function transformed(transform: ProjTransform, point: [number, number]): Array<[number, number]> {
  try {
    const result = transform.forward(point);
    return result.every((value) => Number.isFinite(value) && Math.abs(value) < NOWHERE) ? [result] : [];
  } catch {
    return [];
  }
}

function boxOf(points: ReadonlyArray<readonly [number, number]>): Box | undefined {
  if (points.length === 0) return undefined;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
