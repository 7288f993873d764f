import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { Registry } from 'prom-client';
import { httpConfig } from '../../../src/config/http.ts';
import { ogcConfig } from '../../../src/config/ogc.ts';
import type { FrontDoorContext, JobsContext } from '../../../src/http/front-door-context.ts';
import type { NodeEvent } from '../../../src/http/node-event.ts';
import type { FrontDoorOptions } from '../../../src/http/options.ts';
import { createFrontDoor, type FrontDoor } from '../../../src/http/server.ts';
import type { PeerStatus } from '../../../src/mesh/peer-status.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import type { Log } from '../../../src/platform/log.ts';
import { systemClock } from '../../../src/platform/system.ts';
import { crsCatalogue, FakeMaps } from './fake-maps.ts';

export const TOKEN = 'a-token-of-tests';

const peer: PeerStatus = {
  peerId: '12D3KooWTest',
  name: 'räum-7',
  self: true,
  state: 'alive',
  addresses: [],
  engines: [{ name: 'mapnik', version: '4.2.1' }],
  projects: [{ id: 'world', hash: 'a'.repeat(64) }],
  cores: 2,
  owner: 'away',
  draining: false,
  load: { running: 0, queued: 0, slots: 2 },
  version: '0.1.0',
  drawn: 0,
};

interface LogLine {
  readonly level: keyof Log;
  readonly context: object;
  readonly message: string;
}

/** The node behind a front door under test. */
class FakeNode implements FrontDoorContext {
  readonly maps = new FakeMaps();
  readonly crs = crsCatalogue;
  readonly jobs?: JobsContext;
  readonly registry = new Registry();
  readonly listeners = new Set<(event: NodeEvent) => void>();
  readonly lines: LogLine[] = [];
  constructor(jobs?: JobsContext) {
    if (jobs) this.jobs = jobs;
  }

  notReadyReason: string | undefined;
  stopped = 0;
  joined: string[] = [];
  joinError: Error | undefined;
  drained: object[] = [];

  readonly control = {
    token: TOKEN,
    stop: () => {
      this.stopped++;
    },
    invitation: async () => ({ invitation: 'gm1abc', words: 'one two three four five six' }),
    join: async (invitation: string) => {
      if (this.joinError) throw this.joinError;
      this.joined.push(invitation);
    },
    drain: (how: object) => {
      this.drained.push(how);
    },
    resume: () => {
      this.drained.push({ resumed: true });
    },
  };

  readonly log: Log = {
    debug: (context, message) => this.lines.push({ level: 'debug', context, message }),
    info: (context, message) => this.lines.push({ level: 'info', context, message }),
    warn: (context, message) => this.lines.push({ level: 'warn', context, message }),
    error: (context, message) => this.lines.push({ level: 'error', context, message }),
  };

  onEvent(listener: (event: NodeEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: NodeEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }

  peers(): PeerStatus[] {
    return [peer];
  }

  status(): Record<string, unknown> {
    return { peerId: peer.peerId, name: peer.name };
  }

  notReady(): string | undefined {
    return this.notReadyReason;
  }

  metrics(): Promise<string> {
    return this.registry.metrics();
  }
}

export interface OpenDoor {
  readonly node: FakeNode;
  readonly door: FrontDoor;
  readonly url: string;
}

/** A front door on a free loopback port, closed after the test. */
export async function openDoor(
  t: ExecutionContext,
  settings: {
    options?: Partial<FrontDoorOptions>;
    clock?: Clock;
    pageFolder?: string;
    jobs?: JobsContext;
  } = {},
): Promise<OpenDoor> {
  const node = new FakeNode(settings.jobs);
  const door = createFrontDoor({
    context: node,
    options: { ...httpConfig.parse({}), ...settings.options },
    ogc: ogcConfig.parse({}),
    clock: settings.clock ?? systemClock,
    log: node.log,
    registry: node.registry,
    pageFolder: settings.pageFolder ?? path.join(import.meta.dirname, 'no-page'),
  });
  const url = await door.listen('127.0.0.1', 0);
  t.teardown(() => door.close(0));
  return { node, door, url };
}

const GET_MAP =
  'SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=land&STYLES=&CRS=EPSG:3857&BBOX=0,0,1000,1000&WIDTH=256&HEIGHT=256&FORMAT=image/png';

/** The query of a map that can be drawn, with some parameters changed; undefined takes one out. */
export function mapQuery(changes: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams(GET_MAP);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  return query.toString();
}
