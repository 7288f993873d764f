import { readFileSync } from 'node:fs';
import test from 'ava';
import type { WmsCapabilitiesInput } from '../../src/ogc/capabilities-parts.ts';
import { writeWmsCapabilities } from '../../src/ogc/wms-capabilities.ts';
import type { WmsVersion } from '../../src/ogc/wms-version.ts';
import { childOf, type ReadElement, readXml, textAt } from '../../src/ogc/xml-read.ts';
import { getMap130, viewOf, wms } from './helpers/read.ts';
import { catalogue, lakes, limits, service } from './helpers/service.ts';

const READ_LIMITS = { maxXmlLength: 1_000_000, maxXmlDepth: 32 };
const URL_131 = 'https://maps.example.org/gis/wms/blue-lake';

function input(version: WmsVersion, changes: Partial<WmsCapabilitiesInput> = {}): WmsCapabilitiesInput {
  return { version, project: lakes, url: URL_131, crs: catalogue, limits, service, ...changes };
}

function read(version: WmsVersion, changes: Partial<WmsCapabilitiesInput> = {}): ReadElement {
  return readXml(writeWmsCapabilities(input(version, changes)).body.replace(/<!DOCTYPE.*>/, ''), READ_LIMITS);
}

function descendants(root: ReadElement, name: string): ReadElement[] {
  return root.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendants(child, name),
  ]);
}

for (const version of ['1.1.1', '1.3.0'] as const) {
  test(`${version}: as it always was, and valid when it was first written`, (t) => {
    const golden = new URL(`fixtures/capabilities-${version}.xml`, import.meta.url);
    t.is(writeWmsCapabilities(input(version)).body, readFileSync(golden, 'utf8'));
  });

  test(`${version}: every address begins with the front door that was used`, (t) => {
    const hrefs = descendants(read(version), 'OnlineResource').map(({ attributes }) =>
      attributes.get('href'),
    );
    t.true(hrefs.length > 6);
    for (const href of hrefs) t.true(href?.startsWith(URL_131), href);
    const gets = descendants(read(version), 'Get').map((get) => childOf(get, 'OnlineResource'));
    for (const get of gets) t.true(get?.attributes.get('href')?.endsWith('?'));
  });

  test(`${version}: every layer can be asked for by its name, in each of its styles`, (t) => {
    for (const layer of descendants(read(version), 'Layer')) {
      const name = textAt(layer, 'Name') ?? '';
      const styles = layer.children
        .filter((child) => child.name === 'Style')
        .map((s) => textAt(s, 'Name') ?? '');
      for (const style of ['', ...styles]) {
        t.notThrows(() => viewOf(getMap130({ LAYERS: name, STYLES: style })));
      }
    }
  });

  test(`${version}: addresses of legends are requests this service understands`, (t) => {
    const legends = descendants(read(version), 'LegendURL');
    t.is(legends.length, 4);
    for (const legend of legends) {
      const href = childOf(legend, 'OnlineResource')?.attributes.get('href') ?? '';
      const request = wms(new URL(href).search.slice(1));
      t.is(request.kind, 'GetLegendGraphic');
      if (request.kind !== 'GetLegendGraphic') return;
      t.is(legend.attributes.get('width'), String(request.query.width));
      t.is(legend.attributes.get('height'), String(request.query.height));
    }
  });
}

test('media types', (t) => {
  t.is(writeWmsCapabilities(input('1.1.1')).contentType, 'application/vnd.ogc.wms_xml');
  t.is(writeWmsCapabilities(input('1.3.0')).contentType, 'text/xml');
});

test('boxes follow the axes of their reference system in 1.3.0 only', (t) => {
  const boxes = (version: WmsVersion, attribute: string) =>
    Object.fromEntries(
      descendants(read(version), 'BoundingBox').map(({ attributes }) => [
        attributes.get(attribute),
        attributes.get('minx'),
      ]),
    );
  const narrow = { ...lakes, layers: [], extents: { ...lakes.extents } };
  t.is(boxes('1.1.1', 'SRS')['EPSG:4326'], '-0.0042');
  t.is(boxes('1.3.0', 'CRS')['EPSG:4326'], '-0.0024');
  t.is(boxes('1.3.0', 'CRS')['CRS:84'], '-0.0042');
  t.is(descendants(read('1.3.0', { project: narrow }), 'BoundingBox').length, 3);
});

test('CRS:84 is a name of 1.3.0 only', (t) => {
  const names = (version: WmsVersion, element: string) =>
    descendants(read(version), element).map(({ text }) => text);
  t.true(names('1.3.0', 'CRS').includes('CRS:84'));
  t.false(names('1.1.1', 'SRS').includes('CRS:84'));
});

test('reference systems that cannot be drawn are not advertised', (t) => {
  const project = { ...lakes, crs: [...lakes.crs, 'EPSG:99999'] };
  const names = descendants(read('1.3.0', { project }), 'CRS').map(({ text }) => text);
  t.deepEqual(names, [...lakes.crs]);
});

test('GetFeatureInfo is offered where there is something to ask', (t) => {
  const project = { ...lakes, layers: lakes.layers.map((layer) => ({ ...layer, queryable: false })) };
  t.is(descendants(read('1.3.0'), 'GetFeatureInfo').length, 1);
  t.is(descendants(read('1.3.0', { project }), 'GetFeatureInfo').length, 0);
});

test('scales: denominators in 1.3.0, metres on a pixel’s diagonal in 1.1.1', (t) => {
  const [roads] = descendants(read('1.3.0'), 'Layer').filter(
    (layer) => textAt(layer, 'Name') === 'Road Segments',
  );
  t.is(roads && textAt(roads, 'MinScaleDenominator'), '1000');
  t.is(roads && textAt(roads, 'MaxScaleDenominator'), '50000');
  const hints = descendants(read('1.1.1'), 'ScaleHint').map(({ attributes }) =>
    Number(attributes.get('max')),
  );
  t.true(Math.abs((hints[0] ?? 0) - 50000 * 0.00028 * Math.SQRT2) < 1e-9);
});

test('a layer that bears the project’s name keeps it; the whole then has none', (t) => {
  const [layer] = lakes.layers;
  if (!layer) throw new Error('no layer');
  const project = { ...lakes, layers: [{ ...layer, name: lakes.id }] };
  const names = descendants(read('1.3.0', { project }), 'Layer').map((found) => textAt(found, 'Name'));
  t.deepEqual(names, [undefined, lakes.id]);
});

test('a service without contact or keywords says nothing of them', (t) => {
  const bare = { ...service, contactPerson: '', contactOrganization: '', contactEmail: '', keywords: [] };
  const document = read('1.3.0', { service: bare });
  t.is(descendants(document, 'ContactInformation').length, 0);
});
