import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { decode } from '../engines/helpers/pictures.ts';
import { layerXml } from '../engines/helpers/projects.ts';
import { brokenOffShapefile, shapefileOf } from '../engines/helpers/shapefile.ts';
import { MapFolders, plainMap } from './helpers/map-folders.ts';
import { PeerProcess, startMesh, until } from './helpers/peer-process.ts';

const execute = promisify(execFile);
const world = path.resolve(import.meta.dirname, '../../dist/projects/world');
const alone = ['--no-mdns', '--listen', '127.0.0.1:0'];

async function startPeer(t: ExecutionContext, ...projects: string[]): Promise<PeerProcess> {
  const args = projects.flatMap((folder) => ['--projects', folder]);
  const [peer] = (await startMesh(1, { args })) as [PeerProcess];
  t.teardown(() => peer.stop());
  return peer;
}

async function startMaps(t: ExecutionContext): Promise<MapFolders> {
  const maps = await MapFolders.create();
  t.teardown(() => maps.remove());
  return maps;
}

/** Render children of a peer. */
async function childrenOf(peer: PeerProcess): Promise<number[]> {
  const listed = await readFile(`/proc/${peer.pid}/task/${peer.pid}/children`, 'utf8');
  return listed.trim().split(' ').filter(Boolean).map(Number);
}

async function bodyOf(url: string): Promise<Buffer> {
  const response = await fetch(url);
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${body.toString('utf8', 0, 300)}`);
  return body;
}

function worldTiles(zoom: number, count: number): string[] {
  const side = 2 ** zoom;
  return Array.from(
    { length: count },
    (_, i) => `/tiles/world/${zoom}/${(i * 3) % side}/${(7 * i + 5) % side}.png`,
  );
}

/** Fetches all, 12 at a time, as two browsers do. */
async function bodiesOf(
  urls: readonly string[],
  before: (i: number) => unknown = () => {},
): Promise<Buffer[]> {
  const bodies: Buffer[] = [];
  let next = 0;
  const client = async () => {
    while (next < urls.length) {
      const i = next;
      next += 1;
      await before(i);
      bodies.push(await bodyOf(urls[i] as string));
    }
  };
  await Promise.all(Array.from({ length: 12 }, client));
  return bodies;
}

test.serial('render children killed by hand under load: every tile comes', async (t) => {
  const peer = await startPeer(t);
  const before = await childrenOf(peer);
  t.true(before.length > 0);
  let killed = 0;
  const killSome = async (i: number) => {
    // A drawing is begun anew once; it is done before the next kill, since only 12 requests are under way.
    if (i % 30 !== 29) return;
    const [victim] = await childrenOf(peer);
    if (victim === undefined) return;
    process.kill(victim, 'SIGKILL');
    killed += 1;
  };
  const bodies = await bodiesOf(
    worldTiles(8, 180).map((tile) => peer.url + tile),
    killSome,
  );
  for (const body of bodies) t.is(decode(body).width, 256);
  t.true(killed >= 5, `${killed}`);
  await until(async () => (await childrenOf(peer)).length === before.length, 'the children to be replaced');
});

const shapeMap = `<Map srs="EPSG:3857">
  <Style name="s"><Rule><PolygonSymbolizer fill="#ff0000"/></Rule></Style>
  ${layerXml('shape', 's', 'shape.shp')}
</Map>`;

function shapeFiles({ shp, shx, dbf }: ReturnType<typeof shapefileOf>): Record<string, Buffer> {
  return { 'shape.shx': shx, 'shape.dbf': dbf, 'shape.shp': shp };
}

test.serial('a project with a torn shapefile is told of cleanly, and the others are drawn', async (t) => {
  const maps = await startMaps(t);
  await maps.write('torn', { ...shapeFiles(brokenOffShapefile([0, 0, 40, 40])), 'project.xml': shapeMap });
  const peer = await startPeer(t, maps.root, world);
  const torn = Array.from({ length: 8 }, (_, i) => fetch(`${peer.url}/tiles/torn/3/${i}/3.png`));
  const others = bodiesOf(worldTiles(6, 30).map((tile) => peer.url + tile));
  for (const response of await Promise.all(torn)) {
    t.true([404, 502, 503].includes(response.status), `${response.status}`);
  }
  for (const body of await others) t.is(decode(body).width, 256);
  await until(
    () => peer.events.some(({ id, change }) => id === 'torn' && change === 'refused'),
    'its refusal',
  );
  t.notRegex(peer.stderr, /unhandled|failed unexpectedly/i);
});

test.serial(
  'a broken change leaves the last good version in service, a mended one replaces it',
  async (t) => {
    const maps = await startMaps(t);
    const good = shapefileOf([[-170, -80, 170, 80]]);
    await maps.write('shape', { ...shapeFiles(good), 'project.xml': shapeMap });
    const peer = await startPeer(t, maps.root);
    const colour = async () => decode(await bodyOf(`${peer.url}/tiles/shape/1/0/0.png`)).at(128, 128);
    const hash = async () => (await peer.json<Array<{ hash: string }>>('/api/projects'))[0]?.hash;
    const first = await hash();
    t.deepEqual((await colour()).slice(0, 3), [255, 0, 0]);

    await maps.write('shape', { 'project.xml': '<Map><Style></Map>' });
    await until(
      () => peer.events.some(({ event, change }) => event === 'project' && change === 'refused'),
      'a refusal',
    );
    t.is(await hash(), first);
    t.deepEqual((await colour()).slice(0, 3), [255, 0, 0]);

    await maps.write('shape', { 'project.xml': shapeMap.replace('#ff0000', '#00ff00') });
    await until(async () => (await hash()) !== first, 'the mended version');
    t.deepEqual((await colour()).slice(0, 3), [0, 255, 0]);
  },
);

/** The only colour of an image; undefined when there are several. */
function onlyColour(body: Buffer): string | undefined {
  const { pixels } = decode(body);
  const first = pixels.toString('hex', 0, 4);
  for (let at = 4; at < pixels.length; at += 4) {
    if (pixels.toString('hex', at, at + 4) !== first) return undefined;
  }
  return first;
}

test.serial(
  'a project changes again and again while two peers draw it: no answer mixes versions',
  async (t) => {
    const maps = await startMaps(t);
    await maps.write('change', plainMap('#ff0000'));
    const peers = await startMesh(2, { args: ['--projects', maps.root] });
    t.teardown(() => Promise.all(peers.map((peer) => peer.stop())));
    const [door] = peers as [PeerProcess, PeerProcess];
    const tile = `${door.url}/tiles/change/0/0/0.png`;
    const firstTag = (await fetch(tile)).headers.get('etag') ?? '';

    let changing = true;
    const seen = new Set<string>();
    let asked = 0;
    const clients = Array.from({ length: 4 }, async (_, client) => {
      while (changing) {
        asked += 1;
        // A view that nobody asked before: it has to be drawn.
        const west = -100 + (asked % 90) + client / 10;
        const query = `BBOX=${west},-40,${west + 60},40&WIDTH=200&HEIGHT=200`;
        const body = await bodyOf(
          `${door.url}/wms/change?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=plain&STYLES=&SRS=CRS:84&${query}&FORMAT=image/png`,
        );
        seen.add(onlyColour(body) ?? 'a mixture');
      }
    });
    const hash = async () => (await door.json<Array<{ hash: string }>>('/api/projects'))[0]?.hash;
    for (const colour of ['#00ff00', '#0000ff', '#00ffff']) {
      const before = await hash();
      // Two files that belong together, one after the other.
      await maps.write('change', plainMap(colour));
      await until(async () => (await hash()) !== before, `the project in ${colour}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    changing = false;
    await Promise.all(clients);
    const allowed = ['ff0000ff', '00ff00ff', '0000ffff', '00ffffff'];
    t.deepEqual(
      [...seen].filter((colour) => !allowed.includes(colour)),
      [],
    );
    t.true(seen.has('00ffffff'), [...seen].join());

    const after = await fetch(tile, { headers: { 'if-none-match': firstTag } });
    t.is(after.status, 200);
    t.not(after.headers.get('etag'), firstTag);
    t.is(onlyColour(Buffer.from(await after.arrayBuffer())), '00ffffff');
  },
);

/** Every file below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

test.serial(
  'killed -9 while it writes its cache, files torn by hand: after each start only whole tiles',
  async (t) => {
    const reference = await startPeer(t);
    const tiles = worldTiles(6, 60);
    const expected = new Map<string, string>();
    for (const tile of tiles) expected.set(tile, (await bodyOf(reference.url + tile)).toString('base64'));

    const data = await mkdtemp(path.join(tmpdir(), 'gismesh-torn-'));
    t.teardown(() => rm(data, { recursive: true, force: true }));
    for (let round = 0; round < 3; round += 1) {
      const peer = await PeerProcess.start({ data, args: alone });
      await until(async () => (await fetch(`${peer.url}/readyz`)).ok, 'the peer to be ready');
      const asked = Promise.allSettled(
        tiles.slice(round * 20, round * 20 + 20).map((tile) => fetch(peer.url + tile)),
      );
      await until(() => existsSync(path.join(data, 'tiles')), 'the first cached tile');
      await until(async () => (await filesIn(path.join(data, 'tiles'))).length > round * 3, 'cached tiles');
      peer.kill('SIGKILL');
      await asked;
      await peer.exited();
    }
    const cached = await filesIn(path.join(data, 'tiles'));
    t.true(cached.length > 3);
    for (const [i, file] of cached.entries()) {
      if (i % 3 === 0) await truncate(file, Math.floor((await stat(file)).size * 0.6));
      if (i % 3 === 1) await flipByte(file);
    }
    const last = await PeerProcess.start({ data, args: alone });
    t.teardown(() => last.stop());
    await until(async () => (await fetch(`${last.url}/readyz`)).ok, 'the peer to be ready');
    for (const tile of tiles)
      t.is((await bodyOf(last.url + tile)).toString('base64'), expected.get(tile) as string, tile);
  },
);

async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  await writeFile(file, bytes);
}

test.serial('kill -9 of a peer leaves no render child behind', async (t) => {
  const peer = await startPeer(t);
  const asked = Promise.allSettled(worldTiles(6, 30).map((tile) => fetch(peer.url + tile)));
  const children = await childrenOf(peer);
  t.true(children.length > 0);
  peer.kill('SIGKILL');
  await peer.exited();
  await asked;
  await until(() => children.every((pid) => !existsSync(`/proc/${pid}`)), `${children} to end`, 10_000);
});

/** Starts a peer that must not come up; resolves to what it wrote to stderr. */
async function failedStart(data: string): Promise<string> {
  const error = await PeerProcess.start({ data, args: alone }).then(
    async (peer) => {
      await peer.stop();
      throw new Error(`a peer started in ${data}`);
    },
    (reason: Error) => reason.message,
  );
  return error;
}

test.serial('a data folder serves one peer at a time', async (t) => {
  const peer = await startPeer(t);
  const said = await failedStart(peer.ready.data);
  t.regex(said, /ended \(1\)/);
  t.true(said.includes(`process ${peer.pid}`) && said.includes(peer.ready.data), said);
  t.is((await bodyOf(`${peer.url}/tiles/world/1/0/0.png`)).toString('latin1', 1, 4), 'PNG');
});

/** A small file system in memory; it goes with the test. */
async function mountMemory(t: ExecutionContext, options: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-mount-'));
  await execute('mount', ['-t', 'tmpfs', '-o', options, 'gismesh-test', folder]);
  t.teardown(async () => {
    await execute('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true });
  });
  return folder;
}

test.serial('a data folder that cannot be written to: one clear line, exit code 1', async (t) => {
  const folder = await mountMemory(t, 'ro,size=1m');
  const said = await failedStart(folder);
  t.regex(said, /ended \(1\)/);
  t.true(said.includes(folder), said);
  t.notRegex(said, /\n {4}at /);
});

test.serial('a full disk costs the cache, not the map', async (t) => {
  const data = await mountMemory(t, 'size=300m');
  const peer = await PeerProcess.start({ data, args: alone });
  t.teardown(() => peer.stop());
  await until(async () => (await fetch(`${peer.url}/readyz`)).ok, 'the peer to be ready');
  const filler = path.join(data, 'filler');
  await t.throwsAsync(execute('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']), {
    message: /No space left/,
  });
  for (const tile of worldTiles(5, 20)) t.is(decode(await bodyOf(peer.url + tile)).width, 256);
  await rm(filler);
  for (const tile of worldTiles(6, 20)) t.is(decode(await bodyOf(peer.url + tile)).width, 256);
  await until(async () => (await filesIn(path.join(data, 'tiles'))).length > 0, 'tiles to be cached again');
  await peer.stop();
  const again = await PeerProcess.start({ data, args: alone });
  t.teardown(() => again.stop());
  t.is(again.ready.peerId, peer.ready.peerId);
});
