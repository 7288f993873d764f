import { readFileSync } from 'node:fs';
import test from 'ava';
import { writeWmtsCapabilities } from '../../src/ogc/wmts-capabilities.ts';
import { readWmtsPath } from '../../src/ogc/wmts-request.ts';
import { wmtsSections } from '../../src/ogc/wmts-sections.ts';
import { type ReadElement, readXml, textAt } from '../../src/ogc/xml-read.ts';
import { context, lakes, limits, service } from './helpers/service.ts';

const READ_LIMITS = { maxXmlLength: 1_000_000, maxXmlDepth: 32 };
const BASE = 'https://maps.example.org/gis/wmts';

const INPUT = { project: lakes, url: `${BASE}/blue-lake`, limits, service, sections: wmtsSections };

function descendants(root: ReadElement, name: string): ReadElement[] {
  return root.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendants(child, name),
  ]);
}

test('as it always was, and valid when it was first written', (t) => {
  const { body, contentType } = writeWmtsCapabilities({ ...INPUT, limits: { ...limits, maxZoom: 2 } });
  t.is(contentType, 'application/xml');
  t.is(body, readFileSync(new URL('fixtures/capabilities-wmts.xml', import.meta.url), 'utf8'));
});

test('each level of each set is there', (t) => {
  const root = readXml(writeWmtsCapabilities(INPUT).body, READ_LIMITS);
  t.is(descendants(root, 'TileMatrix').length, 2 * (limits.maxZoom + 1));
});

test('the templates lead to what they say', (t) => {
  const root = readXml(writeWmtsCapabilities(INPUT).body, READ_LIMITS);
  const layers = descendants(root, 'Layer');
  t.deepEqual(
    layers.map((layer) => textAt(layer, 'Identifier')),
    ['blue-lake', 'Lakes', 'Road Segments', 'Terrain'],
  );
  for (const layer of layers) {
    for (const { attributes } of descendants(layer, 'ResourceURL')) {
      const values: Record<string, string> = { Style: 'default', TileMatrixSet: 'WorldCRS84Quad' };
      const url = (attributes.get('template') ?? '').replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '0');
      const request = readWmtsPath(url.slice(BASE.length + 1), context);
      t.is(request.kind, attributes.get('resourceType') === 'tile' ? 'GetTile' : 'GetFeatureInfo');
    }
  }
});

test('only the sections asked for', (t) => {
  const names = (sections: ('Contents' | 'Themes')[]) =>
    readXml(writeWmtsCapabilities({ ...INPUT, sections }).body, READ_LIMITS).children.map(({ name }) => name);
  t.deepEqual(names(['Contents']), ['Contents', 'ServiceMetadataURL']);
  t.deepEqual(names([]), []);
});
