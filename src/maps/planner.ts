import type { EngineIdentity } from '../engines/engine.ts';
import type { FeatureInfoQuery, LegendQuery, MapView } from '../ogc/map-request.ts';
import { metatileOf } from '../ogc/metatile.ts';
import type { ProjectDescription } from '../ogc/project-description.ts';
import type { Drawing } from './drawing.ts';

export interface PlannerOptions {
  /** Tiles along each side of a metatile. */
  readonly metatileSize: number;
  /** Pixels of a metatile without its buffer; larger tiles are drawn in smaller blocks. */
  readonly metatilePixels: number;
  /** Pixels drawn beyond each edge and cut away, so that labels and symbols know their neighbours. */
  readonly bufferPixels: number;
}

/** Which drawing a view is part of, and which part. */
export interface PlannedImage {
  readonly drawing: Drawing;
  readonly part: number;
}

/** What has to be drawn for a view: the metatile around a tile of a regular grid, the very image for any other. */
export function planImage(
  view: MapView,
  project: ProjectDescription,
  engine: EngineIdentity,
  options: PlannerOptions,
): PlannedImage {
  const grid = metatileOf(view, { size: options.metatileSize, maxPixels: options.metatilePixels });
  const layers = view.layers.length > 0 ? view.layers : project.layers.map((layer) => layer.name);
  const drawing: Drawing = {
    projectHash: project.hash,
    engine,
    task: {
      kind: 'image',
      layers,
      styles: layers.map((layer, index) => styleName(project, layer, view.styles[index])),
      crs: view.crs,
      bbox: grid.block,
      columns: grid.columns,
      rows: grid.rows,
      tileWidth: view.width,
      tileHeight: view.height,
      buffer: options.bufferPixels,
      encoding: view.encoding,
      transparent: view.transparent,
      background: view.background,
      dpi: view.dpi,
    },
  };
  return { drawing, part: grid.row * grid.columns + grid.column };
}

export function planFeatureInfo(
  { view, queryLayers, i, j, featureCount, geometryCrs }: FeatureInfoQuery,
  project: ProjectDescription,
  engine: EngineIdentity,
): Drawing {
  const { crs, bbox, width, height, dpi } = view;
  return {
    projectHash: project.hash,
    engine,
    task: {
      kind: 'features',
      layers: queryLayers,
      crs,
      bbox,
      width,
      height,
      i,
      j,
      featureCount,
      dpi,
      ...(geometryCrs !== crs && { geometryCrs }),
    },
  };
}

export function planLegend(query: LegendQuery, project: ProjectDescription, engine: EngineIdentity): Drawing {
  const { project: _id, ...legend } = query;
  return {
    projectHash: project.hash,
    engine,
    task: { kind: 'legend', ...legend, style: styleName(project, query.layer, query.style) },
  };
}

/** The name of a layer's style; its first one when the client leaves it open. */
function styleName(project: ProjectDescription, layerName: string, style: string | undefined): string {
  if (style) return style;
  return project.layers.find((layer) => layer.name === layerName)?.styles[0]?.name ?? '';
}
