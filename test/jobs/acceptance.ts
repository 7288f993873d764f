import { hash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { jobsConfig } from '../../src/config/jobs.ts';
import { Durations } from '../../src/core/jobs/durations.ts';
import type { JobStatus } from '../../src/core/jobs/job-status.ts';
import type { StatusRecord } from '../../src/core/jobs/status-record.ts';
import { Acceptance, type AcceptanceParts } from '../../src/jobs/acceptance.ts';
import type { KeptOutput } from '../../src/jobs/outputs.ts';
import { decodeSubmission } from '../../src/jobs/submission.ts';
import { WIRE_LIMITS } from '../../src/jobs/wire.ts';
import type { ExecuteRequest } from '../../src/ogc/processes/execute-request.ts';
import { formatOf } from '../../src/ogc/processes/process-description.ts';
import { START_MS } from '../core/jobs/helpers/statuses.ts';
import { echo, limits, request, strict } from '../ogc/processes/helpers/echo.ts';

const SYNC_LIMIT_MS = 10_000;

const options = jobsConfig.parse({
  answers: { syncLimitMs: SYNC_LIMIT_MS, maxAccepting: 2 },
  placing: { maxWaiting: 3 },
  execution: { priorDurationMs: 1000 },
});

const atOnce = { ...echo, id: 'at once', jobControl: ['sync-execute'] } as const;
const once = { ...echo, id: 'once', idempotent: false };

/** A peer to which jobs are submitted; what it does with them is written down. */
class Peer {
  readonly written: { status: JobStatus; request: Uint8Array; isDurable: boolean }[] = [];
  readonly placed: string[] = [];
  readonly inputs: (KeptOutput & { readonly expiresAt: number })[] = [];
  readonly durations = new Durations(10);
  readonly keeper = {
    waiting: 0,
    stuck: '',
    isStuck: (process: string) => this.keeper.stuck === process,
    place: ({ status }: StatusRecord) => this.placed.push(status.id),
  };
  hasRoom = true;
  offerers: string[] = [];
  acknowledged = ['b', 'c'];
  random: Uint8Array = Uint8Array.from({ length: 16 }, (_, at) => at);
  /** Until then no disk answers. */
  disks: Promise<void> = Promise.resolve();
  marks = 0;
  readonly #acceptance = new Acceptance({
    network: { self: 'a' },
    clock: { wallTime: () => START_MS },
    random: { bytes: () => this.random },
    map: { time: () => ({ wallMs: START_MS, counter: 0 }), mark: () => this.#mark() },
    replication: { replicate: (status: JobStatus, how: object) => this.#replicate(status, how) },
    outputs: { hasRoom: () => this.hasRoom, keep: (...kept: [KeptOutput, object]) => this.#keep(...kept) },
    processes: {
      find: (id: string) => [echo, strict, atOnce, once].find((process) => process.id === id),
      offerers: () => this.offerers,
    },
    chaining: { recognised: async (inputs: unknown) => ({ inputs, large: [] }) },
    keeper: this.keeper,
    durations: this.durations,
    limits,
    options,
  } as unknown as AcceptanceParts);

  accept(changes: Partial<ExecuteRequest> = {}, isAwaited = false) {
    return this.#acceptance.accept(request(changes), { door: 'ogcapi', user: 'anna', isAwaited });
  }

  /** How the job would be executed, or the code of what it is refused for. */
  async mode(changes: Partial<ExecuteRequest>): Promise<string> {
    return await this.accept(changes).then(
      ({ record }) => record.status.mode,
      (error) => error.code,
    );
  }

  #mark() {
    this.marks += 1;
    return async () => {};
  }

  async #replicate(status: JobStatus, how: object) {
    await this.disks;
    this.written.push({ status, ...(how as { request: Uint8Array; isDurable: boolean }) });
    return { record: { status } as StatusRecord, acknowledged: this.acknowledged };
  }

  async #keep(input: KeptOutput, terms: object) {
    this.inputs.push({ ...input, ...(terms as { expiresAt: number }) });
    return { artifact: 'kept', bytes: 1, replicas: ['b'] };
  }
}

test('a job is written with its request, then placed, then acknowledged', async (t) => {
  const peer = new Peer();
  const { record, submission, copies, isThin } = await peer.accept();
  t.like(record.status, { process: 'echo', user: 'anna', door: 'ogcapi', submitter: 'a', state: 'accepted' });
  t.deepEqual(peer.placed, [record.status.id]);
  const [write] = peer.written as [(typeof peer.written)[0]];
  t.deepEqual(record.status.request, {
    digest: hash('sha256', write.request),
    bytes: write.request.length,
  });
  t.deepEqual(decodeSubmission(write.request), submission);
  t.like(submission, { processVersion: '1.2.0', idempotent: true });
  t.deepEqual([copies, isThin], [2, false]);
});

test('fewer copies than asked for are told', async (t) => {
  const peer = new Peer();
  peer.acknowledged = ['b'];
  t.like(await peer.accept(), { copies: 1, isThin: true });
});

test('an id is a random UUID', async (t) => {
  const peer = new Peer();
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
  await fc.assert(
    fc.asyncProperty(bytes, async (random) => {
      peer.random = random;
      const { id } = (await peer.accept()).record.status;
      t.regex(id, /^\w{8}-\w{4}-\w{4}-\w{4}-\w{12}$/);
      // RFC 9562 section 5.4: all bits are random but for those of the version and the variant.
      const expected = Buffer.from(random);
      expected[6] = ((expected[6] as number) & 0x0f) | 0x40;
      expected[8] = ((expected[8] as number) & 0x3f) | 0x80;
      t.is(id.replaceAll('-', ''), expected.toString('hex'));
    }),
    { numRuns: 50 },
  );
});

test('what does not fit its process is refused before anything is written', async (t) => {
  const peer = new Peer();
  await t.throwsAsync(peer.accept({ process: 'none' }), { code: 'PROCESS_UNKNOWN' });
  await t.throwsAsync(peer.accept({ process: strict.id, mode: 'async' }), { code: 'INPUT_INVALID' });
  t.deepEqual([peer.written, peer.placed], [[], []]);
});

test('a full store refuses jobs that nobody else could take', async (t) => {
  const peer = new Peer();
  peer.hasRoom = false;
  await t.throwsAsync(peer.accept(), { code: 'BUSY', message: /no room for results: .*quotaBytes/ });
  peer.offerers = ['b'];
  await t.notThrowsAsync(peer.accept());
});

test('so many are accepted at a time; those that fail make room again', async (t) => {
  const peer = new Peer();
  const disks = Promise.withResolvers<void>();
  peer.disks = disks.promise;
  const underWay = [peer.accept(), peer.accept()];
  await t.throwsAsync(peer.accept(), { code: 'BUSY', message: /2 jobs are being accepted/ });
  disks.reject(new Error('the disk is gone'));
  for (const each of underWay) await t.throwsAsync(each, { message: 'the disk is gone' });
  peer.disks = Promise.resolve();
  await Promise.all([peer.accept(), peer.accept()]);
  t.is(peer.placed.length, 2, 'what is not safe is not placed');
});

test('where too many wait for a peer that takes them, no more come', async (t) => {
  const peer = new Peer();
  peer.keeper.waiting = 3;
  await t.throwsAsync(peer.accept(), { code: 'BUSY', message: /3 jobs wait here/ });
  peer.keeper.waiting = 2;
  await t.notThrowsAsync(peer.accept());
});

test('who leaves it to the peer is answered at once where that takes little of its patience', async (t) => {
  const peer = new Peer();
  t.is(await peer.mode({ mode: 'auto' }), 'sync', 'as far as is known');
  peer.durations.observe('echo', SYNC_LIMIT_MS / 2);
  t.is(await peer.mode({ mode: 'auto' }), 'sync');
  peer.durations.observe('echo', 2 * SYNC_LIMIT_MS);
  t.is(await peer.mode({ mode: 'auto' }), 'async');
  t.is(await peer.mode({ mode: 'sync' }), 'sync');
  t.is(await peer.mode({ mode: 'async' }), 'async');
});

test('who would wait in vain is told so, unless it may be asked for later', async (t) => {
  const peer = new Peer();
  peer.keeper.stuck = 'echo';
  t.is(await peer.mode({ mode: 'sync' }), 'BUSY');
  t.is(await peer.mode({ mode: 'sync', modeIsPreference: true }), 'async');
  t.is(await peer.mode({ mode: 'auto' }), 'async');
  t.is(await peer.mode({ mode: 'async' }), 'async');
  t.is(await peer.mode({ mode: 'sync', process: 'once' }), 'sync', 'of another process some are taken');
  peer.keeper.stuck = atOnce.id;
  t.is(await peer.mode({ mode: 'sync', modeIsPreference: true, process: atOnce.id }), 'BUSY');
});

test('only the result of a job that may run twice waits for this disk once, at its end', async (t) => {
  for (const [process, mode, isAwaited, isDurable] of [
    ['echo', 'sync', true, false],
    ['echo', 'sync', false, true],
    ['echo', 'async', true, true],
    ['once', 'sync', true, true],
  ] as const) {
    const peer = new Peer();
    const { safe } = await peer.accept({ process, mode }, isAwaited);
    t.is(peer.written[0]?.isDurable, isDurable, `${process} ${mode} ${isAwaited}`);
    t.is(peer.marks, isDurable ? 0 : 1);
    await t.notThrowsAsync(safe());
  }
});

test('large inputs are kept as artifacts of the job for as long as its status', async (t) => {
  const peer = new Peer();
  const data = 'x'.repeat(WIRE_LIMITS.request);
  const value = { kind: 'complex', data, format: formatOf('application/geo+json') } as const;
  const { submission } = await peer.accept({ inputs: [{ id: 'geometry', value }] });
  const index = submission.request.inputs.findIndex(({ id }) => id === 'geometry');
  t.deepEqual(submission.large, [{ index, artifact: 'kept', holders: ['a', 'b'] }]);
  t.like(peer.inputs, [{ name: 'geometry', mediaType: 'application/geo+json' }]);
  t.like(peer.inputs[0], { expiresAt: START_MS + options.replication.ttlMs, mayBeId: false });
  t.true((peer.written[0]?.request.length ?? Infinity) <= WIRE_LIMITS.request);
});
