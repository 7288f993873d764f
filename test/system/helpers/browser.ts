import { type Browser, chromium, type Page, type Request } from 'playwright-core';
import { until } from './peer-process.ts';

/** Debian's Chromium, which talks to nobody by itself. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page with an eye on everything that could go wrong in it. */
export class WatchedPage {
  readonly page: Page;
  /** Errors on the console and uncaught ones. */
  readonly errors: string[] = [];
  /** Map images that came with an error or not at all; not those that the page itself gave up. */
  readonly broken: string[] = [];
  /** Map images that arrived. */
  arrived = 0;
  readonly #pending = new Set<Request>();

  private constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('request', (request) => {
      if (isMap(request)) this.#pending.add(request);
    });
    page.on('requestfailed', (request) => {
      this.#pending.delete(request);
      const reason = request.failure()?.errorText ?? '';
      if (isMap(request) && reason !== 'net::ERR_ABORTED') this.broken.push(`${request.url()}: ${reason}`);
    });
    page.on('response', (response) => {
      if (!isMap(response.request())) return;
      if (response.status() >= 400) this.broken.push(`${response.url()}: ${response.status()}`);
      else this.arrived += 1;
    });
    page.on('requestfinished', (request) => this.#pending.delete(request));
  }

  static async open(browser: Browser, url: string, width: number, height: number): Promise<WatchedPage> {
    const page = await browser.newPage({ viewport: { width, height } });
    const watched = new WatchedPage(page);
    await page.goto(url);
    return watched;
  }

  /** Waits until map images have come and no more are awaited. */
  async settled(): Promise<void> {
    let quietSince = Date.now();
    await until(() => {
      if (this.#pending.size > 0 || this.arrived === 0) quietSince = Date.now();
      return Date.now() - quietSince > 400;
    }, 'all images of the map');
  }

  async text(selector: string): Promise<string> {
    return (await this.page.locator(selector).textContent()) ?? '';
  }
}

function isMap(request: Request): boolean {
  return /\/tiles\/|REQUEST=GetMap/i.test(request.url());
}
