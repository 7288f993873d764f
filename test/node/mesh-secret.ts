import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DataDir } from '../../src/data/data-dir.ts';
import { formatInvitation } from '../../src/mesh/invitation.ts';
import { meshSecretOf, readInvitation, saveMesh } from '../../src/node/mesh-secret.ts';

const key = new Uint8Array(32).fill(7);
const seeds = ['/ip4/192.168.1.10/tcp/4001'];
const invitation = formatInvitation({ key, seeds });

async function dataOf(t: ExecutionContext): Promise<DataDir> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-mesh-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return await DataDir.open(folder);
}

test('the first start makes a mesh, the next one finds it again', async (t) => {
  const data = await dataOf(t);
  const made = await meshSecretOf(data, '');
  t.is(made.words?.split(' ').length, 6);
  const found = await meshSecretOf(data, '');
  t.deepEqual(Buffer.from(found.key), Buffer.from(made.key));
  t.is(found.words, made.words);
});

test('an invitation replaces the mesh of last time', async (t) => {
  const data = await dataOf(t);
  await meshSecretOf(data, '');
  const joined = await meshSecretOf(data, invitation);
  t.deepEqual(Buffer.from(joined.key), Buffer.from(key));
  t.deepEqual(joined.seeds, seeds);
  t.is(joined.words, null);
  t.deepEqual((await meshSecretOf(data, '')).seeds, seeds);
});

test('what is no invitation changes nothing', async (t) => {
  const data = await dataOf(t);
  const before = await meshSecretOf(data, invitation);
  await t.throwsAsync(meshSecretOf(data, 'gismesh1nonsense'), { code: 'INVITATION_INVALID' });
  await t.throwsAsync(readInvitation(data, ''), { code: 'INVITATION_INVALID' });
  t.deepEqual(Buffer.from((await meshSecretOf(data, '')).key), Buffer.from(before.key));
});

test('the words are remembered when the same mesh is joined by its code', async (t) => {
  const data = await dataOf(t);
  const words = 'one two three four five six';
  await saveMesh(data, { key, seeds: [], words });
  t.is((await readInvitation(data, invitation)).words, words);
  const other = formatInvitation({ key: new Uint8Array(32).fill(8), seeds: [] });
  t.is((await readInvitation(data, other)).words, null);
});
