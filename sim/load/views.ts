import type { BBox, MapView } from '../../src/ogc/map-request.ts';
import { MERCATOR_EDGE } from '../../src/ogc/tile-matrix-set.ts';

/** An image of a box of the world in Web Mercator, 256 x 256 pixels. */
export function viewOf(project: string, bbox: BBox): MapView {
  return {
    project,
    layers: [],
    styles: [],
    crs: 'EPSG:3857',
    bbox,
    width: 256,
    height: 256,
    encoding: 'png',
    transparent: false,
    background: '#ffffff',
    dpi: 90.7,
  };
}

/** The view of one XYZ tile. */
export function tileView(project: string, z: number, x: number, y: number): MapView {
  const size = tileSize(z);
  const west = x * size - MERCATOR_EDGE;
  const north = MERCATOR_EDGE - y * size;
  return viewOf(project, [west, north - size, west + size, north]);
}

/** Side of a tile, metres. */
export function tileSize(z: number): number {
  return (2 * MERCATOR_EDGE) / 2 ** z;
}
