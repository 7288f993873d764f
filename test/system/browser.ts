import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import test from 'ava';
import type { Browser } from 'playwright-core';
import { launchBrowser, WatchedPage } from './helpers/browser.ts';
import { type PeerProcess, startMesh, until } from './helpers/peer-process.ts';

let peers: PeerProcess[] = [];
let browser: Browser;

test.before(async () => {
  [peers, browser] = await Promise.all([startMesh(3), launchBrowser()]);
});

test.after.always(async () => {
  await browser?.close();
  await Promise.all(peers.map((peer) => peer.stop()));
});

function door(): string {
  return (peers[0] as PeerProcess).url;
}

/** Keeps the front door's machine drawing other maps as long as `look` takes. */
async function whileBusy(look: () => Promise<void>): Promise<void> {
  let looking = true;
  const drawOn = async (lane: number) => {
    for (let i = 0; looking; i += 1) {
      const west = -10 + lane + (i % 97) / 100;
      const south = 40 + lane / 10 + (i % 89) / 100;
      const query = `VERSION=1.1.1&REQUEST=GetMap&LAYERS=world&STYLES=&SRS=EPSG:4326&BBOX=${west},${south},${west + 9},${south + 9}`;
      const image = await fetch(`${door()}/wms?SERVICE=WMS&${query}&WIDTH=400&HEIGHT=400&FORMAT=image/png`);
      await image.arrayBuffer();
    }
  };
  const lanes = Array.from({ length: 6 }, (_, lane) => drawOn(lane));
  try {
    await look();
  } finally {
    looking = false;
    await Promise.all(lanes);
  }
}

for (const [width, height] of [
  [1280, 800],
  [360, 640],
] as const) {
  test.serial(`the page at ${width} px: all tiles come, drawn by several; by keyboard`, async (t) => {
    const watched = await WatchedPage.open(browser, `${door()}/`, width, height);
    const { page } = watched;
    t.teardown(() => page.close());
    await watched.settled();
    t.is(await watched.text('#connection'), 'Live');
    t.is(await watched.text('#peer-count'), '3');
    t.is(await page.locator('#peers li[data-state=alive]').count(), 3);

    for (let i = 0; !(await page.evaluate('document.activeElement.id === "map"')); i += 1) {
      t.true(i < 8, 'the map is not reached by the Tab key');
      await page.keyboard.press('Tab');
    }
    const place = () => page.evaluate<string>('location.hash');
    for (const key of ['+', '+', 'ArrowRight', 'ArrowUp', '+', 'ArrowLeft', '-']) {
      const before = await place();
      await page.keyboard.press(key);
      await until(async () => (await place()) !== before, `${key} to move the map`, 10_000);
      await watched.settled();
    }
    // A machine that has nothing else to do draws a narrow page by itself, and is right to.
    await whileBusy(async () => {
      await until(async () => {
        await page.keyboard.press('ArrowRight');
        await watched.settled();
        return (await page.locator('#shares li').count()) > 1;
      }, 'tiles drawn by several peers');
    });

    const plain = await page.locator('#map').screenshot();
    await page.locator('#tint').check();
    const tinted = await page.locator('#map').screenshot();
    t.false(plain.equals(tinted));
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    t.true(overflow <= 0, `scrolls sideways by ${overflow} px`);
    t.true(await page.locator('#trouble').isHidden());
    t.deepEqual(watched.broken, []);
    t.deepEqual(watched.errors, []);
  });
}

/** Another program with another origin: OpenLayers as it comes, against the WMS. */
async function serveOpenLayers(): Promise<{ url: string; server: Server }> {
  const [library, page] = await Promise.all([
    readFile(path.resolve(import.meta.dirname, '../../node_modules/ol/dist/ol.js')),
    readFile(path.resolve(import.meta.dirname, 'clients/openlayers.js')),
  ]);
  const html = `<!doctype html><link rel="icon" href="data:,">
    <div id="map" style="width:700px;height:500px"></div>
    <script src="/ol.js"></script><script src="/openlayers.js"></script>`;
  const files = new Map<string, [type: string, content: string | Buffer]>([
    ['/', ['text/html', html]],
    ['/ol.js', ['text/javascript', library]],
    ['/openlayers.js', ['text/javascript', page]],
  ]);
  const server = createServer(({ url = '' }, response) => {
    const [type, content] = files.get(url) ?? [];
    if (type === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', type).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

const sources = [
  ['TileWMS', 'Tile', { VERSION: '1.3.0' }, 'EPSG:3857'],
  ['TileWMS', 'Tile', { VERSION: '1.1.1', TILED: true }, 'EPSG:4326'],
  ['ImageWMS', 'Image', { VERSION: '1.3.0' }, 'EPSG:4326'],
  ['ImageWMS', 'Image', { VERSION: '1.1.1' }, 'EPSG:3857'],
] as const;

for (const [source, layer, params, projection] of sources) {
  test.serial(`OpenLayers' ${source} ${params.VERSION} in ${projection}, from another origin`, async (t) => {
    const { url, server } = await serveOpenLayers();
    t.teardown(() => server.close());
    const watched = await WatchedPage.open(browser, url, 800, 600);
    t.teardown(() => watched.page.close());
    const wanted = { wms: `${door()}/wms/world`, source, layer, params, projection };
    const drawn = await watched.page.evaluate<{ failed: number; colours: number }>(
      `drawMap(${JSON.stringify(wanted)})`,
    );
    t.is(drawn.failed, 0);
    t.true(drawn.colours > 20, `${drawn.colours} colours`);
    t.true(watched.arrived > 0);
    t.deepEqual(watched.broken, []);
    t.deepEqual(watched.errors, []);
  });
}

test.serial(
  'a peer is killed -9 while somebody pans: not one broken tile, and the page says who is gone',
  async (t) => {
    const watched = await WatchedPage.open(browser, `${door()}/`, 1280, 800);
    const { page } = watched;
    t.teardown(() => page.close());
    await watched.settled();
    await page.locator('#map').focus();
    for (const key of ['+', '+', '+', '+']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(300);
    }
    const victim = peers[1] as PeerProcess;
    const before = watched.arrived;
    for (let i = 0; i < 40; i += 1) {
      if (i === 12) victim.kill('SIGKILL');
      await page.keyboard.press(i % 8 < 6 ? 'ArrowRight' : 'ArrowDown');
      await page.waitForTimeout(120);
    }
    await watched.settled();
    t.true(watched.arrived > before + 40, `${watched.arrived - before} tiles`);
    t.deepEqual(watched.broken, []);
    t.true(await page.locator('#trouble').isHidden());
    await until(async () => (await watched.text('#peer-count')) === '2', 'the page to count two peers');
    const row = page.locator(`#peers li[title="${victim.ready.peerId}"]`);
    t.true(
      (await row.count()) === 0 || ['dead', 'left'].includes((await row.getAttribute('data-state')) ?? ''),
    );
    t.deepEqual(watched.errors, []);
  },
);
