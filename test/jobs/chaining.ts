import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { Chaining, type ChainingParts } from '../../src/jobs/chaining.ts';
import { keptOutput } from '../../src/jobs/outputs.ts';
import { anyFormat, type InputValue } from '../../src/ogc/processes/execute-request.ts';
import { request } from '../ogc/processes/helpers/echo.ts';
import { WorkingRoom } from './helpers/working-room.ts';

const literal = (value: string) => ({ kind: 'literal', value, dataType: '', uom: '' }) as const;

function outputOf(job: string, output = 'word'): InputValue {
  return { kind: 'job', job, output, format: anyFormat };
}

function address(href: string): InputValue {
  return { kind: 'reference', href, method: 'GET', headers: [], format: anyFormat };
}

/** A job that repeats the word of another one. */
async function chained(room: WorkingRoom, at: Machine, word: InputValue, seconds = '1'): Promise<string> {
  const inputs = [
    { id: 'seconds', value: literal(seconds) },
    { id: 'word', value: word },
  ];
  const execute = request({ process: 'work', mode: 'async', inputs });
  const { record } = await room.settle(room.service(at).submit(execute, { door: 'ogcapi', user: 'anna' }));
  return record.status.id;
}

test('the output of a job is the input of another, and its status tells the chain', async (t) => {
  const room = new WorkingRoom(1);
  const [first, second] = (await room.fill(4)) as [Machine, Machine];
  const source = await room.submit(first, { word: 'passed on' });
  await room.untilEnded(source);
  const id = await chained(room, second, outputOf(source));
  const status = await room.untilEnded(id);
  t.is(status.state, 'successful');
  t.deepEqual(status.chained, [{ job: source, output: 'word' }]);
  t.is(room.runsOf('passed on').length, 2);
});

test('an address of an output at any peer means the output, also when that peer is gone', async (t) => {
  const room = new WorkingRoom(2);
  const [first, second] = (await room.fill(4)) as [Machine, Machine];
  const source = await room.submit(first, { word: 'addressed' });
  await room.untilEnded(source);
  room.kill(first);
  const id = await chained(room, second, address(`http://10.1.2.3:8080/gis/jobs/${source}/outputs/word`));
  const status = await room.untilEnded(id);
  t.is(status.state, 'successful', status.message);
  t.deepEqual(status.chained, [{ job: source, output: 'word' }]);
});

test('a literal is fetched from its address, and checked as if it had been given', async (t) => {
  const room = new WorkingRoom(7);
  const [first] = (await room.fill(3)) as [Machine];
  room.web.set('http://example.org/seconds', ' 2\n');
  room.web.set('http://example.org/words', 'two');
  for (const [href, state] of [
    ['http://example.org/seconds', 'successful'],
    ['http://example.org/words', 'failed'],
  ] as const) {
    const inputs = [
      { id: 'seconds', value: address(href) },
      { id: 'word', value: literal('fetched') },
    ];
    const execute = request({ process: 'work', mode: 'async', inputs });
    const { record } = await room.settle(
      room.service(first).submit(execute, { door: 'ogcapi', user: 'anna' }),
    );
    const status = await room.untilEnded(record.status.id);
    t.is(status.state, state, status.message);
    if (state === 'failed') t.regex(status.message, /Input "seconds": "two" is no/);
  }
});

test('a box of another job is in a CRS that the input takes, its axes in their order there', async (t) => {
  const box = { kind: 'bbox', crs: 'CRS:84', lower: [7, 51], upper: [8, 52] } as const;
  const { mediaType, content } = keptOutput({ id: 'box', value: box });
  const bytes = content.at === 'memory' ? content.bytes : new Uint8Array();
  const outputs = [{ name: 'box', mediaType, artifact: '', bytes: bytes.length }];
  const into = async (...crs: string[]) => {
    const input = { id: 'extent', data: { kind: 'bbox', crs } };
    const chaining = new Chaining({
      replication: { find: async () => ({ status: { outputs, replicas: [] } }) },
      outputs: { read: async () => bytes },
      describe: () => ({ inputs: [input] }),
    } as unknown as ChainingParts);
    const value = { kind: 'job', job: 'a', output: 'box', format: anyFormat } as const;
    const { signal } = new AbortController();
    return await chaining.value('extent', value, 'process', { folder: '', signal });
  };
  t.deepEqual(await into('CRS:84'), box);
  t.deepEqual(await into('EPSG:4326'), { kind: 'bbox', crs: 'EPSG:4326', lower: [51, 7], upper: [52, 8] });
  await t.throwsAsync(into('EPSG:25832'), {
    message: /Input "extent": CRS "CRS:84" is not one of EPSG:25832/,
  });
});

test('a job waits for the one whose output it takes, without taking a place', async (t) => {
  const room = new WorkingRoom(3);
  const [first, second] = (await room.fill(3)) as [Machine, Machine];
  const source = await room.submit(first, { seconds: '120', word: 'late' });
  await room.untilRunning(source, first);
  const id = await chained(room, second, outputOf(source));
  await room.world.time.advance(60_000);
  t.is(room.status(second, id)?.state, 'accepted');
  t.is(room.status(second, id)?.epoch, 0);
  const { finishedAt } = await room.untilEnded(source, 200_000);
  const status = await room.untilEnded(id);
  t.is(status.state, 'successful');
  // It was woken: it did not wait for its turn to be looked at.
  t.true((status.startedAt as number) - (finishedAt as number) < 2000);
});

test('a job that waits survives the peer that accepted it', async (t) => {
  const room = new WorkingRoom(4);
  const [first, second] = (await room.fill(5)) as [Machine, Machine];
  const source = await room.submit(first, { seconds: '40', word: 'slow' });
  const owner = await room.untilRunning(source, first);
  const submitter = owner === second ? first : second;
  const id = await chained(room, submitter, outputOf(source));
  room.kill(submitter);
  t.is((await room.untilEnded(id, 300_000)).state, 'successful');
});

test('a job whose source fails or is dismissed fails, and says why', async (t) => {
  const room = new WorkingRoom(5);
  const [first] = (await room.fill(3)) as [Machine];
  const failing = await room.submit(first, { seconds: '5', fail: 'true' });
  const dismissed = await room.submit(first, { seconds: '100' });
  const toFail = await chained(room, first, outputOf(failing));
  const toBeDismissed = await chained(room, first, outputOf(dismissed));
  await room.settle(room.service(first).dismiss(dismissed, 'anna'));
  const afterFailure = await room.untilEnded(toFail);
  const afterDismissal = await room.untilEnded(toBeDismissed);
  t.is(afterFailure.state, 'failed');
  t.is(afterFailure.failure, 'data-not-accessible word');
  t.regex(afterFailure.message, new RegExp(`job "${failing}" has failed: as it was told to`));
  t.regex(afterDismissal.message, new RegExp(`job "${dismissed}" was dismissed`));
});

test('what will never be is refused at once', async (t) => {
  const room = new WorkingRoom(6);
  const [first] = (await room.fill(2)) as [Machine];
  const running = await room.submit(first, { seconds: '30' });
  const nobody = '00000000-0000-4000-8000-000000000000';
  const refused = (word: InputValue) =>
    t.throwsAsync(chained(room, first, word), { message: /^Input "word": job "/ });
  await refused(outputOf(nobody));
  await refused(outputOf(running, 'colour'));
  await room.untilEnded(running);
  await refused(outputOf(running, 'colour'));
});

test('a job runs where its data are when the others would have to fetch them for long', async (t) => {
  const room = new WorkingRoom(7, {}, { execution: { slots: 2, fetchBytesPerMs: 1 } });
  const machines = await room.fill(8);
  const word = 'w'.repeat(30_000);
  const source = await room.submit(machines[0] as Machine, { word });
  const { replicas } = await room.untilEnded(source);
  const away = machines.find(({ peer }) => !replicas.includes(peer)) as Machine;
  const status = await room.untilEnded(await chained(room, away, outputOf(source)));
  t.is(status.state, 'successful');
  t.true(replicas.includes(status.owner));
});
