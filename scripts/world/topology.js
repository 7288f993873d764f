/**
 * TopoJSON as planar longitude/latitude shapes.
 *
 * world-atlas stitches its polygons across the antimeridian and around the south pole: rings jump from +180
 * to -180 degrees and Antarctica has no edge along its pole. Map renderers want plane geometry, so rings are
 * unwrapped, closed over the pole, and cut at the antimeridian. Lines come from the arcs themselves, so that
 * a border shared by two countries is drawn once and no cut edge is ever drawn as a coast.
 */

import { boundsOf, clipRing, ringArea } from './geometry.js';

/** Latitudes beyond this are edges of the data, not coasts. */
const POLAR_EDGE = 89.9;

/** Square degrees below which a clipped ring is only a cut edge. */
const SLIVER = 1e-9;

/** Rounds of relaxation after which a coarse grid does not show any more. */
const SMOOTHING_ROUNDS = 12;

/** Decodes the delta-encoded, quantised arcs into longitude/latitude positions; `smooth` hides the grid. */
export function decodeArcs(topology, { smooth = false } = {}) {
  const { scale, translate } = topology.transform;
  return topology.arcs.map((arc) => {
    let x = 0;
    let y = 0;
    const positions = arc.map(([dx, dy]) => {
      x += dx;
      y += dy;
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
    });
    return smooth ? dequantise(positions, scale) : positions;
  });
}

/**
 * Relaxes a line towards its neighbours while each position stays within the grid cell it was rounded to:
 * the staircase of the quantisation goes, nothing that the data says does. Ends stay, so arcs still meet.
 */
function dequantise(positions, [cellWidth, cellHeight]) {
  let line = unwrap(positions);
  for (let round = 0; round < SMOOTHING_ROUNDS; round++) {
    line = line.map(([x, y], index) => {
      if (index === 0 || index === line.length - 1) return [x, y];
      const [before, after] = [line[index - 1], line[index + 1]];
      const [homeX, homeY] = positions[index];
      const shift = Math.round((x - homeX) / 360) * 360;
      return [
        clamp(
          (before[0] + after[0]) / 4 + x / 2,
          homeX + shift - cellWidth / 2,
          homeX + shift + cellWidth / 2,
        ),
        clamp((before[1] + after[1]) / 4 + y / 2, homeY - cellHeight / 2, homeY + cellHeight / 2),
      ];
    });
  }
  return line.map(([x, y]) => [wrap(x), y]);
}

/** The polygons of a geometry, each an array of rings (outer first), in the plane [-180, 180] x [-90, 90]. */
export function polygonsOf(geometry, arcs) {
  const polygons = { Polygon: [geometry.arcs], MultiPolygon: geometry.arcs }[geometry.type] ?? [];
  return polygons.flatMap((indices) => {
    const rings = indices.map((ring) => joinArcs(ring, arcs)).filter((ring) => !isPole(ring));
    return cutAtAntimeridian(rings.map(unwrapRing));
  });
}

/** One data set has a ring around the pole itself, and the coast as its hole. */
function isPole(ring) {
  return ring.every(([, y]) => Math.abs(y) > POLAR_EDGE);
}

/** The lines of a geometry, cut at the antimeridian. */
export function linesOf(geometry, arcs) {
  const lines = { LineString: [geometry.arcs], MultiLineString: geometry.arcs }[geometry.type] ?? [];
  return lines.flatMap((line) => cutLine(joinArcs(line, arcs)));
}

/**
 * The arcs of an object with the geometries on their sides: one for a coast, two for a border. Cut edges along
 * the antimeridian and the poles are left out.
 */
export function sharedArcs(object, arcs) {
  const owners = new Map();
  object.geometries.forEach((geometry, index) => {
    for (const arc of (geometry.arcs ?? []).flat(Number.POSITIVE_INFINITY)) {
      const key = arc < 0 ? ~arc : arc;
      owners.set(key, (owners.get(key) ?? new Set()).add(index));
    }
  });
  return [...owners].map(([arc, sides]) => ({
    sides: [...sides],
    lines: cutLine(arcs[arc]).flatMap(inPieces),
  }));
}

/** Short enough that drawing a small part of a long coast need not look at all of it. */
const PIECE_POSITIONS = 200;

function inPieces(line) {
  const count = Math.ceil((line.length - 1) / PIECE_POSITIONS);
  return Array.from({ length: count }, (_, at) =>
    line.slice(at * PIECE_POSITIONS, (at + 1) * PIECE_POSITIONS + 1),
  );
}

function joinArcs(indices, arcs) {
  const positions = [];
  for (const index of indices) {
    const arc = index < 0 ? arcs[~index].toReversed() : arcs[index];
    positions.push(...(positions.length > 0 ? arc.slice(1) : arc));
  }
  return positions;
}

/** Adds whole turns so that neighbouring positions are less than half a turn apart. */
function unwrap(positions) {
  let turn = 0;
  return positions.map(([x, y], index) => {
    if (index > 0) {
      const step = x - positions[index - 1][0];
      if (step > 180) turn -= 360;
      else if (step < -180) turn += 360;
    }
    return [x + turn, y];
  });
}

/** An unwrapped, closed ring; one that goes around the globe is closed along the pole it surrounds. */
function unwrapRing(positions) {
  const ring = unwrap(positions);
  const first = ring[0];
  const last = ring.at(-1);
  if (Math.abs(last[0] - first[0]) < 180) return ring;
  const pole = first[1] < 0 ? -90 : 90;
  return [...ring, [last[0], pole], [first[0], pole], first];
}

function cutAtAntimeridian([outer, ...holes]) {
  const [west, , east] = boundsOf(outer);
  if (west >= -180 && east <= 180)
    return [[outer, ...holes].filter(hasArea)].filter((piece) => piece.length > 0);
  const rings = [outer, ...holes.map((hole) => moved(hole, turnInto(hole[0][0], west, east)))];
  return [-360, 0, 360]
    .map((turn) => rings.map((ring) => clipRing(moved(ring, turn), [-180, -90, 180, 90])).filter(hasArea))
    .filter((piece) => piece.length > 0);
}

function hasArea(ring) {
  return Math.abs(ringArea(ring)) > SLIVER;
}

/** The whole turn that brings a hole, unwrapped by itself, to its polygon. */
function turnInto(x, west, east) {
  return [0, -360, 360].find((turn) => x + turn >= west && x + turn <= east) ?? 0;
}

function moved(ring, turn) {
  return ring.map(([x, y]) => [x + turn, y]);
}

/** The edges of polygons along the antimeridian: where a projection brings them together, a seam would show. */
export function seamsOf(polygons) {
  return polygons.flat().flatMap((ring) =>
    ring.slice(1).flatMap((end, index) => {
      const start = ring[index];
      return Math.abs(end[0]) === 180 && start[0] === end[0] && start[1] !== end[1] ? [[start, end]] : [];
    }),
  );
}

function cutLine(positions) {
  const pieces = [];
  let piece = [];
  const end = () => {
    if (piece.length > 1) pieces.push(piece);
    piece = [];
  };
  positions.forEach(([x, y], index) => {
    const before = positions[index - 1];
    if (before !== undefined) {
      if (isEdge(before, [x, y])) {
        end();
      } else if (Math.abs(x - before[0]) > 180) {
        const side = Math.sign(before[0]) * 180;
        const span = 360 - Math.abs(x - before[0]);
        const crossing = before[1] + ((y - before[1]) * Math.abs(side - before[0])) / (span || 1);
        piece.push([side, crossing]);
        end();
        piece.push([-side, crossing]);
      }
    }
    piece.push([x, y]);
  });
  end();
  return pieces;
}

function isEdge([x1, y1], [x2, y2]) {
  const alongPole = Math.abs(y1) > POLAR_EDGE && Math.abs(y2) > POLAR_EDGE;
  const alongAntimeridian = Math.abs(x1) > 179.99 && Math.abs(x2) > 179.99;
  return alongPole || alongAntimeridian;
}

function wrap(x) {
  return x > 180 ? x - 360 : x < -180 ? x + 360 : x;
}

function clamp(value, min, max) {
  return Math.min(max, Math.max(min, value));
}
