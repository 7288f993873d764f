import test from 'ava';
import { smallContentId } from '../../src/artifacts/small-content.ts';
import { JOB_LIMITS } from '../../src/core/jobs/job-status.ts';
import { claimed, ended, progressed } from '../../src/core/jobs/transitions.ts';
import { keepOutputs } from '../../src/jobs/kept-outputs.ts';
import type { KeptOutput, OutputStore } from '../../src/jobs/outputs.ts';
import { WIRE_LIMITS, writing } from '../../src/jobs/wire.ts';
import { formatOf } from '../../src/ogc/processes/process-description.ts';
import type { TaskOutput } from '../../src/processes/process.ts';
import { acceptedJob, START_MS } from '../core/jobs/helpers/statuses.ts';

const HOUR_MS = 3_600_000;
const AT = { wallMs: START_MS, counter: 0 };
const TERMS = {
  job: 'job-1',
  room: { release() {} },
  copies: 2,
  nowMs: 0,
  ttlMs: HOUR_MS,
  signal: new AbortController().signal,
};

const text = (id: string): TaskOutput => ({
  id,
  value: {
    kind: 'complex',
    format: formatOf('text/plain'),
    content: { at: 'memory', bytes: new TextEncoder().encode(id) },
  },
});

/** Keeps outputs in a store that says of each which other peers hold it. */
function keep(
  holders: Readonly<Record<string, readonly string[] | undefined>>,
  { ttlMs = HOUR_MS, signal = new AbortController().signal, count = 0 } = {},
) {
  const expiries: number[] = [];
  const told: number[] = [];
  const store = {
    keep: async ({ name }: KeptOutput, { expiresAt }: { expiresAt: number }) => {
      expiries.push(expiresAt);
      return { artifact: `artifact of ${name}`, bytes: name.length, replicas: holders[name] };
    },
  } as unknown as OutputStore;
  const outputs =
    count > 0 ? Array.from({ length: count }, (_, at) => text(`o${at}`)) : Object.keys(holders).map(text);
  const terms = { ...TERMS, ttlMs, signal };
  return { expiries, told, kept: keepOutputs(outputs, store, terms, (done) => told.push(done)) };
}

test('outputs are named as they are kept, and held by who holds all of them', async (t) => {
  const { kept, told } = keep({ one: ['b', 'c'], known: undefined, two: ['c', 'd'] });
  const { references, holders } = await kept;
  t.deepEqual(holders, ['c']);
  t.deepEqual(told, [0, 1, 2]);
  t.deepEqual(references[0], {
    name: 'one',
    mediaType: 'text/plain',
    artifact: 'artifact of one',
    bytes: 3,
  });
  t.is(references.length, 3);
});

test('outputs outlive the status that names them: by a tenth of its life, at most an hour', async (t) => {
  const short = keep({ one: [] }, { ttlMs: HOUR_MS });
  const long = keep({ one: [] }, { ttlMs: 100 * HOUR_MS });
  await Promise.all([short.kept, long.kept]);
  t.deepEqual([short.expiries, long.expiries], [[HOUR_MS + HOUR_MS * 0.1], [101 * HOUR_MS]]);
});

test('too many outputs are refused; nothing is kept for who is no longer needed', async (t) => {
  const many = keep({}, { count: JOB_LIMITS.outputs + 1 });
  await t.throwsAsync(many.kept, { code: 'PROCESS_LIMIT_EXCEEDED' });
  const gone = keep({ one: [] }, { signal: AbortSignal.abort(new Error('dismissed')) });
  await t.throwsAsync(gone.kept, { message: 'dismissed' });
  t.deepEqual([many.expiries, gone.expiries], [[], []]);
});

test('many small values fit into a status: beyond a bound they are kept as others are', async (t) => {
  const values = Array.from({ length: JOB_LIMITS.outputs }, (_, at): TaskOutput => {
    return {
      id: `value-${at}`,
      value: { kind: 'literal', value: 'x'.repeat(250), dataType: 'string', uom: 'm' },
    };
  });
  const { references, holders } = await keepOutputs(values, storeOfIds(), TERMS, () => {});
  const done = ended(
    progressed(claimed(acceptedJob('job-1'), 'peer-1', AT), { progress: 99 }, AT),
    { state: 'successful', outputs: references, replicas: holders },
    AT,
  );
  t.true(writing(done, 1e15).body.length < WIRE_LIMITS.body);
  t.true(references.some(({ artifact }) => artifact.length > 400));
  t.true(references.some(({ artifact }) => artifact.length === 68));
});

test('names and types that are too long for a status are told as such', async (t) => {
  const values = Array.from({ length: JOB_LIMITS.outputs }, (_, at): TaskOutput => {
    const literal = { kind: 'literal', value: '1', dataType: 'd'.repeat(200), uom: '' } as const;
    return { id: `${at}-${'n'.repeat(240)}`, value: literal };
  });
  const error = await t.throwsAsync(keepOutputs(values, storeOfIds(), TERMS, () => {}));
  t.like(error, { code: 'PROCESS_LIMIT_EXCEEDED' });
});

/** As the mesh's: small values may be ids. */
function storeOfIds(): OutputStore {
  return {
    keep: async ({ content }: KeptOutput, { mayBeId }: { mayBeId: boolean }) => {
      const bytes = content.at === 'memory' ? content.bytes : new Uint8Array();
      const small = mayBeId ? smallContentId(bytes) : undefined;
      if (small !== undefined) return { artifact: small, bytes: bytes.length, replicas: undefined };
      return { artifact: '1220'.padEnd(68, '0'), bytes: bytes.length, replicas: ['b'] };
    },
  } as unknown as OutputStore;
}
