import test from 'ava';
import { MachineClock } from '../../../sim/clock.ts';
import { resultOf, SIMULATED_PROCESSES } from '../../../sim/jobs/processes.ts';
import { type RunEnd, SimulatedProcesses } from '../../../sim/jobs/provider.ts';
import { scratchOf } from '../../../sim/jobs/scratch.ts';
import { VirtualTime } from '../../../sim/time.ts';

const condition = {
  speed: 1,
  slots: 2,
  ownerFactor: 0.3,
  ownerActive: false,
  slowFactor: 1,
  shortOfMemory: false,
  failureRate: 0,
};

function computing() {
  const time = new VirtualTime();
  const ends: string[] = [];
  const machine = { ...condition };
  const processes = new SimulatedProcesses({
    peer: 'peer-7',
    condition: machine,
    offers: SIMULATED_PROCESSES,
    onBegan: ({ job, epoch }) => ends.push(`${job} ${epoch} began`),
    onEnded: ({ job, epoch }, end: RunEnd) => ends.push(`${job} ${epoch} ${end}`),
  });
  const percents: number[] = [];
  const run = (texts: Record<string, string>, signal = new AbortController().signal) => {
    const inputs = Object.entries(texts).map(([id, value]) => ({
      id,
      value: { kind: 'literal', value, dataType: 'string', uom: '' } as const,
    }));
    const task = { process: 'compute', inputs, outputs: [], scratch: scratchOf({ job: 'job-1', epoch: 3 }) };
    const limits = { timeoutMs: 1e6, memoryBytes: 1e9, scratchBytes: 1e9 };
    const clock = new MachineClock(time);
    const onProgress = (percent: number) => void percents.push(percent);
    return processes.run({ ...task, limits }, { signal, clock, onProgress, log: () => {} });
  };
  return { time, run, ends, percents, machine };
}

test('a quiet process says nothing until it is done', async (t) => {
  const { time, run, ends, percents } = computing();
  await time.settle(run({ work: '1000', bytes: '10', word: 'w', quiet: 'true' }), 60_000);
  t.is(time.nowMs, 1000);
  t.deepEqual(percents, []);
  t.deepEqual(ends, ['job-1 3 began', 'job-1 3 done']);
});

test('work takes its time, tells how far it is, and gives a result that follows from its inputs', async (t) => {
  const { time, run, ends, percents } = computing();
  const outputs = await time.settle(run({ work: '1000', bytes: '5000', word: 'w' }), 60_000);
  t.is(time.nowMs, 1000);
  t.is(percents.at(-1), 100);
  t.deepEqual(
    percents,
    percents.toSorted((a, b) => a - b),
  );
  const [result, madeBy] = outputs;
  t.deepEqual(result!.value, {
    kind: 'complex',
    format: { mediaType: 'application/octet-stream', encoding: 'base64', schema: '' },
    content: { at: 'memory', bytes: resultOf({ word: 'w', bytes: 5000 }) },
  });
  t.like(madeBy!.value, { kind: 'literal', value: 'peer-7 3' });
  t.deepEqual(ends, ['job-1 3 began', 'job-1 3 done']);
});

test('a machine that becomes slower works slower from then on', async (t) => {
  const { time, run, machine } = computing();
  const running = run({ work: '1000', bytes: '1', word: 'w' });
  await time.advance(500);
  machine.slowFactor = 10;
  await time.settle(running, 60_000);
  // The step that had begun ends as it began.
  t.true(time.nowMs > 3000 && time.nowMs <= 5500);
});

test('it fails as it is told to, and stops at once', async (t) => {
  const { time, run, ends } = computing();
  const failing = time.settle(run({ work: '10', bytes: '1', word: 'w', fails: 'true' }), 60_000);
  await t.throwsAsync(failing, { message: /made to fail/ });
  const abort = new AbortController();
  const stopped = run({ work: '1000', bytes: '1', word: 'w' }, abort.signal);
  stopped.catch(() => {});
  abort.abort(new Error('enough'));
  await t.throwsAsync(time.settle(stopped, 60_000));
  t.deepEqual(ends, ['job-1 3 began', 'job-1 3 failed', 'job-1 3 began', 'job-1 3 stopped']);
});
