import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CacheOutcome } from '../maps/map-service.ts';

/** Seconds: from an answer out of memory to one that met its deadline. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counters of the front door for Prometheus. */
export class HttpMetrics {
  readonly #requests: Counter<'route' | 'status' | 'cache'>;
  readonly #durations: Histogram<'route'>;
  readonly #eventClients: Gauge;
  readonly #listening = new Map<string, number>();
  /** Counted here and handed to prom-client when it collects, so that a request looks labels up once less. */
  readonly #pending = new Map<string, Pending>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'gismesh_http_requests_total',
      help: 'Answered requests, by route, HTTP status and what the map cache did.',
      labelNames: ['route', 'status', 'cache'],
      registers,
      collect: () => this.#flush(),
    });
    this.#durations = new Histogram({
      name: 'gismesh_http_request_duration_seconds',
      help: 'Time from the request to its answer, by route.',
      labelNames: ['route'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#eventClients = new Gauge({
      name: 'gismesh_http_event_clients',
      help: 'Open streams of server-sent events.',
      registers,
    });
  }

  /** `route` and `cache` come from the program's own words, never from the client. */
  observe(route: string, status: number, cache: CacheOutcome | undefined, durationMs: number): void {
    const key = `${route} ${status} ${cache ?? ''}`;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { route, status: String(status), cache: cache ?? '', count: 0 };
      this.#pending.set(key, pending);
    }
    pending.count++;
    this.#durations.observe({ route }, durationMs / 1000);
  }

  /** `of`: whose events they listen to. */
  setEventClients(of: 'node' | 'jobs', count: number): void {
    this.#listening.set(of, count);
    this.#eventClients.set([...this.#listening.values()].reduce((sum, each) => sum + each, 0));
  }

  #flush(): void {
    for (const pending of this.#pending.values()) {
      if (pending.count === 0) continue;
      const { route, status, cache, count } = pending;
      this.#requests.inc({ route, status, cache }, count);
      pending.count = 0;
    }
  }
}

interface Pending {
  readonly route: string;
  readonly status: string;
  readonly cache: string;
  count: number;
}
