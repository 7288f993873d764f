import type { FoundFeature } from '../../ogc/map-request.ts';
import type { Binding, Feature, Featureset, MapnikLayer, MapnikMap, ProjTransform } from './binding.ts';
import { pointAt, SMALLEST_SIDE } from './draw.ts';
import { type FeatureInfoMessage, srsOf, type View } from './messages.ts';
import type { OpenProject } from './open-projects.ts';

/** Side of the square of pixels around the one asked for; Mapnik itself looks 3 pixels around a point. */
const WINDOW = SMALLEST_SIDE;
/** Longer texts are cut. */
const MAX_TEXT_LENGTH = 4000;
/** Of GeoJSON text in one answer; larger geometries are left out. */
const MAX_GEOMETRY_LENGTH = 524_288;

/**
 * The areas under a pixel, and the points and lines within 3 pixels of it; those of the topmost layer first.
 * Layers that do not draw at this scale, and rasters, have none.
 */
export async function findFeatures(
  mapnik: Binding,
  project: OpenProject,
  task: FeatureInfoMessage,
): Promise<FoundFeature[]> {
  const map = project.select(task.layers, []);
  pointAt(mapnik, project, map, windowAround(task));
  const scaleDenominator = task.view.scaleDenominator * task.view.scaleFactor;
  const found = new Map<string, FoundFeature>();
  const budget = { characters: MAX_GEOMETRY_LENGTH };
  for (const [index, layer] of [...map.layers().entries()].reverse()) {
    if (!project.drawsAt(layer, scaleDenominator) || layer.datasource?.type !== 'vector') continue;
    const transform = transformTo(mapnik, srsOf(task.geometryCrs), layer);
    for (const feature of await featuresAt(map, index, task.featureCount)) {
      if (found.size >= task.featureCount) return [...found.values()];
      // Parts of one WMS layer often draw the same data twice, fill and label say.
      const key = JSON.stringify([layer.name, feature.id(), feature.attributes()]);
      if (!found.has(key))
        found.set(key, describe(layer, feature, { transform, crs: task.geometryCrs }, budget));
    }
  }
  return [...found.values()];
}

/** A small view of the same resolution, so that no wide view has to be transformed into the layer's CRS. */
function windowAround({ view, i, j }: FeatureInfoMessage): View {
  const [minX, minY, maxX, maxY] = view.bbox;
  const [pixelWidth, pixelHeight] = [(maxX - minX) / view.width, (maxY - minY) / view.height];
  const [x, y] = [minX + (i + 0.5) * pixelWidth, maxY - (j + 0.5) * pixelHeight];
  const [dx, dy] = [(WINDOW / 2) * pixelWidth, (WINDOW / 2) * pixelHeight];
  return { ...view, bbox: [x - dx, y - dy, x + dx, y + dy], width: WINDOW, height: WINDOW };
}

async function featuresAt(map: MapnikMap, layer: number, limit: number): Promise<Feature[]> {
  const features: Feature[] = [];
  for (const featureset of await query(map, layer)) {
    for (let next = featureset.next(); next !== null && features.length < limit; next = featureset.next()) {
      features.push(next);
    }
  }
  return features;
}

function query(map: MapnikMap, layer: number): Promise<Featureset[]> {
  return new Promise((resolve, reject) => {
    map.queryMapPoint(WINDOW / 2, WINDOW / 2, { layer }, (error, answers) => {
      if (error) reject(error);
      else resolve((answers ?? []).map((answer) => answer.featureset));
    });
  });
}

function transformTo(mapnik: Binding, srs: string, layer: MapnikLayer): ProjTransform | undefined {
  if (layer.srs === srs) return undefined;
  return new mapnik.ProjTransform(new mapnik.Projection(layer.srs), new mapnik.Projection(srs));
}

function describe(
  layer: MapnikLayer,
  feature: Feature,
  wanted: { readonly transform: ProjTransform | undefined; readonly crs: string },
  budget: { characters: number },
): FoundFeature {
  const properties = Object.fromEntries(
    Object.entries(feature.attributes()).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.slice(0, MAX_TEXT_LENGTH) : value,
    ]),
  );
  const geometry = geometryOf(feature, wanted.transform);
  const fits = geometry !== '' && geometry.length <= budget.characters;
  if (fits) budget.characters -= geometry.length;
  return {
    layer: layer.name,
    id: String(feature.id()),
    properties,
    ...(fits ? { geometry: JSON.parse(geometry) as unknown, geometryCrs: wanted.crs } : {}),
  };
}

/** GeoJSON text; '' when a coordinate has no place in the CRS. */
function geometryOf(feature: Feature, transform: ProjTransform | undefined): string {
  try {
    const geometry = feature.geometry();
    return transform === undefined ? geometry.toJSONSync() : geometry.toJSONSync({ transform });
  } catch {
    return '';
  }
}
