import { randomBytes } from 'node:crypto';
import type { Config } from './config.ts';
import { DataDir } from './data/data-dir.ts';
import type { NodeEvent } from './http/node-event.ts';
import { NodeEvents } from './node/events.ts';
import { openFrontDoor } from './node/front-door.ts';
import { openMachine } from './node/machine.ts';
import { MeshHost } from './node/mesh-host.ts';
import type { Log } from './platform/log.ts';

export interface NodeHooks {
  readonly log: Log;
  /** Told of peers and projects as they come and go, also while the peer starts. */
  readonly onEvent: (event: NodeEvent) => void;
  /** Called when another command asks this peer to stop. */
  readonly requestStop: () => void;
}

export interface GismeshNode {
  readonly ready: {
    readonly http: string;
    readonly peerId: string;
    /** Multiaddrs under which other peers reach this one. */
    readonly listen: readonly string[];
    readonly data: string;
    readonly pid: number;
  };
  /** Finishes what is running (bounded), tells the peers, leaves no process, lock or socket behind. */
  stop(): Promise<void>;
}

/**
 * A whole peer: data folder, engines, projects, mesh and front door, put together. What was opened before a
 * failure is closed again, last first.
 */
export async function startNode(config: Config, hooks: NodeHooks): Promise<GismeshNode> {
  const { log } = hooks;
  const graceMs = config.node.stopGraceMs;
  await using opened = new AsyncDisposableStack();
  const data = await DataDir.open(config.node.data);
  await data.lock();
  opened.defer(() => data.close());
  const events = new NodeEvents(log);
  events.on(hooks.onEvent);
  const machine = await openMachine(config, data, events, log);
  opened.defer(() => machine.close(graceMs));
  const host = await MeshHost.open({ config, data, machine, events, log });
  opened.defer(() => host.close());
  const token = randomBytes(32).toString('base64url');
  const door = await openFrontDoor({
    config,
    host,
    machine,
    events,
    log,
    token,
    requestStop: hooks.requestStop,
  });
  // Side by side: new requests would keep a draining peer busy.
  opened.defer(async () => {
    await Promise.all([host.finish(graceMs), door.close(graceMs)]);
  });
  const published = await data.publish({ url: door.url, token, peerId: host.self, startedAt: Date.now() });
  if (!published.byPort)
    log.warn({ reason: published.reason }, 'other commands find this peer by --data only');
  const closing = opened.move();
  let stopping: Promise<void> | undefined;
  return {
    ready: { http: door.url, peerId: host.self, listen: host.addresses(), data: data.path, pid: process.pid },
    stop() {
      stopping ??= closing.disposeAsync();
      return stopping;
    },
  };
}
