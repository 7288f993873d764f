import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './helpers/browser.ts';
import { type PeerProcess, runCli, startMesh, until } from './helpers/peer-process.ts';

const WIDTHS = [
  [1280, 800],
  [360, 640],
] as const;

const PLACES = JSON.stringify({
  type: 'FeatureCollection',
  features: [
    { type: 'Feature', properties: { name: 'Brno' }, geometry: { type: 'Point', coordinates: [16.6, 49.2] } },
    {
      type: 'Feature',
      properties: { name: 'Praha' },
      geometry: { type: 'Point', coordinates: [14.4, 50.1] },
    },
  ],
});

let peers: PeerProcess[] = [];
let browser: Browser;

test.before(async () => {
  [peers, browser] = await Promise.all([startMesh(3), launchBrowser()]);
});

test.after.always(async () => {
  await browser?.close();
  await Promise.all(peers.map((peer) => peer.stop()));
});

function url(at: number, path: string): string {
  return (peers[at] as PeerProcess).url + path;
}

/** A page, and the errors in it as they come. */
async function open(
  t: ExecutionContext,
  address: string,
  width = 1280,
  height = 800,
): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width, height } });
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('dialog', (dialog) => void dialog.accept());
  t.teardown(() => page.close());
  await page.goto(address);
  return { page, errors };
}

async function overflow(page: Page): Promise<number> {
  return await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}

async function submitted(...words: string[]): Promise<string> {
  const { stdout } = await runCli(['execute', ...words, '--async', '--json', '--url', url(0, '')]);
  return (JSON.parse(stdout) as { id: string }).id;
}

for (const [width, height] of WIDTHS) {
  test.serial(`at ${width} px a job is submitted by its form, and its result is on the map`, async (t) => {
    const { page, errors } = await open(t, url(0, '/jobs/new?process=buffer'), width, height);
    const field = (id: string) => page.locator(`fieldset[data-input="${id}"]`);
    await field('features').locator('textarea').fill('{"type":');
    await page.locator('button[type=submit]').click();
    await field('features').getByRole('alert').filter({ hasText: 'no JSON' }).waitFor();
    await field('distance').getByRole('alert').filter({ hasText: 'needed' }).waitFor();
    await field('features').locator('textarea').fill(PLACES);
    await field('distance').locator('input').fill('20');
    await field('distance').locator('select').selectOption('km');
    t.true((await overflow(page)) <= 0);
    await page.locator('button[type=submit]').click();
    await page.waitForURL(/\/jobs\/[\w-]{36}$/);
    await page.locator('.state-line .badge[data-state=successful]').waitFor();
    await page.locator('.result-map[data-features="2"]').waitFor();
    t.true((await overflow(page)) <= 0);
    const log = page.locator('.log');
    await log.filter({ hasText: 'successful' }).waitFor();
    t.regex((await page.locator('.attempts').textContent()) ?? '', /Attempt 1 at /);
    t.regex((await page.locator('section[aria-label=Inputs]').textContent()) ?? '', /distance\s*20\s*km/);
    t.deepEqual(errors, []);
  });
}

test.serial('data that nobody writes are taken from a file, whose name tells the format', async (t) => {
  const { page, errors } = await open(t, url(0, '/jobs/new?process=echo'));
  const field = (id: string) => page.locator(`fieldset[data-input="${id}"]`);
  await field('binary').locator('input[type=file]').waitFor({ state: 'visible' });
  const buffer = Buffer.from([0, 1, 2, 255]);
  await field('binary').locator('input[type=file]').setInputFiles({ name: 'a.bin', mimeType: '', buffer });
  await field('geometry').locator('select').first().selectOption('file');
  const places = { name: 'places.json', mimeType: '', buffer: Buffer.from(PLACES) };
  await field('geometry').locator('input[type=file]').setInputFiles(places);
  const format = field('geometry').getByLabel(/^Format of/);
  t.is(await format.locator('option:checked').textContent(), 'application/json');
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/jobs\/[\w-]{36}$/);
  await page.locator('.badge[data-state=successful]').waitFor();
  const kept = await fetch(`${page.url()}/outputs/binary`);
  t.deepEqual(Buffer.from(await kept.arrayBuffer()), buffer);
  t.deepEqual(errors, []);
});

test.serial('a box is drawn on a map, and the output of one job is the input of the next', async (t) => {
  const { page, errors } = await open(t, url(0, '/jobs/new?process=random-points'));
  const box = page.locator('fieldset[data-input="extent"]');
  await box.getByRole('button', { name: 'Draw on a map' }).click();
  const map = box.locator('.box-map');
  await map.locator('canvas').first().waitFor();
  const place = (await map.boundingBox())!;
  const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
  await page.mouse.move(x - 60, y - 40);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 40, { steps: 5 });
  await page.mouse.up();
  const sidesNow = async () =>
    await Promise.all(
      (await box.locator('input').all()).map(async (side) => Number(await side.inputValue())),
    );
  const sides = await sidesNow();
  t.true(sides[0]! < sides[2]! && sides[1]! < sides[3]!, String(sides));
  await box.getByRole('button', { name: 'Take what the map shows' }).click();
  const [west, , east] = await sidesNow();
  t.true(west! < sides[0]! && east! > sides[2]!);
  await page.locator('fieldset[data-input="count"] input').fill('7');
  await page.locator('button[type=submit]').click();
  await page.locator('.result-map[data-features="7"]').waitFor();
  await page.getByRole('link', { name: 'Use in a new job' }).click();
  await page.locator('#process').selectOption('convex-hull');
  const given = page.locator('fieldset[data-input="features"] input[placeholder^=job]');
  await until(
    async () => /^job:/.test(await given.inputValue().catch(() => '')),
    'the output to be taken over',
  );
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/jobs\/[\w-]{36}$/);
  await page.locator('.badge[data-state=successful]').waitFor();
  await page.goto(url(1, '/jobs?chained=yes'));
  await until(async () => (await page.locator('tbody tr').count()) === 1, 'the chained job alone');
  t.regex((await page.locator('tbody tr').textContent()) ?? '', /convex-hull/);
  t.deepEqual(errors, []);
});

for (const [width, height] of WIDTHS) {
  test.serial(`at ${width} px jobs of other peers come, go on and end while one looks`, async (t) => {
    const { page, errors } = await open(t, url(2, '/jobs'), width, height);
    await until(async () => (await page.locator('#connection').textContent()) === 'Live', 'the stream');
    const id = await submitted('echo', 'string=watched', 'pause=30');
    const row = page.locator(`tr[data-job="${id}"]`);
    await row.locator('.badge[data-state=running]').waitFor();
    const percent = async () => Number(/(\d+) %/.exec((await row.textContent()) ?? '')?.[1]);
    const seen: number[] = [];
    await until(async () => {
      const now = await percent();
      if (now !== seen.at(-1)) seen.push(now);
      return seen.length > 3;
    }, 'its progress');
    t.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    t.true((await overflow(page)) <= 0);
    await row.getByRole('link').first().click();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.locator('.state-line .badge[data-state=dismissed]').waitFor();
    const { state } = await (peers[0] as PeerProcess).json<{ state: string }>(`/api/jobs/${id}`);
    t.is(state, 'dismissed');
    t.deepEqual(errors, []);
  });
}

test.serial(
  'the list is sorted and filtered, by keyboard too, and its address can be passed on',
  async (t) => {
    await runCli(['execute', 'echo', 'string=a', 'fail=on purpose', '--url', url(1, '')]);
    const { page, errors } = await open(t, url(1, '/jobs'));
    const cells = (column: string) => page.locator(`td[data-title="${column}"]`).allTextContents();
    await until(async () => (await cells('State')).length > 3, 'the list');
    await page.getByRole('button', { name: 'Process' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('th[aria-sort=ascending]').waitFor();
    await until(async () => {
      const names = await cells('Process');
      return names.join() === [...names].sort().join();
    }, 'the list in order');
    await page.locator('select[name=state]').selectOption('failed');
    await until(async () => new Set(await cells('State')).size === 1, 'failed jobs alone');
    t.deepEqual(await cells('State'), ['failed']);
    t.is(await page.locator('.progress').getAttribute('title'), 'on purpose');
    t.regex(page.url(), /state=failed&sort=process&order=up/);
    await page.goBack();
    await until(async () => (await cells('State')).length > 3, 'the list before');
    await page.reload();
    await page.locator('th[aria-sort=ascending]').waitFor();
    await page.locator('input[name=process]').fill('no-such');
    await page.keyboard.press('Enter');
    await page.getByText('None match').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await until(async () => (await cells('State')).length > 3, 'everything again');
    t.deepEqual(errors, []);
  },
);
