import { access, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { layerXml } from '../../engines/helpers/projects.ts';

const data = path.resolve(import.meta.dirname, '../../../../shared/data/blue-lake');

/** Layers of the OGC's Blue Lake data, bottom first, and how they are drawn: one colour each, sharp edges. */
export const BLUE_LAKE = {
  MapNeatline: { colour: '#808080', kind: 'line' },
  Forests: { colour: '#007f00', kind: 'polygon' },
  Lakes: { colour: '#4040ff', kind: 'polygon' },
  Ponds: { colour: '#8080ff', kind: 'polygon' },
  Streams: { colour: '#0000c0', kind: 'line' },
  NamedPlaces: { colour: '#ffc000', kind: 'polygon' },
  DividedRoutes: { colour: '#c00000', kind: 'line' },
  RoadSegments: { colour: '#c04000', kind: 'line' },
  Bridges: { colour: '#400040', kind: 'point' },
  Buildings: { colour: '#404040', kind: 'polygon' },
  Autos: { colour: '#ff00ff', kind: 'point' },
  BasicPolygons: { colour: '#ff8000', kind: 'polygon' },
} as const;

function symbolizer(kind: string, colour: string): string {
  if (kind === 'polygon') return `<PolygonSymbolizer fill="${colour}" gamma="0"/>`;
  if (kind === 'line') return `<LineSymbolizer stroke="${colour}" rasterizer="fast"/>`;
  return `<MarkersSymbolizer fill="${colour}" width="4" height="4" allow-overlap="true"/>`;
}

/** The files of a project that serves them. */
export async function blueLakeFiles(): Promise<Record<string, string | Uint8Array>> {
  await access(data).catch((cause) => {
    throw new Error(`the OGC's Blue Lake data is not at ${data}: conformance is judged by it`, { cause });
  });
  const layers = Object.entries(BLUE_LAKE);
  const styles = layers.map(
    ([name, { colour, kind }]) => `<Style name="${name}"><Rule>${symbolizer(kind, colour)}</Rule></Style>`,
  );
  const files: Record<string, string | Uint8Array> = {
    'project.xml': `<Map srs="epsg:4326" background-color="#ffffff">
      ${styles.join('\n')}
      ${layers.map(([name]) => layerXml(name, name, `${name}.shp`)).join('\n')}
    </Map>`,
  };
  for (const name of await readdir(data)) {
    if (/\.(shp|shx|dbf|prj)$/.test(name)) files[name] = await readFile(path.join(data, name));
  }
  return files;
}
