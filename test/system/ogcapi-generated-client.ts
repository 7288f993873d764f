import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { type PeerProcess, startMesh } from './helpers/peer-process.ts';

/** A client that is generated from our OpenAPI document finds its way, as its compiler sees it and for real. */

const execute = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const bin = (name: string) => path.join(root, 'node_modules/.bin', name);

let peer: PeerProcess;
let folder = '';

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-generated-'));
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  [peer] = (await startMesh(1)) as [PeerProcess];
});

test.after.always(async () => {
  await peer?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What somebody writes who has nothing but the generated functions and their types. */
const PROGRAM = `import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ok } from '@oazapfts/runtime';
import * as api from './client.ts';

const landing = await ok(api.getLandingPage());
assert.ok(landing.links.some(({ rel }) => rel === 'service-desc'));
assert.ok((await ok(api.getConformance())).conformsTo.length > 5);
assert.ok((await ok(api.getProcesses({ limit: 1000 }))).processes.some(({ id }) => id === 'echo'));
assert.ok('string' in ((await ok(api.getProcess('echo'))).inputs ?? {}));
assert.equal((await api.getProcess('none')).status, 404);

const document = await api.executeEcho({
  inputs: { string: 'hello', integer: 3, measure: { value: 2, uom: 'km' }, box: { bbox: [1, 2, 3, 4] }, choice: 'red' },
  response: 'document',
});
assert.equal(document.status, 200);
if (document.status === 200) assert.equal((document.data as Record<string, unknown>).string, 'hello');

const raw = await api.execute('echo', { inputs: { string: 'raw' }, outputs: { string: { transmissionMode: 'value' } } });
assert.equal(raw.status, 200);
assert.equal(String((raw as { data: unknown }).data), 'raw');

const wrong = await api.execute('echo', { inputs: { integer: 'seven' } });
assert.equal(wrong.status, 400);
assert.match((wrong as { data: api.Problem }).data.detail ?? '', /"integer"/);

const created = await api.executeEcho(
  { inputs: { strings: ['a', 'b'], pause: 0.5 }, response: 'document' },
  { prefer: 'respond-async' },
);
assert.equal(created.status, 201);
const { jobID } = (created as { data: api.StatusInfo }).data;
for (let attempt = 0; attempt < 300; attempt += 1) {
  const status = await api.getStatus(jobID);
  if (status.status === 200 && status.data.status === 'successful') break;
  await delay(100);
}
const results = await api.getResults(jobID);
assert.equal(results.status, 200);
assert.deepEqual((results as { data: Record<string, { value: unknown }> }).data.strings?.value, ['a', 'b']);

const { jobs } = await ok(api.getJobs({ status: ['successful', 'failed'], processId: ['echo'], limit: 50 }));
assert.ok(jobs.some((job) => job.jobID === jobID));

const long = await api.executeEcho({ inputs: { pause: 600 } }, { prefer: 'respond-async' });
const dismissed = await ok(api.dismiss((long as { data: api.StatusInfo }).data.jobID));
assert.equal(dismissed.status, 'dismissed');
console.log('done');
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'esnext',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: ['node_modules/@types'],
  },
  files: ['program.ts'],
};

test.serial('oazapfts generates a client', async (t) => {
  const api = await (await fetch(`${peer.url}/ogcapi/api`)).text();
  await writeFile(path.join(folder, 'api.json'), api);
  await execute(bin('oazapfts'), ['api.json', 'client.ts'], { cwd: folder });
  const client = await readFile(path.join(folder, 'client.ts'), 'utf8');
  t.regex(client, /export function executeEcho\(/);
  t.regex(client, /choice\?: \("red" \| "green" \| "blue"\)/);
});

test.serial('a program that uses it compiles', async (t) => {
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(path.join(folder, 'program.ts'), PROGRAM);
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await t.notThrowsAsync(
    execute(bin('tsc'), ['-p', folder]).catch(({ stdout }) => Promise.reject(new Error(stdout))),
  );
});

test.serial('lands, lists, describes, executes, polls, reads results and dismisses', async (t) => {
  const { stdout } = await execute(process.execPath, ['program.ts'], { cwd: folder, timeout: 60_000 });
  t.regex(stdout, /done\n$/);
});
