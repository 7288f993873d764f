import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { CrsFinder, transformBetween } from '../../src/processes/built-in/crs.ts';
import { CrsDefinitions } from '../../src/processes/built-in/crs-definitions.ts';
import type { CommandOptions, CommandProcesses } from '../../src/processes/command/provider.ts';
import type { Command } from '../../src/processes/command/schema.ts';
import { BubblewrapSandbox } from '../../src/processes/sandbox/bubblewrap.ts';
import { providerCompliance } from '../processes/compliance/provider.ts';
import {
  command,
  script,
  shippedCommands,
  suiteCommands,
  withCommands,
} from '../processes/helpers/commands.ts';
import { descendants } from '../processes/helpers/descendants.ts';
import { bytesOf, complex, errorOf, geoJson, literal, run, textOf } from '../processes/helpers/tasks.ts';

async function sandbox(): Promise<BubblewrapSandbox> {
  const found = await BubblewrapSandbox.find(process.env.PATH ?? '', []);
  if (!(found instanceof BubblewrapSandbox)) throw new Error(found.missing);
  return found;
}

async function confined(
  commands: readonly Command[],
  use: (provider: CommandProcesses) => Promise<void>,
  changes: Partial<CommandOptions> = {},
): Promise<void> {
  await withCommands(commands, await sandbox(), use, changes);
}

providerCompliance(test.serial, 'command in bubblewrap', (use) =>
  confined(suiteCommands, (provider) =>
    use({
      provider,
      quick: {
        process: 'say',
        given: { name: literal('you; `id`') },
        check: (ran) => textOf(ran, 'words') === 'hello you; `id`\n',
      },
      endless: { process: 'count', given: {} },
      failing: { process: 'fail', given: {} },
    }),
  ),
);

test.serial('the sandbox has a system that cannot be written, and nothing of the user', async (t) => {
  const secret = await mkdtemp(path.join(tmpdir(), 'gismesh-secret-'));
  t.teardown(() => rm(secret, { recursive: true }));
  await writeFile(path.join(secret, 'key'), 'secret');
  process.env.GISMESH_TEST_SECRET = 'secret';
  const look = `
    cat ${secret}/key /etc/shadow /etc/passwd /proc/1/environ 2>&1; ls /root /home /var /work 2>&1
    for f in /x /usr/x /dev/x /proc/x; do touch $f 2>/dev/null && echo "wrote $f"; done
    env; ps 2>/dev/null; ls /proc | grep -c '^[0-9]'; pwd; cat /proc/self/status | grep CapEff`;
  await confined([script('look', look)], async (provider) => {
    const said = textOf(await run(provider, 'look', {}), 'words');
    t.notRegex(said, /secret(?!-)|root:|wrote|GISMESH/);
    t.regex(said, /^\/scratch$/m);
    t.regex(said, /CapEff:\s+0+$/m);
  });
  delete process.env.GISMESH_TEST_SECRET;
});

test.serial('the network is there only where it is declared', async (t) => {
  const server = createServer((_request, response) => response.end('reached')).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const fetch = `curl -s --max-time 5 http://127.0.0.1:${port}/ || echo none`;
  await confined([script('closed', fetch), script('open', fetch, { network: true })], async (provider) => {
    t.is(textOf(await run(provider, 'closed', {}), 'words'), 'none\n');
    t.is(textOf(await run(provider, 'open', {}), 'words'), 'reached');
  });
});

test.serial('inputs in files are read and cannot be changed', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-input-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'data');
  await writeFile(file, 'data');
  const read = command({
    id: 'read',
    arguments: ['-c', 'cat "$1"; echo more >> "$1" || rm "$1"', 'sh', '{file}'],
    inputs: {
      file: { type: 'file', title: 'File', formats: [{ mediaType: 'text/plain', extension: 'txt' }] },
    },
    success: [0, 1, 2],
  });
  await confined([read], async (provider) => {
    const given = { file: { ...complex(''), content: { at: 'file', path: file } as const } };
    t.is(textOf(await run(provider, 'read', given), 'words'), 'data');
    t.is(execFileSync('cat', [file], { encoding: 'utf8' }), 'data');
  });
});

test.serial('hostile programs are ended within their bounds, and nothing of them is left', async (t) => {
  const hostile: [string, string, RegExp][] = [
    ['forks', 'while true; do sleep 1000 & sleep 0.005; done', /processes|words|memory|exit code/],
    [
      'hides',
      'setsid sh -c "setsid sleep 1000 & sleep 1000" >/dev/null 2>&1 & trap "" TERM HUP; sleep 1000',
      /longer/,
    ],
    ['prints', 'yes', /words/],
    ['prints-one-line', 'cat /dev/zero', /words/],
    ['one-file', 'cat /dev/zero > big', /scratch space/],
    ['many-files', 'while true; do head -c 1000000 /dev/zero > f$((i = i + 1)); done', /scratch space/],
    ['empty-files', 'while true; do : > f$((i = i + 1)); done', /files/],
    ['memory', "python3 -c 'kept = [bytearray(10 ** 7) for _ in iter(int, 1)]'", /memory|exit code/],
    ['shared-memory', 'cat /dev/zero > /dev/shm/x; cat /dev/zero > /tmp/x; echo held; exit 9', /exit code 9/],
    ['hangs', 'while true; do :; done', /longer/],
  ];
  const commands = hostile.map(([id, text]) => script(id, text));
  await confined(
    commands,
    async (provider) => {
      for (const [id, , words] of hostile) {
        const limits = { scratchBytes: 50_000_000, memoryBytes: 300_000_000, timeoutMs: 8000 };
        const error = await errorOf(run(provider, id, {}, { limits }));
        t.true(['PROCESS_LIMIT_EXCEEDED', 'DEADLINE_EXCEEDED', 'JOB_FAILED'].includes(error.code), id);
        t.regex(error.message, words, id);
        t.deepEqual(descendants(), [], id);
      }
    },
    { maxOutputBytes: 5_000_000, maxFiles: 2000, maxProcesses: 30, pollMs: 50 },
  );
});

test.serial(
  'GDAL: hillshade, slope, contour, translate, warp and polygonize work on each other',
  async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-gdal-'));
    t.teardown(() => rm(folder, { recursive: true }));
    await mkdir(folder, { recursive: true });
    const elevation = complex(cone(), 'text/plain');
    await confined(await shippedCommands(), async (provider) => {
      t.is(provider.list().length, 8);
      const info = async (bytes: Uint8Array, name: string) => {
        const file = path.join(folder, name);
        await writeFile(file, bytes);
        return JSON.parse(execFileSync('gdalinfo', ['-json', '-stats', file], { encoding: 'utf8' }));
      };
      const translated = await run(provider, 'gdal-translate', {
        input: elevation,
        type: literal('Float32'),
      });
      const tiff = bytesOf(translated, 'result');
      t.like(await info(tiff, 'dem.tif'), { driverShortName: 'GTiff', size: [200, 200] });
      t.is(translated.progress.at(-1), 100);

      const input = complex(tiff, 'image/tiff; subtype=geotiff');
      const shade = await info(
        bytesOf(await run(provider, 'gdal-hillshade', { input }), 'result'),
        'shade.tif',
      );
      t.true(shade.bands[0].maximum > shade.bands[0].minimum);
      const slope = await info(bytesOf(await run(provider, 'gdal-slope', { input }), 'result'), 'slope.tif');
      t.true(Math.abs(slope.bands[0].mean - 45) < 6, `a cone of 45°: ${slope.bands[0].mean}`);

      const lines = JSON.parse(
        textOf(await run(provider, 'gdal-contour', { input, interval: literal(20) }), 'result'),
      );
      t.true(lines.features.length >= 4);
      t.true(
        lines.features.every(
          (line: { properties: { elevation: number } }) => line.properties.elevation % 20 === 0,
        ),
      );

      const given = { input, source: literal('EPSG:25832'), target: literal('EPSG:4326') };
      const warped = await info(bytesOf(await run(provider, 'gdal-warp', given), 'result'), 'warped.tif');
      t.regex(JSON.stringify(warped.coordinateSystem), /WGS 84/);

      const coarse = await run(provider, 'gdal-translate', {
        input,
        width: literal(10),
        height: literal(10),
        type: literal('Byte'),
      });
      const polygons = await run(provider, 'gdal-polygonize', {
        input: complex(bytesOf(coarse, 'result'), 'image/tiff; subtype=geotiff'),
      });
      t.true(JSON.parse(textOf(polygons, 'result')).features.length > 5);
    });
  },
);

test.serial('GDAL: ogr2ogr and rasterize', (t) =>
  shippedCommands().then((commands) =>
    confined(commands, async (provider) => {
      const ring = [
        [9, 50],
        [9.01, 50],
        [9.01, 50.01],
        [9, 50.01],
        [9, 50],
      ];
      const feature = (name: string, value: number) => ({
        type: 'Feature',
        properties: { name, value },
        geometry: { type: 'Polygon', coordinates: [ring] },
      });
      const input = geoJson({ type: 'FeatureCollection', features: [feature('a', 5), feature('b', 1)] });
      const ran = await run(provider, 'gdal-ogr2ogr', {
        input,
        where: literal("value > 2 AND name = 'a'"),
        target: literal('EPSG:25832'),
      });
      const result = JSON.parse(textOf(ran, 'result'));
      t.is(result.features.length, 1);
      t.is(result.features[0].properties.name, 'a');
      t.true(result.features[0].geometry.coordinates[0][0][0] > 400_000);
      const bad = await errorOf(run(provider, 'gdal-ogr2ogr', { input, where: literal('no such thing') }));
      t.is(bad.code, 'JOB_FAILED');
      const pattern = await errorOf(run(provider, 'gdal-ogr2ogr', { input, target: literal('/etc/passwd') }));
      t.is(pattern.locator, 'target');
      const burned = await run(provider, 'gdal-rasterize', {
        input,
        attribute: literal('value'),
        resolution: literal(0.001),
      });
      t.deepEqual([...bytesOf(burned, 'result').slice(0, 2)], [0x49, 0x49]);
    }),
  ),
);

/** A cone of 45° on a plane of 200 x 200 m, as an Esri grid. */
function cone(): string {
  const rows = Array.from({ length: 200 }, (_row, y) =>
    Array.from({ length: 200 }, (_cell, x) => (150 - Math.hypot(x - 99.5, y - 99.5)).toFixed(3)).join(' '),
  );
  const head = 'ncols 200\nnrows 200\nxllcorner 500000\nyllcorner 5500000\ncellsize 1\n';
  return `${head}${rows.join('\n')}\n`;
}

/** A place in the area of each CRS; all kinds of projections that are put into words for proj4. */
const PLACES: [number, number, number][] = [
  [25832, 9.1, 50.2],
  [27700, -1.5, 52.3],
  [3857, 9, 50],
  [31467, 9.1, 50.2],
  [2154, 3, 46.5],
  [28992, 5.4, 52.2],
  [5514, 15, 50],
  [2056, 8, 47],
  [3035, 10, 52],
  [3031, 30, -80],
  [3413, -40, 80],
  [32733, 15, -20],
  [2180, 19, 52],
  [3006, 15, 60],
  [27572, 2.4, 46],
  [2263, -74, 40.7],
  [5070, -96, 38],
  [3116, -74, 4.6],
  [31370, 4.5, 50.6],
  [29873, 114, 4.5],
  [2193, 174, -41],
  [21781, 8, 47],
  [31255, 13.3, 47.5],
  [4314, 9, 50],
  [3978, -95, 49],
  [2039, 35.2, 31.7],
  [3375, 102, 4],
];

test.serial("coordinates of reprojection are PROJ's own within half a metre", (t) => {
  const database = path.resolve('node_modules/@mapnik/mapnik/share/proj/proj.db');
  t.true(existsSync(database));
  const finder = new CrsFinder(new CrsDefinitions(database));
  const source = finder.find('source', 'CRS:84');
  for (const [code, longitude, latitude] of PLACES) {
    const target = finder.find('target', `EPSG:${code}`);
    const [x = 0, y = 0] = transformBetween(source, target)([longitude, latitude]);
    const [a = 0, b = 0] = execFileSync(
      'gdaltransform',
      ['-s_srs', 'OGC:CRS84', '-t_srs', `EPSG:${code}`, '-output_xy'],
      { input: `${longitude} ${latitude}\n`, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] },
    )
      .split(' ')
      .map(Number);
    const away = Math.hypot(x - a, y - b) * (target.isGeographic ? 111_000 : target.metresPerUnit);
    t.true(away < 0.5, `EPSG:${code}: ${away} m, ${target.definition}`);
  }
});
