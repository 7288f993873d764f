import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './helpers/browser.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../bin/gismesh.js');
const SCENARIO = `name: hostile
description: '</script><script>document.title = "broken out"</script>'
peers: 6
sites: [{ name: '<b>old</b>', peers: 3 }, { name: new, peers: 3 }]
load: { perUserPerSecond: 4 }
owners: { share: 0.34 }
warmUpMs: 1000
durationMs: 8000
convergenceMs: 30000
faults:
  - { kind: kill, atMs: 3000, peer: 1, downMs: 3000 }
  - { kind: partition, atMs: 4000, peers: [0, 1, 2], forMs: 2000 }
`;

let folder: string;
let report: string;
let browser: Browser;

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-report-'));
  report = path.join(folder, 'report.html');
  const scenario = path.join(folder, 'hostile.yaml');
  await writeFile(scenario, SCENARIO);
  [browser] = await Promise.all([
    launchBrowser(),
    promisify(execFile)(process.execPath, [PROGRAM, 'sim', scenario, '--compare', '--report', report]),
  ]);
});

test.after.always(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The report in a page that notes every error, and everything that the file would load. */
async function open(width: number, height: number, colorScheme: 'light' | 'dark') {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) troubles.push(`loads ${request.url()}`);
  });
  await page.goto(pathToFileURL(report).href);
  await page.waitForSelector('html[data-ready=true]');
  return { page, troubles };
}

/** Colours in a canvas. */
async function painted(page: Page, selector: string): Promise<number> {
  return await page.evaluate<number>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
}

for (const [width, height, scheme] of [
  [1280, 720, 'light'],
  [1280, 720, 'dark'],
  [360, 640, 'light'],
] as const) {
  test.serial(`a report at ${width} px, ${scheme}: everything is drawn, nothing breaks out`, async (t) => {
    const { page, troubles } = await open(width, height, scheme);
    t.teardown(() => page.close());
    t.regex(await page.title(), /^hostile/);
    for (const canvas of ['#latency-plot canvas', '#heat-map canvas', '#timeline canvas']) {
      t.true((await painted(page, canvas)) > 3, canvas);
    }
    t.is(await page.locator('#topology .machine').count(), 6);
    t.is(await page.locator('#topology .link').count(), 1);
    t.is(await page.locator('#topology .site-name').first().textContent(), '<b>old</b> · 3');
    t.true((await page.locator('#events li').count()) >= 2);
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    t.true(overflow <= 0, `scrolls sideways by ${overflow} px`);
    t.deepEqual(troubles, []);
  });
}

test.serial('a report by keyboard: the moment, the machine, the policy, the lines, the theme', async (t) => {
  const { page, troubles } = await open(1280, 720, 'light');
  t.teardown(() => page.close());
  const clock = page.locator('#clock');
  await page.locator('#moment').focus();
  const before = await clock.textContent();
  await page.keyboard.press('ArrowRight');
  t.not(await clock.textContent(), before);

  await page.locator('#heat-map canvas').focus();
  await page.keyboard.press('ArrowDown');
  t.regex((await page.locator('#told').textContent()) ?? '', /^peer-\d \(.+\), .+: (idle|draws|off)/);

  await page.locator('#run').selectOption({ label: 'random' });
  const plot = page.locator('#latency-plot canvas');
  const withAll = await plot.screenshot();
  await page.locator('.legend input[value=random]').uncheck();
  t.false(withAll.equals(await plot.screenshot()));

  const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const light = await ground();
  await page.locator('#theme').press('Enter');
  t.not(await ground(), light);
  t.deepEqual(troubles, []);
});
