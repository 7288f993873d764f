import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BBox } from '../../../src/ogc/map-request.ts';
import type { ProjectBundle } from '../../../src/projects/project.ts';

export interface TestFolder {
  readonly path: string;
  remove(): void;
}

export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'gismesh-engines-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A frozen project of one Mapnik XML and its data files, with as much of a description as engines look at. */
export function makeBundle(
  folder: TestFolder,
  hash: string,
  xml: string,
  files: Record<string, string | Buffer> = {},
  extent: BBox = [-180, -85, 180, 85],
): ProjectBundle {
  const path = mkdtempSync(join(folder.path, 'project-'));
  writeFileSync(join(path, 'project.xml'), xml);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return {
    folder: path,
    file: join(path, 'project.xml'),
    description: {
      id: 'test',
      hash,
      engine: 'mapnik',
      title: 'Test',
      abstract: '',
      keywords: [],
      attribution: '',
      extent,
      extents: {},
      background: '#ffffff',
      crs: ['EPSG:3857'],
      layers: [],
    },
  };
}

/** A red square from 10 to 20 degrees east and 40 to 50 degrees north, named, on blue. */
export const SQUARE: BBox = [10, 40, 20, 50];

export const squareGeoJson = featureCollection([
  { properties: { name: 'Square', population: 1200 }, geometry: polygonOf(SQUARE) },
]);

export const squareXml = `<Map srs="epsg:3857" background-color="#0000ff">
  <Style name="fill"><Rule name="Land"><PolygonSymbolizer fill="#ff0000" gamma="0"/></Rule></Style>
  <Style name="other"><Rule><PolygonSymbolizer fill="#00ff00" gamma="0"/></Rule></Style>
  ${layerXml('square', 'fill', 'square.geojson')}
</Map>`;

export function layerXml(name: string, style: string, file: string, attributes = ''): string {
  return `<Layer name="${name}" srs="epsg:4326" ${attributes}>
    <StyleName>${style}</StyleName>
    <Datasource>
      <Parameter name="type">${file.endsWith('.shp') ? 'shape' : 'geojson'}</Parameter>
      <Parameter name="file">${file}</Parameter>
    </Datasource>
  </Layer>`;
}

export function polygonOf([minX, minY, maxX, maxY]: BBox): object {
  const ring = [
    [minX, minY],
    [maxX, minY],
    [maxX, maxY],
    [minX, maxY],
    [minX, minY],
  ];
  return { type: 'Polygon', coordinates: [ring] };
}

export function featureCollection(features: ReadonlyArray<{ properties: object; geometry: object }>): string {
  return JSON.stringify({
    type: 'FeatureCollection',
    features: features.map((feature) => ({ type: 'Feature', ...feature })),
  });
}

/**
 * A project that takes minutes: the whole picture blurred over and over. Its cost grows with the picture, so that
 * a small one, as preloading draws it, is quick.
 */
export const heavyXml = `<Map srs="epsg:3857" background-color="#ffffff">
  <Style name="slow" image-filters="${Array.from({ length: 400 }, () => 'agg-stack-blur(90,90)').join(' ')}">
    <Rule><PolygonSymbolizer fill="#ff0000"/></Rule>
  </Style>
  ${layerXml('slow', 'slow', 'square.geojson')}
</Map>`;
