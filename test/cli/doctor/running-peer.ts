import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkRunningPeer } from '../../../src/cli/doctor/running-peer.ts';
import { DataDir } from '../../../src/data/data-dir.ts';
import { temporaryFolder } from '../../data/helpers/temporary-folder.ts';

/** A data folder whose peer answers as given. */
async function runningPeer(t: ExecutionContext, answers: Readonly<Record<string, unknown>>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url];
    response.statusCode = answer === undefined ? 500 : 200;
    response.end(JSON.stringify(answer ?? { code: 'INTERNAL', message: 'it is in trouble' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const folder = path.join(await temporaryFolder(t), 'data');
  const data = await DataDir.open(folder);
  t.teardown(() => data.close());
  await data.lock();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await data.publish({ url, token: 'token', peerId: 'peer', startedAt: 1 });
  return folder;
}

test('where no peer runs there is nothing to be said', async (t) => {
  t.deepEqual(await checkRunningPeer(await temporaryFolder(t)), []);
});

test('a peer tells of clocks and artifacts', async (t) => {
  const artifacts = { artifacts: 3, damagedChunks: 0, spoiltArtifacts: 1 };
  const peers = [{ name: 'other', clockOffsetMs: 10 }];
  const folder = await runningPeer(t, { '/api/peers': peers, '/api/status': { artifacts } });
  const found = await checkRunningPeer(folder);
  t.deepEqual(
    found.map(({ check }) => check),
    ['clocks', 'artifacts'],
  );
});

test('a peer that does not answer as it should is told, and ends no other check', async (t) => {
  t.like(await checkRunningPeer(await runningPeer(t, { '/api/peers': [] })), [
    { check: 'peer', state: 'fail', detail: 'it is in trouble' },
  ]);
});
