import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { type PeerProcess, startMesh } from './helpers/peer-process.ts';

/** In the test's own folder, where GDAL puts its cache. */
const execute = (program: string, words: readonly string[], options: { timeout?: number } = {}) =>
  promisify(execFile)(program, words, { timeout: 120_000, cwd: folder, ...options });
const here = import.meta.dirname;

let peers: PeerProcess[] = [];
let folder = '';

test.before(async () => {
  peers = await startMesh(2);
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-clients-'));
});

test.after.always(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  await rm(folder, { recursive: true, force: true });
});

function url(): string {
  return (peers[0] as PeerProcess).url;
}

test.serial('OWSLib reads, draws and asks in 1.1.1 and 1.3.0', async (t) => {
  const script = path.join(here, 'clients/owslib_wms.py');
  const { stdout } = await execute('/usr/bin/python3', [script, `${url()}/wms`], { timeout: 120_000 });
  t.regex(stdout, /done\n$/);
  t.is(stdout.match(/^getmap /gm)?.length, 4);
  t.is(stdout.match(/^getfeatureinfo /gm)?.length, 4);
  t.is(stdout.match(/^exception /gm)?.length, 4);
});

test.serial('QGIS draws by WMS, WMTS and XYZ, and identifies features', async (t) => {
  const script = path.join(here, 'clients/qgis_maps.py');
  const { stdout } = await execute('/usr/bin/python3', [script, url()], { timeout: 240_000 });
  t.regex(stdout, /done\n$/);
  t.is(stdout.match(/^drawn /gm)?.length, 10);
  t.is(stdout.match(/^identified /gm)?.length, 3);
});

/** Mean and spread of the colours that gdalinfo computes; a blank picture has no spread. */
async function statistics(file: string): Promise<number[]> {
  const { stdout } = await execute('gdalinfo', ['-stats', '-json', file], { timeout: 60_000 });
  const { bands } = JSON.parse(stdout) as { bands: Array<{ stdDev?: number }> };
  return bands.map(({ stdDev }) => stdDev ?? 0);
}

for (const [version, bbox] of [
  ['1.1.1', { minx: -20, miny: 30, maxx: 40, maxy: 70 }],
  ['1.3.0', { minx: -20, miny: 30, maxx: 40, maxy: 70 }],
] as const) {
  test.serial(`GDAL's WMS driver draws in ${version}`, async (t) => {
    const description = path.join(folder, `wms-${version}.xml`);
    await writeFile(
      description,
      `<GDAL_WMS>
        <Service name="WMS">
          <Version>${version}</Version>
          <ServerUrl>${url()}/wms/world?</ServerUrl>
          ${version === '1.3.0' ? '<CRS>EPSG:4326</CRS><BBoxOrder>yxYX</BBoxOrder>' : '<SRS>EPSG:4326</SRS>'}
          <ImageFormat>image/png</ImageFormat>
          <Layers>countries,coastline</Layers>
          <Styles></Styles>
        </Service>
        <DataWindow>
          <UpperLeftX>${bbox.minx}</UpperLeftX><UpperLeftY>${bbox.maxy}</UpperLeftY>
          <LowerRightX>${bbox.maxx}</LowerRightX><LowerRightY>${bbox.miny}</LowerRightY>
          <SizeX>1200</SizeX><SizeY>800</SizeY>
        </DataWindow>
        <Projection>EPSG:4326</Projection>
        <BandsCount>3</BandsCount>
        <BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY>
      </GDAL_WMS>`,
    );
    const target = path.join(folder, `${version}.tif`);
    await execute('gdal_translate', ['-q', '-outsize', '600', '400', description, target], {
      timeout: 120_000,
    });
    for (const spread of await statistics(target)) t.true(spread > 5, `the picture is blank: ${spread}`);
  });
}

test.serial('both versions draw the same pixels, whatever the order of their axes', async (t) => {
  const [old, recent] = await Promise.all(['1.1.1', '1.3.0'].map((version) => checksums(version)));
  t.deepEqual(old, recent);
});

async function checksums(version: string): Promise<number[]> {
  const file = path.join(folder, `${version}.tif`);
  const { stdout } = await execute('gdalinfo', ['-checksum', '-json', file], { timeout: 60_000 });
  return (JSON.parse(stdout) as { bands: Array<{ checksum: number }> }).bands.map(({ checksum }) => checksum);
}

test.serial('GDAL finds the layers in the capabilities, and reads the WMTS', async (t) => {
  const wms = await execute('gdalinfo', [
    `WMS:${url()}/wms/world?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetCapabilities`,
  ]);
  t.regex(wms.stdout, /SUBDATASET_\d+_NAME=WMS:.*LAYERS=countries/i);
  const capabilities = `WMTS:${url()}/wmts/world/1.0.0/WMTSCapabilities.xml`;
  const wmts = await execute('gdalinfo', [capabilities]);
  t.regex(wmts.stdout, /Driver: WMTS/);
  const subdataset = /SUBDATASET_1_NAME=(.*)/.exec(wmts.stdout)?.[1] ?? capabilities;
  const target = path.join(folder, 'wmts.tif');
  await execute(
    'gdal_translate',
    [
      '-q',
      '-projwin',
      '-1000000',
      '8000000',
      '3000000',
      '4000000',
      '-outsize',
      '400',
      '400',
      subdataset,
      target,
    ],
    { timeout: 120_000 },
  );
  t.true((await statistics(target)).some((spread) => spread > 5));
});

test.serial('MapProxy caches it as a source', async (t) => {
  const config = path.join(folder, 'mapproxy.yaml');
  await writeFile(
    config,
    JSON.stringify({
      services: { wms: {}, tms: {} },
      layers: [{ name: 'world', title: 'world', sources: ['cache'] }],
      caches: {
        cache: {
          grids: ['GLOBAL_WEBMERCATOR'],
          sources: ['mesh'],
          cache: { type: 'file', directory: path.join(folder, 'tiles') },
        },
      },
      sources: {
        mesh: {
          type: 'wms',
          req: { url: `${url()}/wms/world`, layers: 'world', transparent: false },
          wms_opts: { version: '1.3.0' },
        },
      },
    }),
  );
  const seed = path.join(folder, 'seed.yaml');
  await writeFile(
    seed,
    JSON.stringify({ seeds: { all: { caches: ['cache'], levels: { from: 0, to: 3 } } } }),
  );
  await execute('mapproxy-seed', ['-f', config, '-s', seed, '-c', '2', '--quiet'], {
    timeout: 240_000,
  });
  const { stdout } = await execute('find', [path.join(folder, 'tiles'), '-name', '*.png']);
  const tiles = stdout.trim().split('\n');
  t.is(tiles.length, 1 + 4 + 16 + 64);
  const first = await readFile(tiles[0] as string);
  t.is(first.toString('latin1', 1, 4), 'PNG');
});
