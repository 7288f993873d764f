import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { SqliteStatusStore } from '../../src/jobs/sqlite-status-store.ts';
import { writing } from '../../src/jobs/wire.ts';
import { type Log, silentLog } from '../../src/platform/log.ts';
import { acceptedJob, START_MS } from '../core/jobs/helpers/statuses.ts';
import { testStatusStoreCompliance } from './compliance/status-store.ts';

async function newFile(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-statuses-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, 'jobs', 'statuses.sqlite');
}

function open(t: ExecutionContext, file: string, log: Log = silentLog): SqliteStatusStore {
  const store = SqliteStatusStore.open(file, log);
  t.teardown(() => store.close());
  return store;
}

testStatusStoreCompliance('sqlite', async (t) => {
  const file = await newFile(t);
  const store = open(t, file);
  const reopen = async () => {
    await store.close();
    return open(t, file);
  };
  return { store, reopen, run: (promise) => promise };
});

const WRITER = fileURLToPath(new URL('fixtures/status-writer.ts', import.meta.url));

test('what was acknowledged is there after kill -9', async (t) => {
  const file = await newFile(t);
  const writer = spawn(process.execPath, [WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(writer, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface(writer.stdout)) {
    acknowledged.push(line);
    if (acknowledged.length === 20) writer.kill('SIGKILL');
  }
  t.is((await ended)[1], 'SIGKILL');
  t.true(acknowledged.length >= 20);
  const store = open(t, file);
  for (const [i, id] of acknowledged.entries()) {
    t.is((await store.get(id))?.status.id, id);
    t.deepEqual(await store.request(id), new Uint8Array(2000).fill(i));
  }
});

test('what waits for the disk is told before later writings of its job', async (t) => {
  const store = SqliteStatusStore.open(await newFile(t), silentLog);
  t.teardown(() => store.close());
  const told: string[] = [];
  const put = (name: string, durable: boolean, expiry: number) =>
    store
      .put([{ record: writing(acceptedJob(name), START_MS + expiry) }], { durable })
      .then(() => told.push(`${name} ${expiry}`));
  const all: Promise<unknown>[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (const [at, durable] of [true, false, true, false].entries()) {
      all.push(put(`job-${at % 2}`, durable, 4 * round + at));
      if (at === 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await Promise.all(all);
  for (const job of ['job-0', 'job-1']) {
    const expiries = told.filter((line) => line.startsWith(job)).map((line) => Number(line.split(' ')[1]));
    t.is(expiries.length, 40);
    t.deepEqual(
      expiries,
      expiries.toSorted((a, b) => a - b),
    );
  }
});

async function filled(t: ExecutionContext): Promise<string> {
  const file = await newFile(t);
  const store = SqliteStatusStore.open(file, silentLog);
  const writes = Array.from({ length: 500 }, (_, i) => ({
    record: writing(acceptedJob(`job-${i}`), START_MS + 1e9),
  }));
  await store.put(writes, { durable: true });
  await store.close();
  return file;
}

const damages: ReadonlyArray<readonly [string, (file: string) => void]> = [
  ['that is no database', (file) => writeFileSync(file, 'not a database at all'.repeat(1000))],
  ['that was cut off', (file) => truncateSync(file, 40_000)],
  [
    'with overwritten pages',
    (file) => {
      const handle = openSync(file, 'r+');
      for (let at = 4096; at < 120_000; at += 8192) writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, at);
    },
  ],
];

for (const [what, damage] of damages) {
  test(`a file ${what} is moved aside, said in the log, and begun anew`, async (t) => {
    const file = await filled(t);
    damage(file);
    const broken = readFileSync(file);
    const said: object[] = [];
    const store = open(t, file, { ...silentLog, error: (context) => said.push(context) });
    t.like(said[0], { file, aside: `${file}.damaged` });
    t.deepEqual(readFileSync(`${file}.damaged`), broken);
    t.is((await store.list({}, { by: 'submitted', descending: true }, { offset: 0, limit: 1 })).total, 0);
    await store.put([{ record: writing(acceptedJob('new'), START_MS + 1e9) }], { durable: true });
    t.is((await store.get('new'))?.status.id, 'new');
  });
}

test('a file that is damaged while it is open is replaced, and the loss is told', async (t) => {
  const file = await filled(t);
  const said: object[] = [];
  const store = open(t, file, { ...silentLog, error: (context) => said.push(context) });
  let lost = 0;
  store.onLost(() => {
    lost += 1;
  });
  // What another connection wrote makes this one read anew from the file.
  const other = new DatabaseSync(file);
  other.exec("INSERT INTO facts VALUES ('other', 1)");
  other.close();
  const handle = openSync(file, 'r+');
  for (let at = 4096; at < 300_000; at += 4096) writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, at);
  const page = { offset: 0, limit: 500 };
  await t.throwsAsync(store.list({}, { by: 'progress', descending: true }, page), {
    code: 'DATA_DIR_UNUSABLE',
  });
  t.is(lost, 1);
  t.like(said[0], { aside: `${file}.damaged` });
  await store.put([{ record: writing(acceptedJob('new'), START_MS + 1e9) }], { durable: true });
  t.is((await store.list({}, { by: 'progress', descending: true }, page)).total, 1);
});

test('a file of a newer version is left alone', async (t) => {
  const file = await filled(t);
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  database.close();
  const error = t.throws(() => SqliteStatusStore.open(file, silentLog), { code: 'DATA_DIR_UNUSABLE' });
  t.regex(error.message, /newer gismesh/);
  t.false(existsSync(`${file}.damaged`));
});

test('what cannot be opened names the file and the remedy', async (t) => {
  const file = await newFile(t);
  writeFileSync(path.join(path.dirname(path.dirname(file)), 'file'), '');
  const inside = path.join(path.dirname(path.dirname(file)), 'file', 'statuses.sqlite');
  const error = t.throws(() => SqliteStatusStore.open(inside, silentLog), { code: 'DATA_DIR_UNUSABLE' });
  t.true(error.message.includes(inside));
});
