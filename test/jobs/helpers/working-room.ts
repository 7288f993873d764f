import { hash } from 'node:crypto';
import type { FabricOptions } from '../../../sim/fabric.ts';
import type { Machine } from '../../../sim/machine.ts';
import { ogcConfig } from '../../../src/config/ogc.ts';
import { GismeshError } from '../../../src/core/errors.ts';
import type { JobStatus } from '../../../src/core/jobs/job-status.ts';
import type { OwnerAllowance } from '../../../src/core/owner-policy.ts';
import { JobService } from '../../../src/jobs/job-service.ts';
import { JOBS_PROTOCOL, jobPeersOf } from '../../../src/jobs/member-peers.ts';
import type { OutputStore } from '../../../src/jobs/outputs.ts';
import type { ExecuteRequest } from '../../../src/ogc/processes/execute-request.ts';
import type { ProcessDescription } from '../../../src/ogc/processes/process-description.ts';
import { type Clock, sleep } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { PeerId } from '../../../src/platform/network.ts';
import { ProcessCatalogue } from '../../../src/processes/catalogue.ts';
import type { ProcessProvider, ProcessTask, TaskContext } from '../../../src/processes/process.ts';
import { input, literal, request } from '../../ogc/processes/helpers/echo.ts';
import { JobRoom } from './job-room.ts';

/** How often a process that stands still looks whether it may go on. */
const STANDSTILL_MS = 50;

/** One run of the process, as the world saw it. */
export interface Run {
  readonly peer: PeerId;
  readonly word: string;
  end: 'running' | 'done' | 'aborted';
}

const base = {
  abstract: '',
  keywords: [],
  metadata: [],
  version: '1.0.0',
  jobControl: ['sync-execute', 'async-execute', 'dismiss'],
  storeSupported: true,
  statusSupported: true,
} as const;

/** Works for `seconds` and gives back `word`, after `fail: true` it does not. */
export const work: ProcessDescription = {
  ...base,
  id: 'work',
  title: 'Work',
  idempotent: true,
  inputs: [
    input('seconds', literal({ dataType: 'double', defaultValue: '1' })),
    input('word', literal({ defaultValue: 'done' })),
    input('fail', literal({ dataType: 'boolean', defaultValue: 'false' })),
  ],
  outputs: [{ id: 'word', title: 'The word', abstract: '', keywords: [], metadata: [], data: literal() }],
};

/** The same, but it must not be run twice. */
const once: ProcessDescription = { ...work, id: 'once', idempotent: false };

/** Literals for a process, asynchronously. */
export function requestOf(literals: Readonly<Record<string, string>>, process = 'work'): ExecuteRequest {
  const inputs = Object.entries(literals).map(([id, text]) => ({
    id,
    value: { kind: 'literal', value: text, dataType: '', uom: '' } as const,
  }));
  return request({ process, mode: 'async', inputs });
}

/** A room of peers that execute jobs in virtual time. */
export class WorkingRoom extends JobRoom {
  readonly runs: Run[] = [];
  /** What each machine offers; by default both processes. */
  readonly offers = new Map<PeerId, readonly ProcessDescription[]>();
  /** Machines whose disks are full. */
  readonly full = new Set<PeerId>();
  /** Machines whose disks take nothing, which shows only when they are written to. */
  readonly spoilt = new Set<PeerId>();
  /** Machines that somebody works at. */
  readonly owned = new Set<PeerId>();
  /** Cores that a process keeps busy, by its id; by default one. */
  readonly cores = new Map<string, number>();
  /** How long it takes to keep an output. */
  storingMs = 2;
  /** Short texts that can be fetched, by their address. */
  readonly web = new Map<string, string>();
  readonly #services = new Map<PeerId, JobService>();
  readonly #files = new Map<PeerId, Map<string, Uint8Array>>();

  constructor(seed: number, fabric: Partial<FabricOptions> = {}, config: object = {}) {
    super(seed, fabric, { execution: { slots: 2 }, ...config });
  }

  override async start(machine: Machine): Promise<void> {
    await super.start(machine);
    const membership = this.classroom.of(machine);
    const { clock, random, network } = machine.process;
    const { map, replication } = this.of(machine);
    const service = new JobService({
      network,
      clock,
      random,
      log: silentLog,
      map,
      replication,
      peers: jobPeersOf(membership),
      provider: new ProcessCatalogue([this.#provider(machine)]),
      workshop: {
        open: async () => ({
          scratch: '/scratch',
          inputs: '/inputs',
          fetch: noWeb,
          fetchText: async (_input, { href }) => this.web.get(href) ?? (await noWeb()),
          close: async () => {},
        }),
      },
      outputs: this.#outputs(machine),
      owner: this.#owner(machine.peer),
      runLimits: { timeoutMs: 3_600_000, memoryBytes: 1e9, scratchBytes: 1e9 },
      limits: ogcConfig.parse({}).processes,
      options: this.config,
    });
    await this.settle(service.start());
    membership.update({
      protocols: [...membership.self.offer.protocols, JOBS_PROTOCOL],
      processes: service.processes.digest,
    });
    this.#services.set(machine.peer, service);
  }

  service(machine: Machine): JobService {
    return this.#services.get(machine.peer) as JobService;
  }

  machine(peer: PeerId): Machine {
    return this.world.machines.find((machine) => machine.peer === peer) as Machine;
  }

  async submit(at: Machine, changes: Record<string, string> = {}, process = 'work'): Promise<string> {
    const [id] = await this.submitTogether(at, [changes], process);
    return id as string;
  }

  /** All at the same moment. */
  async submitTogether(
    at: Machine,
    each: readonly Record<string, string>[],
    process = 'work',
  ): Promise<string[]> {
    const submitting = each.map((changes) =>
      this.service(at).submit(requestOf(changes, process), { door: 'ogcapi', user: 'anna' }),
    );
    return (await this.settle(Promise.all(submitting))).map(({ record }) => record.status.id);
  }

  /** A job as one machine holds it. */
  status(machine: Machine, id: string): JobStatus | undefined {
    return this.disk(machine).content.records.get(id)?.status;
  }

  /** The same on every running machine. */
  states(id: string): string[] {
    return this.world.machines
      .filter(({ isRunning }) => isRunning)
      .map((machine) => {
        const status = this.status(machine, id);
        return `${status?.state} ${status?.epoch} ${status?.owner}`;
      });
  }

  /** Until every running machine holds the same end of the job. */
  async untilEnded(id: string, limitMs = 120_000): Promise<JobStatus> {
    await this.until(
      () => {
        const states = new Set(this.states(id));
        return states.size === 1 && /^(successful|failed|dismissed) /.test([...states][0] as string);
      },
      limitMs,
      50,
    );
    const running = this.world.machines.find(({ isRunning }) => isRunning) as Machine;
    return this.status(running, id) as JobStatus;
  }

  /** Until the job runs somewhere; who runs it. */
  async untilRunning(id: string, at: Machine): Promise<Machine> {
    await this.until(() => this.status(at, id)?.state === 'running', 20_000);
    return this.machine(this.status(at, id)?.owner as PeerId);
  }

  runsOf(word: string): Run[] {
    return this.runs.filter((run) => run.word === word);
  }

  #owner(peer: PeerId): OwnerAllowance {
    const { owned } = this;
    return {
      slotsForOthers: (slots) => slots,
      get takesJobsOfOthers() {
        return !owned.has(peer);
      },
    };
  }

  #provider(machine: Machine): ProcessProvider {
    const offered = this.offers.get(machine.peer) ?? [work, once];
    return {
      name: 'simulated',
      list: () => offered,
      expectation: (process) => ({ cores: this.cores.get(process) ?? 1 }),
      run: (task, context) => this.#run(machine, task, context),
      onChange: () => () => {},
      stop: async () => {},
    };
  }

  async #run(machine: Machine, task: ProcessTask, { clock, signal, suspension, onProgress }: TaskContext) {
    const text = (id: string) => {
      const value = task.inputs.find((each) => each.id === id)?.value;
      return value?.kind === 'literal' ? value.value : '';
    };
    const word = text('word');
    const run: Run = { peer: machine.peer, word, end: 'running' };
    this.runs.push(run);
    try {
      for (let percent = 0; percent < 100; percent += 10) {
        onProgress(percent, `at ${percent}`);
        await sleep(clock, Number(text('seconds')) * 100, signal);
        while (suspension?.isSuspended) await sleep(clock, STANDSTILL_MS, signal);
      }
    } catch (error) {
      run.end = 'aborted';
      throw error;
    }
    run.end = 'done';
    if (text('fail') === 'true') throw new GismeshError('JOB_FAILED', 'as it was told to');
    return [{ id: 'word', value: { kind: 'literal', value: word, dataType: 'string', uom: '' } as const }];
  }

  #filesOf(peer: PeerId): Map<string, Uint8Array> {
    const known = this.#files.get(peer) ?? new Map<string, Uint8Array>();
    this.#files.set(peer, known);
    return known;
  }

  /** A store that copies at once to machines that run and can be reached. */
  #outputs(machine: Machine): OutputStore {
    const { clock, network } = machine.process;
    return {
      hasRoom: () => !this.full.has(machine.peer),
      reserve: async () => {
        await aMoment(clock);
        if (this.full.has(machine.peer)) throw new GismeshError('STORE_FULL', 'there is no room');
        if (this.spoilt.has(machine.peer))
          throw new GismeshError('DATA_DIR_UNUSABLE', '/home/ann/gismesh/artifacts cannot be used (ENOSPC)');
        return { release() {} };
      },
      keep: async ({ content }, { copies }) => {
        const bytes = content.at === 'memory' ? content.bytes : new Uint8Array();
        const artifact = `1220${hash('sha256', bytes, 'hex')}`;
        this.#filesOf(machine.peer).set(artifact, bytes);
        await sleep(clock, this.storingMs);
        const replicas = network.connected().slice(0, copies);
        for (const peer of replicas) this.#filesOf(peer).set(artifact, bytes);
        return { artifact, bytes: bytes.length, replicas };
      },
      read: async (artifact, { peers }) => {
        await aMoment(clock);
        const holder = [machine.peer, ...peers].find((peer) => this.#filesOf(peer).has(artifact));
        if (!holder) throw new GismeshError('INTERNAL', 'nobody holds it');
        return this.#filesOf(holder).get(artifact) as Uint8Array;
      },
      open: () => Promise.reject(new GismeshError('INTERNAL', 'outputs are read whole here')),
      holds: (artifact) => this.#filesOf(machine.peer).has(artifact),
      holders: async (artifact) =>
        [machine.peer, ...network.connected()].filter((peer) => this.#filesOf(peer).has(artifact)),
      jobsOf: () => [],
      stage: async (artifact) => {
        const bytes = this.#filesOf(machine.peer).get(artifact) as Uint8Array;
        return { at: 'memory', bytes };
      },
    };
  }
}

const aMoment = (clock: Clock) => sleep(clock, 2);

async function noWeb(): Promise<never> {
  throw new GismeshError('INPUT_INVALID', 'there is no web here');
}
