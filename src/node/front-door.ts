import { userInfo } from 'node:os';
import type { Config } from '../config.ts';
import type { JobsContext } from '../http/front-door-context.ts';
import type { NodeEvent } from '../http/node-event.ts';
import { createFrontDoor } from '../http/server.ts';
import type { MapService } from '../maps/map-service.ts';
import type { Log } from '../platform/log.ts';
import { systemClock } from '../platform/system.ts';
import { version } from '../version.ts';
import { builtFolder } from './built-folder.ts';
import type { NodeEvents } from './events.ts';
import { JobCallbacks } from './job-callbacks.ts';
import { JobLogListener } from './job-log-listener.ts';
import { JobMetrics } from './job-metrics.ts';
import type { Machine } from './machine.ts';
import type { MeshHost } from './mesh-host.ts';
import { createRegistry } from './metrics.ts';

interface DoorParts {
  readonly config: Config;
  readonly host: MeshHost;
  readonly machine: Machine;
  readonly events: NodeEvents;
  readonly log: Log;
  readonly token: string;
  readonly requestStop: () => void;
}

/** Opens the front door on the node behind it. */
export async function openFrontDoor(parts: DoorParts) {
  const { config, host, machine, events, log } = parts;
  const registry = createRegistry(machine, host);
  const startedAt = Date.now();
  const jobs: JobsContext = {
    service: () => host.jobs.service,
    user: userName(),
    listen: (listener) => host.onJobs((service) => service.events.add(listener)),
    peerName: (peer) => host.peers().find(({ peerId }) => peerId === peer)?.name ?? '',
    peersNamed: (name) =>
      host
        .peers()
        .filter((peer) => peer.name === name)
        .map(({ peerId }) => peerId),
    ...config.jobs.answers,
  };
  const door = createFrontDoor({
    context: {
      maps: mapsOf(host),
      crs: machine.crs,
      jobs,
      onEvent: (listener) => events.on(listener),
      peers: () => host.peers(),
      status: () => statusOf(host, machine, startedAt),
      notReady: () => notReady(host, machine),
      metrics: () => registry.metrics(),
      control: {
        token: parts.token,
        stop: parts.requestStop,
        invitation: async () => host.invitation(),
        join: (invitation) => host.join(invitation),
        drain: (how) => host.drain(how),
        resume: () => host.resume(),
      },
    },
    options: config.http,
    ogc: config.ogc,
    clock: systemClock,
    log,
    registry,
    pageFolder: builtFolder('web'),
  });
  const url = await door.listen(config.http.host, config.http.port);
  const ticker = announceLoads(host, events);
  const callbacks = new JobCallbacks({
    jobs,
    baseUrl: () => url,
    limits: config.ogc.processes,
    clock: systemClock,
    log,
    options: { ...config.jobs.answers, ...config.jobs.execution },
  });
  for (const listener of [new JobLogListener(log), new JobMetrics(registry, jobs.service), callbacks])
    jobs.listen(listener);
  return {
    url,
    async close(graceMs: number) {
      callbacks.stop();
      clearInterval(ticker);
      await door.close(graceMs);
    },
  };
}

/** The maps of whichever mesh this peer belongs to at the moment. */
function mapsOf(host: MeshHost): MapService {
  return {
    projects: () => host.session.maps.projects(),
    project: (id) => host.session.maps.project(id),
    defaultProject: () => host.session.maps.defaultProject(),
    awaitProject: (id, context) => host.session.maps.awaitProject(id, context),
    image: (view, context) => host.session.maps.image(view, context),
    featureInfo: (query, context) => host.session.maps.featureInfo(query, context),
    legend: (query, context) => host.session.maps.legend(query, context),
  };
}

/** Accounts without a name have none to tell. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

const LOADS_EVERY_MS = 2_000;

/** Loads change all the time; listeners get all of them together, and only when they changed. */
function announceLoads(host: MeshHost, events: NodeEvents): NodeJS.Timeout {
  let last = '';
  const tick = () => {
    if (!events.hasListeners) return;
    const event: NodeEvent = { event: 'peers', peers: host.peers() };
    const text = JSON.stringify(event);
    if (text !== last) events.emit(event);
    last = text;
  };
  return setInterval(tick, LOADS_EVERY_MS).unref();
}

function notReady(host: MeshHost, machine: Machine): string | undefined {
  if (host.session.maps.projects().length > 0) return undefined;
  return machine.engines.size === 0
    ? 'no map engine on this machine and no project in the mesh'
    : 'no project is served yet; see --projects';
}

function statusOf(host: MeshHost, machine: Machine, startedAt: number): Record<string, unknown> {
  const peers = host.peers();
  return {
    version: version(),
    peerId: host.self,
    name: peers.find((peer) => peer.self)?.name,
    pid: process.pid,
    uptimeSeconds: Math.round((Date.now() - startedAt) / 1000),
    ready: notReady(host, machine) === undefined,
    listen: host.addresses(),
    peers: {
      known: peers.length,
      alive: peers.filter((peer) => peer.state === 'alive').length,
    },
    projects: host.session.maps
      .projects()
      .map(({ id, hash, title, engine }) => ({ id, hash, title, engine })),
    engines: [...machine.engines.values()].map((engine) => ({ ...engine.identity, ...engine.load() })),
    cache: machine.cache.stats(),
    requestsInFlight: host.session.requests.size,
    work: host.work,
    artifacts: host.jobs.artifacts.counts(),
    memoryBytes: process.memoryUsage.rss(),
  };
}
