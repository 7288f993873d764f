import { Delaunay } from 'd3-delaunay';
import { ProcessError, quote } from '../../../ogc/processes/problem.ts';
import type { TaskOutput } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { Feature, Position } from '../feature-layer.ts';
import { boundsOf, layerResult } from '../layer-tools.ts';
import { type Control, eachOf } from '../operation.ts';

export function voronoi(given: Arguments, control: Control): TaskOutput[] {
  const layer = given.layer('points');
  const points = distinctPoints(layer.features, control);
  const positions = points.map(({ geometry }) => (geometry as { coordinates: Position }).coordinates);
  const [west, south, east, north] = boundsOf(points.flatMap(({ geometry }) => geometry ?? []));
  if (points.length === 0) return layerResult({ crs: layer.crs, features: [] }, given.format('result'));
  const share = given.number('margin') / 100;
  // A single point, and points on a line along an axis, have an area too.
  const width = east - west || north - south || 1;
  const height = north - south || east - west || 1;
  const box = [
    west - share * width,
    south - share * height,
    east + share * width,
    north + share * height,
  ] as const;
  if (box[0] === box[2] || box[1] === box[3]) {
    throw new ProcessError(
      'input-invalid',
      'Input "margin": points on one line need a margin above 0',
      'margin',
    );
  }
  const cells = Delaunay.from(positions as [number, number][]).voronoi(
    box as unknown as [number, number, number, number],
  );
  const features: Feature[] = [];
  eachOf(points, control, (point, index) => {
    const ring = cells.cellPolygon(index) as Position[] | null;
    if (ring !== null) features.push({ ...point, geometry: { type: 'Polygon', coordinates: [ring] } });
  });
  return layerResult({ crs: layer.crs, features }, given.format('result'));
}

function distinctPoints(features: readonly Feature[], control: Control): Feature[] {
  const seen = new Set<string>();
  let repeated = 0;
  const points = features.flatMap((feature) => {
    if (feature.geometry === null) return [];
    const all = pointsOf(feature);
    const fresh = all.filter(({ geometry }) => {
      const key = JSON.stringify((geometry as { coordinates: Position }).coordinates.slice(0, 2));
      return !seen.has(key) && seen.add(key);
    });
    repeated += all.length - fresh.length;
    return fresh;
  });
  if (repeated > 0) control.log(`${repeated} points lie where another one does, and are left out`);
  return points;
}

function pointsOf(feature: Feature): Feature[] {
  const { geometry } = feature;
  if (geometry?.type === 'Point') return [feature];
  if (geometry?.type === 'MultiPoint') {
    return geometry.coordinates.map((coordinates) => ({
      ...feature,
      geometry: { type: 'Point', coordinates },
    }));
  }
  const message = `Input "points" has a geometry of type ${quote(String(geometry?.type))}; it takes points`;
  throw new ProcessError('input-invalid', message, 'points');
}
