import type { BBox } from '../ogc/map-request.ts';

/** The OGC's standard pixel, also Mapnik's (WMS 1.3.0, 7.2.4.6.9). */
const STANDARD_PIXEL_METRES = 0.00028;
const STANDARD_DPI = 0.0254 / STANDARD_PIXEL_METRES;

/** Metres that the OGC takes for a degree, on the equator of WGS 84 (OGC 05-077r4, 10.2). */
export const METRES_PER_DEGREE = (Math.PI / 180) * 6378137;

/** Of a view on pixels of the standard size, whatever their real one. */
export function scaleDenominatorOf(bbox: BBox, width: number, metresPerUnit: number): number {
  return (((bbox[2] - bbox[0]) / width) * metresPerUnit) / STANDARD_PIXEL_METRES;
}

/** How much larger symbols and labels are drawn than on the standard pixel. */
export function scaleFactorOf(dpi: number): number {
  const factor = dpi / STANDARD_DPI;
  // Clients round 90.7 dpi; half a per cent would only blur every line.
  return Math.abs(factor - 1) < 0.005 ? 1 : factor;
}
