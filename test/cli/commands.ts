import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { formatInvitation } from '../../src/mesh/invitation.ts';
import { createMeshWords, meshKeyOfWords } from '../../src/mesh/mesh-key.ts';
import { Workplace } from './helpers/cli.ts';

interface ListedPeer {
  readonly peerId: string;
  readonly name: string;
  readonly self: boolean;
  readonly state: string;
  readonly engines: readonly object[];
  readonly projects: readonly { id: string }[];
  readonly load: object;
}

test.serial('peers lists who is there, by folder and by address, for people and for scripts', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('lab-01');
  for (const target of [
    ['--data', peer.data],
    ['--url', peer.url],
    ['--url', `${peer.url.replace('http://', '')}`],
  ]) {
    const { code, stdout } = await place.run('peers', '--json', ...target);
    t.is(code, 0);
    const [self, ...others] = JSON.parse(stdout) as ListedPeer[];
    t.deepEqual(others, []);
    t.like(self, { peerId: peer.events[0]!.peerId as string, name: 'lab-01', self: true, state: 'alive' });
    t.deepEqual(Object.keys(self!.load).sort(), ['queued', 'running', 'slots']);
    t.is(self!.engines.length, 1);
    t.deepEqual(
      self!.projects.map(({ id }) => id),
      ['plain'],
    );
  }
  const { stdout } = await place.run('peers', '--data', peer.data);
  t.regex(stdout, /^NAME +PEER +STATE/);
  t.regex(stdout, /\nlab-01 \(this one\) +…\S{8} +alive/);
});

test.serial('status is the object of /api/status', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('lab-01');
  const { stdout } = await place.run('status', '--json', '--url', peer.url);
  const served = (await (await fetch(`${peer.url}/api/status`)).json()) as Record<string, unknown>;
  const status = JSON.parse(stdout) as Record<string, unknown>;
  t.deepEqual(Object.keys(status).sort(), Object.keys(served).sort());
  t.is(status.peerId, peer.events[0]!.peerId);
  const inWords = await place.run('status', '--data', peer.data);
  t.regex(inWords.stdout, /^name: lab-01$/m);
});

test.serial('invite tells the invitation and its words; secrets are in no status', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('lab-01');
  const { stdout } = await place.run('invite', '--json', '--data', peer.data);
  const { invitation, words } = JSON.parse(stdout) as { invitation: string; words: string };
  t.regex(invitation, /^gismesh1/);
  t.is(words.split(' ').length, 6);
  const inWords = await place.run('invite', '--url', peer.url);
  t.true(inWords.stdout.includes(`gismesh start --join ${invitation}`));
  t.true(inWords.stdout.includes(words));
  const status = await place.run('status', '--json', '--data', peer.data);
  t.false(status.stdout.includes(words));
});

test.serial('stop waits until the peer is gone', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('lab-01');
  const { code, stdout } = await place.run('stop', '--url', peer.url);
  t.is(code, 0);
  t.is(stdout, `stopped the peer at ${peer.url} (process ${peer.process.pid})\n`);
  t.is(await peer.exit(), 0);
  t.is((await place.run('stop', '--url', peer.url)).code, 3);
  t.is((await place.run('stop', '--data', peer.data)).code, 3);
});

test.serial('drain waits until nothing is left to do, and shows; --undo takes work again', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('lab-01');
  const at = ['--data', peer.data];
  // Long enough for a command to begin and to give up meanwhile, and nobody waits for it: on a busy machine that takes seconds.
  const accepted = await fetch(`${peer.url}/ogcapi/processes/echo/execution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'respond-async' },
    body: JSON.stringify({ inputs: { string: 'done', pause: 10 }, outputs: { string: {} } }),
  });
  const { jobID } = (await accepted.json()) as { jobID: string };
  const job = `${peer.url}/ogcapi/jobs/${jobID}`;
  while (((await (await fetch(job)).json()) as { status: string }).status !== 'running');
  const state = async () => JSON.parse((await place.run('status', '--json', ...at)).stdout).work;
  const late = await place.run('drain', '--json', '--timeout', '1', ...at);
  t.is(late.code, 1);
  t.like(JSON.parse(late.stdout), { event: 'error', code: 'DEADLINE_EXCEEDED' });
  const { code, stdout } = await place.run('drain', '--json', ...at);
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout), {
    draining: true,
    drained: true,
    drawing: 0,
    running: 0,
    queued: 0,
    unplaced: 0,
    url: peer.url,
  });
  t.is(await (await fetch(`${job}/results`)).text(), 'done', 'what ran was finished');
  t.regex((await place.run('peers', ...at)).stdout, /this one\) +…\S{8} +draining/);
  t.like(JSON.parse((await place.run('peers', '--json', ...at)).stdout)[0], {
    state: 'alive',
    draining: true,
  });
  t.like(await state(), { draining: true });
  t.regex((await place.run('drain', ...at)).stdout, /is drained and may be stopped\n$/);

  const undone = await place.run('drain', '--undo', '--json', ...at);
  t.deepEqual(JSON.parse(undone.stdout), { draining: false, url: peer.url });
  t.like(await state(), { draining: false });
  t.like(JSON.parse((await place.run('peers', '--json', ...at)).stdout)[0], { draining: false });
  t.is((await place.run('drain', '--undo', '--now', ...at)).code, 2);
});

test.serial('join takes a running peer into another mesh', async (t) => {
  const place = await Workplace.open(t);
  const [host, guest] = [await place.start('host'), await place.start('guest')];
  const { stdout } = await place.run('invite', '--json', '--data', host.data);
  const { invitation } = JSON.parse(stdout) as { invitation: string };
  const joined = await place.run('join', invitation, '--data', guest.data, '--json');
  t.deepEqual(JSON.parse(joined.stdout), { joined: true, running: true });
  await host.event(
    'peer',
    ({ change, peer }) => change === 'joined' && (peer as ListedPeer).name === 'guest',
  );
});

test.serial('join without a running peer is kept for its next start', async (t) => {
  const place = await Workplace.open(t);
  const data = path.join(place.folder, 'later');
  const words = createMeshWords();
  const { code } = await place.run('join', ...words.split(' '), '--data', data);
  t.is(code, 0);
  const kept = JSON.parse(await readFile(path.join(data, 'mesh.json'), 'utf8'));
  t.deepEqual(kept, { invitation: formatInvitation({ key: await meshKeyOfWords(words), seeds: [] }), words });
  const peer = await place.start('later');
  const { stdout } = await place.run('invite', '--json', '--data', peer.data);
  t.is(JSON.parse(stdout).words, words);
});

test.serial('a bad invitation is refused before anything is changed', async (t) => {
  const place = await Workplace.open(t);
  const data = path.join(place.folder, 'one');
  const { code, stderr } = await place.run('join', 'gismesh1garbage', '--data', data);
  t.is(code, 1);
  t.regex(stderr, /^gismesh: This is not an invitation: [^\n]*\n$/);
  await t.throwsAsync(readFile(path.join(data, 'mesh.json')), { code: 'ENOENT' });
});

test.serial('without the control token nothing is changed', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('one');
  const stranger = await Workplace.open(t);
  for (const command of [['stop'], ['drain'], ['drain', '--undo'], ['invite'], ['join', createMeshWords()]]) {
    const { code, stderr } = await stranger.run(...command, '--url', peer.url);
    t.is(code, 3, command.join(' '));
    t.regex(stderr, /control token is not known/);
  }
  t.is((await stranger.run('peers', '--url', peer.url)).code, 0);
});
