/** Plane geometry on rings and lines of [x, y] positions. Rings are closed: first and last position are equal. */

/** Twice-signed area halved: positive when counter-clockwise. */
export function ringArea(ring) {
  let sum = 0;
  for (let index = 1; index < ring.length; index++) {
    const [x1, y1] = ring[index - 1];
    const [x2, y2] = ring[index];
    sum += x1 * y2 - x2 * y1;
  }
  return sum / 2;
}

/** Area on the sphere in square kilometres of a longitude/latitude ring (Chamberlain and Duquette 2007). */
export function sphericalArea(ring) {
  const radians = Math.PI / 180;
  let sum = 0;
  for (let index = 1; index < ring.length; index++) {
    const [x1, y1] = ring[index - 1];
    const [x2, y2] = ring[index];
    sum += (x2 - x1) * radians * (2 + Math.sin(y1 * radians) + Math.sin(y2 * radians));
  }
  return Math.abs((sum * 6371.0088 ** 2) / 2);
}

/** The polygon (an array of rings) with the largest outer ring. */
export function largestPolygon(polygons) {
  const size = ([outer]) => Math.abs(ringArea(outer));
  return polygons.reduce((best, polygon) => (size(polygon) > size(best) ? polygon : best));
}

export function squaredDistance([x1, y1], [x2, y2]) {
  return (x1 - x2) ** 2 + (y1 - y2) ** 2;
}

/** [minX, minY, maxX, maxY] of positions. */
export function boundsOf(positions) {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of positions) {
    if (x < bounds[0]) bounds[0] = x;
    if (y < bounds[1]) bounds[1] = y;
    if (x > bounds[2]) bounds[2] = x;
    if (y > bounds[3]) bounds[3] = y;
  }
  return bounds;
}

/** The part of a closed ring inside a box (Sutherland and Hodgman 1974); empty when there is none. */
export function clipRing(ring, [minX, minY, maxX, maxY]) {
  const sides = [
    { inside: ([x]) => x >= minX, cut: (a, b) => cutAtX(a, b, minX) },
    { inside: ([x]) => x <= maxX, cut: (a, b) => cutAtX(a, b, maxX) },
    { inside: ([, y]) => y >= minY, cut: (a, b) => cutAtY(a, b, minY) },
    { inside: ([, y]) => y <= maxY, cut: (a, b) => cutAtY(a, b, maxY) },
  ];
  let positions = ring.slice(0, -1);
  for (const { inside, cut } of sides) {
    if (positions.every(inside)) continue;
    const kept = [];
    positions.forEach((position, index) => {
      const before = positions.at(index - 1);
      if (inside(position) !== inside(before)) kept.push(cut(before, position));
      if (inside(position)) kept.push(position);
    });
    positions = kept;
  }
  return positions.length < 3 ? [] : [...positions, positions[0]];
}

function cutAtX([x1, y1], [x2, y2], x) {
  return [x, y1 + ((y2 - y1) * (x - x1)) / (x2 - x1)];
}

function cutAtY([x1, y1], [x2, y2], y) {
  return [x1 + ((x2 - x1) * (y - y1)) / (y2 - y1), y];
}

/** Even-odd rule over all rings, so that holes count. */
export function contains(rings, position) {
  return signedDistance(rings, position) > 0;
}

/** Distance to the nearest edge, negative outside. One pass without any allocation: it is called very often. */
export function signedDistance(rings, [x, y]) {
  let nearest = Infinity;
  let inside = false;
  for (const ring of rings) {
    for (let index = 1; index < ring.length; index++) {
      const x1 = ring[index - 1][0];
      const y1 = ring[index - 1][1];
      const dx = ring[index][0] - x1;
      const dy = ring[index][1] - y1;
      if (y1 > y !== y1 + dy > y && x < (dx * (y - y1)) / dy + x1) inside = !inside;
      const length = dx * dx + dy * dy;
      const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length));
      const gapX = x - x1 - along * dx;
      const gapY = y - y1 - along * dy;
      nearest = Math.min(nearest, gapX * gapX + gapY * gapY);
    }
  }
  return (inside ? 1 : -1) * Math.sqrt(nearest);
}

/**
 * The pole of inaccessibility: the position inside a polygon farthest from its edges, by best-first quadtree
 * search to `precision`. Returns `{ position, radius }`.
 */
export function poleOfInaccessibility(rings, precision) {
  const [minX, minY, maxX, maxY] = boundsOf(rings[0]);
  const size = Math.max(Math.min(maxX - minX, maxY - minY), precision);
  const cells = [];
  let best = { position: [(minX + maxX) / 2, (minY + maxY) / 2], radius: -Infinity };
  const consider = (x, y, half) => {
    const radius = signedDistance(rings, [x, y]);
    if (radius > best.radius) best = { position: [x, y], radius };
    cells.push({ x, y, half, limit: radius + half * Math.SQRT2 });
  };
  for (let x = minX; x < maxX; x += size) {
    for (let y = minY; y < maxY; y += size) consider(x + size / 2, y + size / 2, size / 2);
  }
  while (cells.length > 0) {
    const index = cells.reduce((top, cell, at) => (cell.limit > cells[top].limit ? at : top), 0);
    const [{ x, y, half, limit }] = cells.splice(index, 1);
    if (limit - best.radius <= precision) break;
    for (const [sx, sy] of [
      [-1, -1],
      [1, -1],
      [-1, 1],
      [1, 1],
    ]) {
      consider(x + (sx * half) / 2, y + (sy * half) / 2, half / 2);
    }
  }
  return best;
}
