import { canBeTransparent } from './image-format.ts';
import { STANDARD_DPI, selectLayer } from './layers.ts';
import type { BBox, ImageEncoding, MapView } from './map-request.ts';
import type { ProjectDescription } from './project-description.ts';
import type { TileMatrixSet } from './tile-matrix-set.ts';

export interface TileOptions {
  /** Absent: the project as a whole. */
  readonly layer: string | undefined;
  readonly style: string;
  readonly encoding: ImageEncoding;
  /** 2 for displays with pixels of half the size: twice the pixels on the same ground. */
  readonly pixelRatio: 1 | 2;
}

/**
 * The picture of a tile. The project as a whole stands on its background; a single layer lies over others
 * and is transparent, where its format can be. Throws LayerNotDefined, StyleNotDefined.
 */
export function tileView(
  project: ProjectDescription,
  set: TileMatrixSet,
  bbox: BBox,
  { layer, style, encoding, pixelRatio }: TileOptions,
): MapView {
  const selected = layer === undefined ? undefined : selectLayer(project, layer, style);
  return {
    project: project.id,
    layers: selected ? [selected.layer] : [],
    styles: selected ? [selected.style] : [],
    crs: set.crs,
    bbox,
    width: set.tileSize * pixelRatio,
    height: set.tileSize * pixelRatio,
    encoding,
    transparent: selected !== undefined && canBeTransparent(encoding),
    background: project.background,
    dpi: STANDARD_DPI * pixelRatio,
  };
}
