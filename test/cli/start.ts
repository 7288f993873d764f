import { once } from 'node:events';
import { access, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { Workplace } from './helpers/cli.ts';

test.serial('the first event says where the peer is; the map answers there', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('one');
  const [ready] = peer.events;
  t.is(ready!.event, 'ready');
  t.regex(ready!.http as string, /^http:\/\/127\.0\.0\.1:\d+$/);
  t.regex(ready!.peerId as string, /^12D3Koo/);
  t.true((ready!.listen as string[]).every((address) => /^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/.test(address)));
  t.is(ready!.data, peer.data);
  t.is(ready!.pid, peer.process.pid);
  const tile = await fetch(`${peer.url}/tiles/plain/0/0/0.png`);
  t.is(tile.status, 200);
  t.is(tile.headers.get('x-gismesh-peer'), ready!.peerId as string);
});

test.serial('peers are told as they come and go', async (t) => {
  const place = await Workplace.open(t);
  const first = await place.start('first');
  const { stdout } = await place.run('invite', '--json', '--data', first.data);
  const second = await place.start('second', { words: ['--join', JSON.parse(stdout).invitation] });
  const named = (change: string) => (event: Record<string, unknown>) =>
    event.change === change && (event.peer as { name: string }).name === 'second';
  const joined = await first.event('peer', named('joined'));
  t.is((joined.peer as { state: string }).state, 'alive');
  second.process.kill('SIGTERM');
  t.is(await second.exit(), 0);
  await first.event('peer', named('left'));
});

test.serial('SIGTERM ends it in good order and leaves nothing behind', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('one');
  const run = path.join(place.folder, 'gismesh');
  t.deepEqual(await readdir(run), [`${new URL(peer.url).port}.json`]);
  peer.process.kill('SIGTERM');
  t.is(await peer.exit(), 0);
  t.deepEqual(
    peer.events.slice(-2).map(({ event }) => event),
    ['stopping', 'stopped'],
  );
  t.deepEqual(await readdir(run), []);
  for (const name of ['peer.json', 'pid']) {
    await t.throwsAsync(access(path.join(peer.data, name)), { code: 'ENOENT' }, name);
  }
});

test.serial(
  'a drawing that runs is finished first; two signals at once are one wish, a later one ends it',
  async (t) => {
    const place = await Workplace.open(t);
    const peer = await place.start('one', { serviceMs: 60_000, config: 'node: { stopGraceMs: 60000 }\n' });
    const drawing = fetch(`${peer.url}/tiles/plain/0/0/0.png`).catch((error: Error) => error);
    const isBusy = async () => {
      const peers = (await (await fetch(`${peer.url}/api/peers`)).json()) as [{ load: { running: number } }];
      return peers[0].load.running > 0;
    };
    while (!(await isBusy())) await delay(20);
    peer.process.kill('SIGINT');
    peer.process.kill('SIGINT');
    await peer.event('stopping');
    // Past the time within which signals count as one wish.
    await delay(400);
    t.is(peer.process.exitCode, null);
    peer.process.kill('SIGINT');
    t.is(await peer.exit(), 1);
    t.true((await drawing) instanceof Error);
  },
);

test.serial('a taken port is one clear line, and ends with 1', async (t) => {
  const place = await Workplace.open(t);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const config = await place.config('one');
  const words = ['start', '--config', config, '--data', path.join(place.folder, 'one'), '--no-mdns'];
  const { code, stdout, stderr } = await place.run(...words, '--port', String(port), '--json');
  t.is(code, 1);
  t.like(JSON.parse(stdout), { event: 'error', code: 'PORT_TAKEN' });
  t.regex(stderr, new RegExp(`^gismesh: [^\\n]*${port}[^\\n]*\\n$`));
});

test.serial('a second peer in a data folder is refused with the pid of the first', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('one');
  const config = await place.config('one');
  const { code, stderr } = await place.run('start', '--data', peer.data, '--config', config, '--port', '0');
  t.is(code, 1);
  t.regex(stderr, new RegExp(`^gismesh: another peer \\(process ${peer.process.pid}\\) uses [^\\n]*\\n$`));
});

test.serial('a killed peer starts again in the same folder as the same peer', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('one');
  peer.process.kill('SIGKILL');
  t.is(await peer.exit(), 'SIGKILL');
  const again = await place.start('one');
  t.is(again.events[0]!.peerId, peer.events[0]!.peerId);
});

test.serial(
  'a data folder that cannot be, a bad invitation and a bad configuration are one line each',
  async (t) => {
    const place = await Workplace.open(t);
    const file = path.join(place.folder, 'file');
    await writeFile(file, '');
    const fails = async (words: string[], code: string, line: RegExp) => {
      const ended = await place.run('start', '--json', '--port', '0', '--no-mdns', ...words);
      t.is(ended.code, code === 'USAGE' ? 2 : 1, words.join(' '));
      t.like(JSON.parse(ended.stdout), { event: 'error', code });
      t.regex(ended.stderr, line);
      t.is(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr);
    };
    const config = await place.config('good');
    const data = path.join(place.folder, 'one');
    await fails(['--config', config, '--data', path.join(file, 'data')], 'DATA_DIR_UNUSABLE', /--data/);
    const garbage = ['--config', config, '--data', data, '--join', 'garbage'];
    await fails(garbage, 'INVITATION_INVALID', /not an invitation/);
    await fails(
      ['--config', await place.config('bad', 'htpp: {}\n')],
      'CONFIG_INVALID',
      /bad\.yaml:3: htpp .*"http"/,
    );
    const options = ['--data', data, '--config', config];
    await fails([...options, '--policy', 'best'], 'USAGE', /^gismesh: --policy: /);
    await fails([...options, '--workers', '10000'], 'USAGE', /^gismesh: --workers: /);
    await fails(
      [...options, '--projects', file + 2],
      'USAGE',
      /^gismesh: --projects: there is no folder .*file2$/m,
    );
  },
);

test.serial('without --json it says in words where the map is and how to invite others', async (t) => {
  const place = await Workplace.open(t);
  const words = ['start', '--data', path.join(place.folder, 'one'), '--config', await place.config('one')];
  const text = await place.runUntil('Ctrl+C', ...words, '--port', '0', '--no-mdns');
  t.regex(text, /Map +http:\/\/localhost:\d+\n/);
  t.regex(text, /Peer +12D3Koo/);
  t.regex(text, /Invite +gismesh invite --url http:\/\/127\.0\.0\.1:\d+\n/);
  t.regex(text, /stopped\n$/);
});
