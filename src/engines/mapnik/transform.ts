import type { BBox } from '../../ogc/map-request.ts';
import type { Binding, Box, ProjTransform } from './binding.ts';

/** Points per side of the grid that stands for a box: edges bend, and extremes may lie inside (poles). */
const GRID = 21;

/**
 * The box that holds another one in a different CRS, from a grid of its points; points that have no place
 * there are left out.
 *
 * @returns nothing when no point can be transformed
 */
export function transformBox(mapnik: Binding, from: string, to: string, box: BBox): Box | undefined {
  const transform = new mapnik.ProjTransform(new mapnik.Projection(from), new mapnik.Projection(to));
  return boxOf(gridOf(box).flatMap((point) => transformed(transform, point)));
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
    return result.every((value) => Number.isFinite(value) && Math.abs(value) < 1e15) ? [result] : [];
  } catch {
    return [];
  }
}

function boxOf(points: ReadonlyArray<readonly [number, number]>): Box | undefined {
  if (points.length === 0) return undefined;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
