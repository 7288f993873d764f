import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly bytes: number;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/**
 * As many connections as ten browsers have. With no bound a late answer makes the next request open one more, and
 * a busy server accepts those last.
 */
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One GET over a kept connection; `ms` until the last byte. Status 0: no answer. */
export function get(url: string): Promise<Answer> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const fail = () => resolve({ status: 0, ms: performance.now() - startedAt, bytes: 0, headers: {} });
    const outgoing = request(url, { agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, ms: performance.now() - startedAt, bytes, headers });
      });
    });
    outgoing.on('error', fail);
    outgoing.end();
  });
}

/** Closes the kept connections. */
export function closeConnections(): void {
  agent.destroy();
}

/** `even`: one every 1/rate seconds; `poisson`: at random with that mean, seeded. */
export type Arrivals = 'even' | 'poisson';

/** An open loop: requests leave at the given rate whether or not earlier ones are answered, as clients do. */
export async function offer(
  urls: Iterator<string>,
  ratePerSecond: number,
  seconds: number,
  arrivals: Arrivals,
): Promise<Answer[]> {
  const pending: Promise<Answer>[] = [];
  const startedAt = performance.now();
  for (const due of dueTimes(ratePerSecond, seconds, arrivals)) {
    const wait = startedAt + due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(get(urls.next().value as string));
  }
  return await Promise.all(pending);
}

/** When the requests of such a load leave, ms from its beginning. */
export function* dueTimes(
  ratePerSecond: number,
  seconds: number,
  arrivals: Arrivals,
): Generator<number, void> {
  const random = seeded(1);
  for (let due = 0; due < seconds * 1000; ) {
    yield due;
    due += (arrivals === 'even' ? 1 : -Math.log(1 - random())) * (1000 / ratePerSecond);
  }
}

/** Uniform in [0, 1) from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** URLs of single images that no cache holds: each at a place of its own, on no grid. */
export function* uncachedImages(
  url: string,
  project: string,
  seed: number,
  size = 256,
): Generator<string, never> {
  const random = seeded(seed);
  for (;;) {
    const west = -10 + random() * 30;
    const south = 37 + random() * 20;
    const span = 6 + random();
    const bbox = [west, south, west + span, south + span].map((value) => value.toFixed(6)).join(',');
    yield `${url}/wms/${project}?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=${project}&STYLES=&SRS=EPSG:4326` +
      `&BBOX=${bbox}&WIDTH=${size}&HEIGHT=${size}&FORMAT=image/png`;
  }
}
