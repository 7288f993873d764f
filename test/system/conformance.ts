/*
 * What the OGC's test suite for WMS 1.3.0 (ets-wms13) asserts, over its Blue Lake data. The names of the tests
 * are its own.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { childOf, type ReadElement, readXml, textAt } from '../../src/ogc/xml-read.ts';
import { decode, type Picture } from '../engines/helpers/pictures.ts';
import { BLUE_LAKE, blueLakeFiles } from './helpers/blue-lake.ts';
import { MapFolders } from './helpers/map-folders.ts';
import { type PeerProcess, startMesh, until } from './helpers/peer-process.ts';

let peers: PeerProcess[] = [];
let maps: MapFolders;
let service = '';
let capabilities: ReadElement;

test.before(async () => {
  maps = await MapFolders.create();
  await maps.write('blue-lake', await blueLakeFiles());
  // Of two, so that some of the pictures are drawn by the other one.
  peers = await startMesh(2, { args: ['--projects', maps.root] });
  service = `${peers[0]?.url}/wms/blue-lake`;
  await until(async () => (await ask({ REQUEST: 'GetCapabilities' })).status === 200, 'the service');
  capabilities = readXml((await ask({ REQUEST: 'GetCapabilities' })).text, LIMITS);
});

test.after.always(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  await maps?.remove();
});

const LIMITS = { maxXmlLength: 1_000_000, maxXmlDepth: 32 };

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  readonly text: string;
}

/** Parameters over those of a good request; null leaves one out. */
type Changes = Readonly<Record<string, string | number | null>>;

async function ask(parameters: Changes): Promise<Answer> {
  const all = { SERVICE: 'WMS', VERSION: '1.3.0', ...parameters };
  const query = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${oddCase(name)}=${encodeURIComponent(String(value))}`);
  const response = await fetch(`${service}?${query.join('&')}`);
  const body = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body, text: body.toString('utf8') };
}

/** Names are case-insensitive; the suite writes `LaYeRs`. */
function oddCase(name: string): string {
  return [...name].map((letter, i) => (i % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase())).join('');
}

const MAP: Changes = {
  REQUEST: 'GetMap',
  LAYERS: 'Lakes',
  STYLES: '',
  CRS: 'CRS:84',
  BBOX: '0,-0.0020,0.0040,0',
  WIDTH: 200,
  HEIGHT: 100,
  FORMAT: 'image/png',
};

async function draw(t: ExecutionContext, changes: Changes = {}): Promise<Picture> {
  const { status, type, body, text } = await ask({ ...MAP, ...changes });
  const wanted = { ...MAP, ...changes };
  t.is(status, 200, text.slice(0, 500));
  t.is(type, String(wanted.FORMAT));
  const picture = decode(body);
  t.is(picture.width, Number(wanted.WIDTH));
  t.is(picture.height, Number(wanted.HEIGHT));
  return picture;
}

async function refused(t: ExecutionContext, changes: Changes, code: string): Promise<void> {
  const { status, type, text } = await ask({ ...MAP, ...changes });
  t.true(status >= 400 && status < 500, `${status}`);
  t.regex(type, /^text\/xml/);
  const report = readXml(text, LIMITS);
  t.is(report.name, 'ServiceExceptionReport');
  t.is(childOf(report, 'ServiceException')?.attributes.get('code'), code, text);
}

/** How many pixels of a window have a colour `#rrggbb`. */
function count(picture: Picture, colour: string, [x, y, width, height]: readonly number[]): number {
  let found = 0;
  for (let row = y as number; row < (y as number) + (height as number); row += 1) {
    for (let column = x as number; column < (x as number) + (width as number); column += 1) {
      const [red, green, blue] = picture.at(column, row);
      if (`#${Buffer.from([red, green, blue]).toString('hex')}` === colour) found += 1;
    }
  }
  return found;
}

function whole({ width, height }: Picture): number[] {
  return [0, 0, width, height];
}

function namedLayers(within: ReadElement = capabilities): ReadElement[] {
  return within.children.flatMap((child) => {
    if (child.name !== 'Layer') return child.name === 'Capability' ? namedLayers(child) : [];
    return childOf(child, 'Name') ? [child, ...namedLayers(child)] : namedLayers(child);
  });
}

function root(): ReadElement {
  return childOf(childOf(capabilities, 'Capability') as ReadElement, 'Layer') as ReadElement;
}

function valuesOf(parent: ReadElement | undefined, name: string): string[] {
  return (parent?.children ?? []).filter((child) => child.name === name).map(({ text }) => text);
}

function formatsOf(operation: string): string[] {
  const request = childOf(childOf(capabilities, 'Capability') as ReadElement, 'Request') as ReadElement;
  return valuesOf(childOf(request, operation), 'Format');
}

// basic_elements.xml

for (const [asked, given] of [
  [null, '1.3.0'],
  ['1.3.0', '1.3.0'],
  ['100.0.0', '1.3.0'],
  ['1.1.1', '1.1.1'],
  ['0.0.0', '1.1.1'],
] as const) {
  test(`version-negotiation: ${asked} gets ${given}`, async (t) => {
    const { text } = await ask({ REQUEST: 'GetCapabilities', VERSION: asked });
    t.regex(text, new RegExp(`<WM(?:S|T_MS)_Capabilities[^>]*\\bversion="${given}"`));
  });
}

test('extra parameters are passed over', async (t) => {
  t.is((await ask({ REQUEST: 'GetCapabilities', XYZ: 'a' })).status, 200);
  await draw(t, { XYZ: 'a&b' });
  t.is((await ask({ ...INFO, XYZ: 'a' })).status, 200);
});

test('escaped-chars: every character of a value may be escaped', async (t) => {
  const { body } = await ask(MAP);
  const escaped = [...'Lakes'].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  const query = `VERSION=1.3.0&REQUEST=GetMap&LAYERS=${escaped}&STYLES=&CRS=CRS%3a84&BBOX=${MAP.BBOX}&WIDTH=200&HEIGHT=100&FORMAT=image%2fpng`;
  const response = await fetch(`${service}?${query}`);
  t.deepEqual(Buffer.from(await response.arrayBuffer()), body);
});

// getcapabilities.xml

test('no-format, invalid-format: capabilities are text/xml', async (t) => {
  for (const FORMAT of [null, 'text/xml', 'image/nix', 'application/nix']) {
    const { status, type } = await ask({ REQUEST: 'GetCapabilities', FORMAT });
    t.is(status, 200);
    t.regex(type, /^text\/xml/);
  }
});

test('updatesequence-current', async (t) => {
  const current = capabilities.attributes.get('updateSequence') as string;
  await refused(t, { REQUEST: 'GetCapabilities', UPDATESEQUENCE: current }, 'CurrentUpdateSequence');
});

test('capability-onlineresource: addresses of GET are URL prefixes', async (t) => {
  const { text } = await ask({ REQUEST: 'GetCapabilities' });
  const prefixes = [...text.matchAll(/<Get>\s*<OnlineResource[^>]*xlink:href="([^"]*)"/g)];
  t.true(prefixes.length >= 3);
  for (const [, prefix] of prefixes) t.regex(prefix as string, /[?&]$/);
});

test('formats and exceptions: what must be advertised is', (t) => {
  t.true(formatsOf('GetCapabilities').includes('text/xml'));
  t.true(formatsOf('GetMap').includes('image/png'));
  const exceptions = childOf(childOf(capabilities, 'Capability') as ReadElement, 'Exception');
  t.is(valuesOf(exceptions, 'Format')[0], 'XML');
  t.true(valuesOf(exceptions, 'Format').includes('INIMAGE'));
  t.true(valuesOf(exceptions, 'Format').includes('BLANK'));
});

test('layers: names, CRSs, bounding boxes, styles', (t) => {
  const crs = new Set(valuesOf(root(), 'CRS'));
  t.true(crs.has('CRS:84') && crs.has('EPSG:4326'));
  t.is(namedLayers().length, Object.keys(BLUE_LAKE).length + 1);
  for (const layer of namedLayers()) {
    const boxes = layer.children.filter(({ name }) => name === 'BoundingBox');
    const declared = boxes.map(({ attributes }) => attributes.get('CRS') ?? '');
    t.true(declared.length > 0);
    t.is(new Set(declared).size, declared.length, 'bbox-distinct-crs');
    const own = new Set([...crs, ...valuesOf(layer, 'CRS')]);
    t.true(
      declared.every((one) => own.has(one)),
      'bbox-crs-advertised',
    );
    for (const { attributes } of boxes) {
      t.true(Number(attributes.get('minx')) < Number(attributes.get('maxx')));
      t.true(Number(attributes.get('miny')) < Number(attributes.get('maxy')));
    }
    const geographic = childOf(layer, 'EX_GeographicBoundingBox') as ReadElement;
    t.true(
      Number(textAt(geographic, 'westBoundLongitude')) < Number(textAt(geographic, 'eastBoundLongitude')),
    );
    t.true(
      Number(textAt(geographic, 'southBoundLatitude')) < Number(textAt(geographic, 'northBoundLatitude')),
    );
    t.true(valuesOf(layer, 'CRS').every((one) => !/^AUTO2:.*,/.test(one)));
  }
});

test('layer-extents: the boxes of EPSG:4326 have latitude first, those of CRS:84 longitude', (t) => {
  const lakes = namedLayers().find((layer) => textAt(layer, 'Name') === 'Lakes') as ReadElement;
  const box = (crs: string) => {
    const found = lakes.children.find(({ attributes }) => attributes.get('CRS') === crs) as ReadElement;
    return ['minx', 'miny', 'maxx', 'maxy'].map((name) => Number(found.attributes.get(name)).toFixed(4));
  };
  t.deepEqual(box('CRS:84'), ['0.0006', '-0.0018', '0.0031', '-0.0001']);
  t.deepEqual(box('EPSG:4326'), ['-0.0018', '0.0006', '-0.0001', '0.0031']);
});

test('style-legendurls: legends have the format and the size that is advertised', async (t) => {
  const { text } = await ask({ REQUEST: 'GetCapabilities' });
  const legends = [
    ...text.matchAll(
      /<LegendURL width="(\d+)" height="(\d+)">\s*<Format>([^<]+)<\/Format>\s*<OnlineResource[^>]*xlink:href="([^"]*)"/g,
    ),
  ];
  t.is(legends.length, Object.keys(BLUE_LAKE).length);
  for (const [, width, height, format, address = ''] of legends) {
    const response = await fetch(address.replaceAll('&amp;', '&'));
    t.is(response.headers.get('content-type'), format as string);
    const picture = decode(new Uint8Array(await response.arrayBuffer()));
    t.deepEqual([picture.width, picture.height], [Number(width), Number(height)]);
  }
});

// getmap.xml

test('each-format: images are what was asked for', async (t) => {
  for (const FORMAT of formatsOf('GetMap')) {
    const { status, type, body } = await ask({ ...MAP, FORMAT });
    t.is(status, 200);
    t.is(type, FORMAT);
    t.is(decode(body).width, 200);
  }
});

test('each-layer-crs-combination: every advertised CRS draws every layer', async (t) => {
  for (const crs of valuesOf(root(), 'CRS')) {
    for (const layer of namedLayers()) {
      const [own, inherited] = [layer, root()].map(({ children }) =>
        children.find(({ name, attributes }) => name === 'BoundingBox' && attributes.get('CRS') === crs),
      );
      const BBOX = ['minx', 'miny', 'maxx', 'maxy']
        .map((side) => (own ?? inherited)?.attributes.get(side))
        .join();
      const LAYERS = textAt(layer, 'Name') as string;
      const picture = await draw(t, { CRS: crs, BBOX, LAYERS, WIDTH: 60, HEIGHT: 40 });
      // In the box of the whole map a small layer may be less than a pixel.
      if (own) t.true(count(picture, '#ffffff', whole(picture)) < 2400, `${LAYERS} in ${crs} is empty`);
    }
  }
});

for (const [name, changes, code] of [
  ['bbox-minx-eq-maxx', { BBOX: '0,0,0,1' }, 'InvalidBBOX'],
  ['bbox-minx-gt-maxx', { BBOX: '1,0,0,1' }, 'InvalidBBOX'],
  ['bbox-miny-gt-maxy', { BBOX: '0,1,1,0' }, 'InvalidBBOX'],
  ['invalid-crs', { CRS: 'EPSG:nix' }, 'InvalidCRS'],
  ['invalid-format', { FORMAT: 'image/nix' }, 'InvalidFormat'],
  ['invalid-layer', { LAYERS: 'nix' }, 'LayerNotDefined'],
  ['first-layer-invalid', { LAYERS: 'nix,Lakes' }, 'LayerNotDefined'],
  ['second-layer-invalid', { LAYERS: 'Lakes,nix' }, 'LayerNotDefined'],
  ['invalid-style', { STYLES: 'nix' }, 'StyleNotDefined'],
  ['first-style-invalid', { LAYERS: 'Lakes,Ponds', STYLES: 'nix,' }, 'StyleNotDefined'],
  ['second-style-invalid', { LAYERS: 'Lakes,Ponds', STYLES: ',nix' }, 'StyleNotDefined'],
  ['exceptions-default', { LAYERS: 'nix', EXCEPTIONS: null }, 'LayerNotDefined'],
  ['exceptions-xml', { LAYERS: 'nix', EXCEPTIONS: 'XML' }, 'LayerNotDefined'],
  ['unknown request', { REQUEST: 'GetNix' }, 'OperationNotSupported'],
  ['no-version', { VERSION: null }, 'MissingParameterValue'],
] as const) {
  test(`${name}: ${code}`, (t) => refused(t, changes, code));
}

test('exceptions-inimage-mime, exceptions-blank-mime: in the format that was asked for', async (t) => {
  for (const FORMAT of ['image/png', 'image/jpeg', 'image/webp']) {
    for (const EXCEPTIONS of ['INIMAGE', 'BLANK']) {
      const { type, body } = await ask({ ...MAP, LAYERS: 'nix', FORMAT, EXCEPTIONS });
      t.is(type, FORMAT);
      t.deepEqual([decode(body).width, decode(body).height], [200, 100]);
    }
  }
});

test('exceptions-blank-red, exceptions-blank-transparent', async (t) => {
  const wrong = { ...MAP, LAYERS: 'nix', EXCEPTIONS: 'BLANK' };
  const red = decode((await ask({ ...wrong, TRANSPARENT: 'FALSE', BGCOLOR: '0xFF0000' })).body);
  t.is(count(red, '#ff0000', whole(red)), 20_000);
  const clear = decode((await ask({ ...wrong, TRANSPARENT: 'TRUE' })).body);
  for (let at = 3; at < clear.pixels.length; at += 4) if (clear.pixels[at] !== 0) t.fail('a visible pixel');
});

test('interactive:exceptions-inimage: the message is in the picture', async (t) => {
  const told = decode((await ask({ ...MAP, LAYERS: 'nix', EXCEPTIONS: 'INIMAGE' })).body);
  const ground = count(told, '#ffffff', whole(told));
  t.true(ground > 5_000 && ground < 19_900, `${ground}`);
});

test('bbox-outside, bbox-outside-crs: empty content', async (t) => {
  for (const BBOX of ['50,50,60,60', '-10,90,10,110', '200,0,220,10']) {
    const picture = await draw(t, { BBOX });
    t.is(count(picture, '#ffffff', whole(picture)), 20_000, BBOX);
  }
});

test('bbox-exponential, large-size, small-size, two-layers, three-layers', async (t) => {
  const plain = await draw(t, { BBOX: '-0.005,-0.0025,0.005,0.0025', WIDTH: 400, HEIGHT: 200 });
  const exponential = await draw(t, { BBOX: '-5e-3,-2.5E-03,5.0e-3,25e-4', WIDTH: 400, HEIGHT: 200 });
  t.deepEqual(exponential.pixels, plain.pixels);
  await draw(t, { WIDTH: 1024, HEIGHT: 768 });
  await draw(t, { WIDTH: 8, HEIGHT: 5 });
  await draw(t, { LAYERS: 'Lakes,Ponds' });
  await draw(t, { LAYERS: 'Lakes,Ponds,Forests' });
});

test('styles: the default by an empty value, by commas, by its name', async (t) => {
  const LAYERS = 'Lakes,Ponds,Forests';
  const expected = await draw(t, { LAYERS });
  for (const STYLES of [',,', 'default,default,default', 'default,,']) {
    t.deepEqual((await draw(t, { LAYERS, STYLES })).pixels, expected.pixels, STYLES);
  }
});

test('transparent-default, transparent-false: no transparent pixel', async (t) => {
  for (const TRANSPARENT of [null, 'FALSE']) {
    const { pixels } = await draw(t, { TRANSPARENT });
    for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 255) t.fail('a transparent pixel');
  }
});

test('layerlimit: as many layers as advertised', async (t) => {
  const limit = Number(textAt(childOf(capabilities, 'Service') as ReadElement, 'LayerLimit'));
  await draw(t, { LAYERS: Array<string>(limit).fill('Lakes').join() });
});

// basic.xml

test('bbox-pixel-interpretation: the box goes around the outside of the pixels', async (t) => {
  const picture = await draw(t, { BBOX: '0.0016,-0.0012,0.0026,-0.0005', WIDTH: 10, HEIGHT: 7 });
  for (const window of [
    [0, 0, 10, 1],
    [0, 6, 10, 1],
    [0, 1, 1, 5],
    [9, 1, 1, 5],
  ]) {
    t.is(count(picture, '#ffffff', window), 0);
  }
  // Goose Island, in the middle, is no lake.
  t.is(count(picture, '#ffffff', [1, 1, 8, 5]), 40);
});

for (const [name, BGCOLOR, colour] of [
  ['no-bgcolor', null, '#ffffff'],
  ['blue-bgcolor', '0x0000FF', '#0000ff'],
] as const) {
  test(`${name}: what no feature covers is ${colour}`, async (t) => {
    const picture = await draw(t, { BGCOLOR });
    t.is(count(picture, colour, [0, 0, 25, 100]), 2500);
    t.is(count(picture, colour, [150, 0, 50, 50]), 2500);
  });
}

test('transparent-true: what no feature covers is transparent', async (t) => {
  const picture = await draw(t, { TRANSPARENT: 'TRUE' });
  t.is(picture.at(2, 50)[3], 0);
  t.is(picture.at(100, 75)[3], 255);
});

test('basic-polygons-sanity-check: the diamond', async (t) => {
  const picture = await draw(t, { LAYERS: 'BasicPolygons', BBOX: '-2,-2,2,6', WIDTH: 100, HEIGHT: 200 });
  const at = (x: number, y: number) =>
    count(picture, '#ff8000', [Math.round((x + 2) * 25), Math.round((6 - y) * 25), 1, 1]) === 1;
  for (const [x, y] of [
    [0, 0],
    [0.8, 0],
    [0, 0.8],
    [0, -0.8],
    [-1.6, 5.6],
    [1.6, 2.4],
    [0, 4],
  ] as const) {
    t.true(at(x, y), `${x},${y} is within`);
  }
  for (const [x, y] of [
    [0.8, 0.8],
    [-0.8, 0.8],
    [0.8, -0.8],
    [-1.6, 2.4],
    [1.6, 5.6],
  ] as const) {
    t.false(at(x, y), `${x},${y} is without`);
  }
});

test('layer-order: the leftmost is drawn bottommost', async (t) => {
  const window = { BBOX: '-0.0042,-0.0024,0.0042,0.0024', WIDTH: 168, HEIGHT: 96 };
  const { Forests, Lakes, NamedPlaces } = BLUE_LAKE;
  const above = await draw(t, { ...window, LAYERS: 'Forests,Lakes,NamedPlaces' });
  t.true(count(above, Lakes.colour, whole(above)) > 100);
  t.true(count(above, NamedPlaces.colour, whole(above)) > 100);
  const below = await draw(t, { ...window, LAYERS: 'NamedPlaces,Lakes,Forests' });
  t.is(count(below, Lakes.colour, whole(below)), 0);
  t.true(count(below, Forests.colour, whole(below)) > count(above, Forests.colour, whole(above)));
});

test('aspect-ratio: the map is stretched', async (t) => {
  const window = { BBOX: '-0.0042,-0.0024,0.0042,0.0024', LAYERS: 'Lakes' };
  const plain = await draw(t, { ...window, WIDTH: 168, HEIGHT: 96 });
  const stretched = await draw(t, { ...window, WIDTH: 168, HEIGHT: 384 });
  const share = (picture: Picture) =>
    count(picture, BLUE_LAKE.Lakes.colour, whole(picture)) / (picture.width * picture.height);
  t.true(Math.abs(share(plain) - share(stretched)) < 0.01, `${share(plain)} and ${share(stretched)}`);
});

// getfeatureinfo.xml, queryable.xml

const INFO: Changes = {
  ...MAP,
  REQUEST: 'GetFeatureInfo',
  QUERY_LAYERS: 'Lakes',
  INFO_FORMAT: 'text/plain',
  I: 100,
  J: 75,
};

test('each-info_format: answers are what was asked for, and tell of Blue Lake', async (t) => {
  t.true(formatsOf('GetFeatureInfo').length >= 4);
  for (const INFO_FORMAT of formatsOf('GetFeatureInfo')) {
    const { status, type, text } = await ask({ ...INFO, INFO_FORMAT });
    t.is(status, 200, text);
    t.true(type.startsWith(INFO_FORMAT), `${type} for ${INFO_FORMAT}`);
    t.regex(text, /Blue Lake/);
  }
});

for (const [name, changes, code] of [
  ['invalid-info_format', { INFO_FORMAT: 'text/nix' }, 'InvalidFormat'],
  ['invalid-i', { I: 200 }, 'InvalidPoint'],
  ['invalid-i', { I: -1 }, 'InvalidPoint'],
  ['invalid-j', { J: 100 }, 'InvalidPoint'],
  ['invalid-query_layers', { QUERY_LAYERS: 'nix' }, 'LayerNotDefined'],
] as const) {
  test(`getfeatureinfo ${name} ${JSON.stringify(changes)}: ${code}`, (t) =>
    refused(t, { ...INFO, ...changes }, code));
}

test('two-query_layers, three-query_layers, less-query_layers', async (t) => {
  const LAYERS = 'Forests,Lakes,Ponds';
  for (const QUERY_LAYERS of ['Lakes', 'Forests,Lakes', 'Forests,Lakes,Ponds']) {
    t.is((await ask({ ...INFO, LAYERS, QUERY_LAYERS })).status, 200);
  }
});

test('feature_count-default, feature_count-1: less is told than with 2', async (t) => {
  const overlap = { LAYERS: 'BasicPolygons', QUERY_LAYERS: 'BasicPolygons', BBOX: '-2,2,2,6', I: 100, J: 50 };
  const length = async (FEATURE_COUNT: number | null) =>
    (await ask({ ...INFO, ...overlap, FEATURE_COUNT })).text.length;
  t.is(await length(null), await length(1));
  t.true((await length(2)) > (await length(1)));
});

test('answers in GML are well-formed', async (t) => {
  const gml = formatsOf('GetFeatureInfo').find((format) => /gml/.test(format)) as string;
  const { text } = await ask({ ...INFO, INFO_FORMAT: gml });
  const run = promisify(execFile)('xmllint', ['--nonet', '--noout', '-']);
  run.child.stdin?.end(text);
  await t.notThrowsAsync(run);
});
