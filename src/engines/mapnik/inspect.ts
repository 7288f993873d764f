import type { BBox } from '../../ogc/map-request.ts';
import type { Inspection } from '../engine.ts';
import type { Binding, MapnikLayer } from './binding.ts';
import { openProject } from './open-projects.ts';
import { type StyleSheet, scaleRange } from './style-sheet.ts';
import { intersection, transformBox } from './transform.ts';

const WORLD: BBox = [-180, -90, 180, 90];
/** Mapnik's largest scale denominator stands for "no limit". */
const UNLIMITED = 1e20;

/** Reads what a project file says about its layers. */
export async function inspect(mapnik: Binding, file: string): Promise<Inspection> {
  const project = await openProject(mapnik, file);
  const sheet = project.styleSheet;
  const names = [...new Set(project.layers.map((layer) => layer.name))];
  return {
    ...(project.background === undefined ? {} : { background: project.background }),
    layers: names.map((name) =>
      describe(
        mapnik,
        sheet,
        name,
        project.layers.filter((layer) => layer.name === name),
      ),
    ),
  };
}

function describe(
  mapnik: Binding,
  sheet: StyleSheet,
  name: string,
  parts: readonly MapnikLayer[],
): Inspection['layers'][number] {
  const ranges = parts.map((layer) => scaleRange(sheet, layer));
  const min = Math.min(...ranges.map((range) => range.min));
  const max = Math.max(...ranges.map((range) => range.max));
  return {
    name,
    extent: union(parts.map((layer) => lonLatExtent(mapnik, layer))),
    queryable: parts.some((layer) => layer.datasource?.type === 'vector'),
    ...(min > 0 ? { minScaleDenominator: min } : {}),
    ...(max < UNLIMITED ? { maxScaleDenominator: max } : {}),
  };
}

/** The whole world where the data or its CRS give no sensible answer: too large is harmless. */
function lonLatExtent(mapnik: Binding, layer: MapnikLayer): BBox {
  const extent = layer.datasource?.extent();
  if (
    extent === undefined ||
    !extent.every(Number.isFinite) ||
    extent[0] > extent[2] ||
    extent[1] > extent[3]
  ) {
    return WORLD;
  }
  const box = transformBox(mapnik, layer.srs, 'OGC:CRS84', extent);
  const clipped = box === undefined ? undefined : intersection(box, WORLD);
  return clipped ?? WORLD;
}

function union(boxes: readonly BBox[]): BBox {
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}
