import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Machine } from './machine.ts';
import type { MeshHost } from './mesh-host.ts';

/** Metrics of the whole peer; they are read when somebody asks, so that an idle peer pays nothing for them. */
export function createRegistry(machine: Machine, host: MeshHost): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 200 });
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        collect(this);
      },
    });
  gauge(
    'gismesh_peers',
    'Peers of the mesh that this peer knows, itself included, by state.',
    ['state'],
    (peers) => {
      for (const { state } of host.peers()) peers.inc({ state });
    },
  );
  gauge('gismesh_engine_slots', 'Workers that can draw, by engine.', ['engine'], (slots) => {
    for (const { identity, load } of engines(machine)) slots.set({ engine: identity }, load.slots);
  });
  gauge(
    'gismesh_engine_tasks',
    'Drawings in the workers or waiting for one.',
    ['engine', 'state'],
    (tasks) => {
      for (const { identity, load } of engines(machine)) {
        tasks.set({ engine: identity, state: 'running' }, load.running);
        tasks.set({ engine: identity, state: 'queued' }, load.queued);
      }
    },
  );
  gauge('gismesh_cache_bytes', 'Finished drawings kept, by place.', ['place'], (bytes) => {
    const { memoryBytes, diskBytes } = machine.cache.stats();
    bytes.set({ place: 'memory' }, memoryBytes);
    bytes.set({ place: 'disk' }, diskBytes);
  });
  gauge('gismesh_requests_in_flight', 'Drawings that this front door waits for.', [], (requests) => {
    requests.set(host.session.requests.size);
  });
  gauge('gismesh_held', 'What is kept for other peers while they wait.', ['what'], (held) => {
    const { serving, reservations, claimants } = host.session.occupancy;
    held.set({ what: 'drawing' }, serving);
    held.set({ what: 'reservation' }, reservations);
    held.set({ what: 'claim' }, claimants.length);
  });
  gauge('gismesh_artifacts', 'Artifacts that are on this disk in full.', [], (artifacts) => {
    artifacts.set(host.jobs.artifacts.counts().artifacts);
  });
  gauge('gismesh_artifact_bytes', 'The artifact store on this disk.', ['what'], (bytes) => {
    const { usedBytes, reservedBytes, quotaBytes } = host.jobs.artifacts.counts();
    bytes.set({ what: 'used' }, usedBytes);
    bytes.set({ what: 'reserved' }, reservedBytes);
    bytes.set({ what: 'quota' }, quotaBytes);
  });
  const ofArtifacts = (name: string, help: string, key: CountedOfArtifacts) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(host.jobs.artifacts.counts()[key]);
      },
    });
  ofArtifacts('gismesh_artifact_sent_bytes_total', 'Bytes of artifacts given to other peers.', 'sentBytes');
  ofArtifacts('gismesh_artifact_received_bytes_total', 'Bytes of artifacts got from them.', 'receivedBytes');
  ofArtifacts(
    'gismesh_artifact_chunks_damaged_total',
    'Chunks that this disk gave otherwise than they were written.',
    'damagedChunks',
  );
  ofArtifacts(
    'gismesh_artifact_chunks_mended_total',
    'Chunks of them that were fetched anew.',
    'mendedChunks',
  );
  ofArtifacts(
    'gismesh_artifact_chunks_refused_total',
    'Chunks that other peers gave with the wrong content.',
    'badChunks',
  );
  ofArtifacts(
    'gismesh_artifact_scrubbed_bytes_total',
    'Bytes of artifacts looked through for damage while the machine was idle.',
    'scrubbedBytes',
  );
  gauge(
    'gismesh_artifacts_spoilt',
    'Artifacts that are damaged on this disk, and that no other peer has whole.',
    [],
    (artifacts) => {
      artifacts.set(host.jobs.artifacts.counts().spoiltArtifacts);
    },
  );
  return registry;
}

type CountedOfArtifacts =
  | 'scrubbedBytes'
  | 'sentBytes'
  | 'receivedBytes'
  | 'damagedChunks'
  | 'mendedChunks'
  | 'badChunks';

function engines(machine: Machine) {
  return [...machine.engines.values()].map((engine) => ({
    identity: engine.identity.name,
    load: engine.load(),
  }));
}
