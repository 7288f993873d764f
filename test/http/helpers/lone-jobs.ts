import { SeededRandom } from '../../../sim/random.ts';
import { SimulatedStatusDisk, SimulatedStatusStore } from '../../../sim/status-store.ts';
import { jobsConfig } from '../../../src/config/jobs.ts';
import { ogcConfig } from '../../../src/config/ogc.ts';
import { GismeshError } from '../../../src/core/errors.ts';
import type { JobsContext } from '../../../src/http/front-door-context.ts';
import { JobService } from '../../../src/jobs/job-service.ts';
import type { OutputStore } from '../../../src/jobs/outputs.ts';
import { Replication } from '../../../src/jobs/replication.ts';
import { StatusMap } from '../../../src/jobs/status-map.ts';
import { sleep } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { Network } from '../../../src/platform/network.ts';
import { systemClock, systemRandom } from '../../../src/platform/system.ts';
import { ProcessCatalogue } from '../../../src/processes/catalogue.ts';
import type { ProcessProvider, TaskOutput } from '../../../src/processes/process.ts';
import { echo } from '../../ogc/processes/helpers/echo.ts';

/** Gives its inputs back; the input `text` may be `fail`, or `wait` for longer than anybody does. */
const echoing: ProcessProvider = {
  name: 'echoing',
  list: () => [echo],
  expectation: () => ({ cores: 0, durationMs: 10 }),
  onChange: () => () => {},
  stop: async () => {},
  async run({ inputs, outputs }, { clock, signal }) {
    const text = inputs.find(({ id }) => id === 'text')?.value;
    if (text?.kind === 'literal' && text.value === 'fail')
      throw new GismeshError('JOB_FAILED', 'it was told to');
    if (text?.kind === 'literal' && text.value === 'wait') await sleep(clock, 3_600_000, signal);
    return outputs.flatMap(({ id }): TaskOutput[] => {
      const value = inputs.find((input) => input.id === id)?.value;
      return value ? [{ id, value }] : [];
    });
  },
};

/** A network with nobody else in it. */
const alone = {
  self: 'lone',
  connected: () => [],
  isConnected: () => false,
  onCall() {},
  onNotice() {},
  on() {},
  publish() {},
  subscribe() {},
} as unknown as Network;

/** The jobs of a peer alone in the world, on the machine's clock. */
export async function loneJobs(changes: Partial<JobsContext> = {}): Promise<JobsContext & { stop(): void }> {
  // The product's timers keep no process alive; a test has to.
  const anchor = setInterval(() => {}, 1000);
  const [clock, random, log] = [systemClock, systemRandom, silentLog];
  const options = jobsConfig.parse({ execution: { slots: 2 } });
  const store = new SimulatedStatusStore(new SimulatedStatusDisk(new SeededRandom(1)), clock);
  const map = new StatusMap({ store, clock, log, options: options.statuses });
  await map.open();
  const ensureConnected = () => Promise.reject(new Error('nobody is there'));
  const world = { network: alone, clock, random, log, map };
  const replication = new Replication({
    ...world,
    members: () => [],
    isAlone: () => true,
    ensureConnected,
    options: options.replication,
  });
  replication.start();
  const service = new JobService({
    ...world,
    replication,
    peers: { others: () => [], isAlone: () => true, onChange() {}, ensureConnected },
    provider: new ProcessCatalogue([echoing]),
    workshop: {
      open: async () => ({
        scratch: '/none',
        inputs: '/none',
        fetch: noWeb,
        fetchText: noWeb,
        close: async () => {},
      }),
    },
    outputs: inMemory(),
    runLimits: { timeoutMs: 60_000, memoryBytes: 1e9, scratchBytes: 1e9 },
    limits: ogcConfig.parse({}).processes,
    options,
  });
  await service.start();
  return {
    ...options.answers,
    service: () => service,
    user: 'anna',
    listen: (listener) => service.events.add(listener),
    peerName: () => 'räum-7',
    peersNamed: (name) => (name === 'räum-7' ? ['lone'] : []),
    stop() {
      service.stop();
      replication.stop();
      clearInterval(anchor);
    },
    ...changes,
  };
}

function inMemory(): OutputStore {
  const kept: Uint8Array[] = [];
  return {
    hasRoom: () => true,
    reserve: async () => ({ release() {} }),
    async keep({ content }) {
      const bytes = content.at === 'memory' ? content.bytes : new Uint8Array();
      kept.push(bytes);
      return { artifact: String(kept.length - 1), bytes: bytes.length, replicas: [] };
    },
    read: async (artifact) => kept[Number(artifact)] as Uint8Array,
    async open(artifact) {
      const bytes = kept[Number(artifact)] as Uint8Array;
      return {
        size: bytes.length,
        async *read({ from, to }) {
          yield bytes.subarray(from, to);
        },
      };
    },
    holds: (artifact) => kept[Number(artifact)] !== undefined,
    holders: async () => [],
    jobsOf: () => [],
    stage: async (artifact) => ({ at: 'memory', bytes: kept[Number(artifact)] as Uint8Array }),
  };
}

async function noWeb(): Promise<never> {
  throw new GismeshError('INPUT_INVALID', 'there is no web here');
}
