import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { isPortTaken, rememberPort, withRememberedPort } from '../../src/node/listen-port.ts';
import { DiskStorage } from '../../src/platform/disk-storage.ts';

async function storageOf(t: ExecutionContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-port-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return await DiskStorage.open(folder);
}

test('the port of last time takes the place of port 0, and of nothing else', async (t) => {
  const storage = await storageOf(t);
  const listen = [
    '/ip4/0.0.0.0/tcp/0',
    '/ip6/::/tcp/0',
    '0',
    '10.0.0.1:0',
    '[::1]:0',
    '/ip4/1.2.3.4/tcp/40',
    '4000',
  ];
  t.deepEqual(await withRememberedPort(listen, storage), listen);
  await rememberPort(['/ip4/192.168.1.5/tcp/41234'], storage);
  t.deepEqual(await withRememberedPort(listen, storage), [
    '/ip4/0.0.0.0/tcp/41234',
    '/ip6/::/tcp/41234',
    '41234',
    '10.0.0.1:41234',
    '[::1]:41234',
    '/ip4/1.2.3.4/tcp/40',
    '4000',
  ]);
});

test('a file that was spoilt is as good as none', async (t) => {
  const storage = await storageOf(t);
  for (const content of ['', '{', 'null', '{"port":"x"}', '{"port":0}', '{"port":70000}', '{"port":1.5}']) {
    await storage.write('listen.json', Buffer.from(content));
    t.deepEqual(await withRememberedPort(['0'], storage), ['0'], content);
  }
});

test('nothing is remembered of a peer that listens nowhere', async (t) => {
  const storage = await storageOf(t);
  await rememberPort([], storage);
  t.is(await storage.read('listen.json'), undefined);
});

test('a taken port is told from other failures', (t) => {
  t.true(isPortTaken(new GismeshError('PORT_TAKEN', 'taken')));
  t.false(isPortTaken(new GismeshError('CONFIG_INVALID', 'no')));
  t.false(isPortTaken(new Error('EADDRINUSE')));
});
