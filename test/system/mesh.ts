import test from 'ava';
import { invitationOf, PeerProcess, runCli, startMesh, until, untilPeers } from './helpers/peer-process.ts';

/** Tiles of one zoom level, none asked before. */
function* tiles(url: string, z: number): Generator<string, never> {
  for (let i = 0; ; i += 1) {
    const n = 2 ** z;
    yield `${url}/tiles/world/${z}/${(i * 4) % n}/${(Math.floor(i / (n / 4)) * 4) % n}.png`;
  }
}

async function fetchTile(url: string): Promise<{ peer: string; cache: string; png: boolean }> {
  const response = await fetch(url);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200)
    throw new Error(`${url}: ${response.status} ${bytes.toString('utf8', 0, 300)}`);
  return {
    peer: response.headers.get('x-gismesh-peer') ?? '',
    cache: response.headers.get('x-gismesh-cache') ?? '',
    png: bytes.toString('latin1', 1, 4) === 'PNG' && bytes.readUInt32BE(16) === 256,
  };
}

test.serial('three peers share the drawing of a map', async (t) => {
  const peers = await startMesh(3);
  t.teardown(() => Promise.all(peers.map((peer) => peer.stop())));
  // More than two of them have workers for, also while the third one still opens its project.
  const urls = tiles((peers[0] as PeerProcess).url, 7);
  const answers = await Promise.all(Array.from({ length: 160 }, () => fetchTile(urls.next().value)));
  t.true(answers.every(({ png }) => png));
  t.is(new Set(answers.map(({ peer }) => peer)).size, 3);
});

test.serial('any one of three is killed -9 while tiles are asked: not one broken tile', async (t) => {
  const peers = await startMesh(3);
  t.teardown(() => Promise.all(peers.map((peer) => peer.stop())));
  const [door, victim] = peers as [PeerProcess, PeerProcess];
  const urls = tiles(door.url, 7);
  const pending: Array<ReturnType<typeof fetchTile>> = [];
  for (let i = 0; i < 120; i += 1) {
    if (i === 40) victim.kill('SIGKILL');
    pending.push(fetchTile(urls.next().value));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const answers = await Promise.all(pending);
  t.true(answers.every(({ png }) => png));
  await untilPeers(door, 2);
});

test.serial('a killed peer comes back under its identity and address, and draws again', async (t) => {
  const peers = await startMesh(2);
  const [door, other] = peers as [PeerProcess, PeerProcess];
  t.teardown(() => door.stop());
  const { data, peerId } = other.ready;
  other.kill('SIGKILL');
  await other.exited();
  await untilPeers(door, 1);
  const args = ['--no-mdns', '--listen', '127.0.0.1:0'];
  const again = await PeerProcess.start({ data, args });
  t.teardown(() => again.stop());
  t.is(again.ready.peerId, peerId);
  t.deepEqual(again.ready.listen, other.ready.listen);
  await untilPeers(door, 2);
  await untilPeers(again, 2);
});

test.serial('a stopped process (SIGSTOP) breaks no tile, and is let in again', async (t) => {
  const peers = await startMesh(3);
  t.teardown(() => Promise.all(peers.map((peer) => peer.stop())));
  const [door, , victim] = peers as [PeerProcess, PeerProcess, PeerProcess];
  const urls = tiles(door.url, 7);
  const pending: Array<ReturnType<typeof fetchTile>> = [];
  for (let i = 0; i < 80; i += 1) {
    if (i === 20) victim.kill('SIGSTOP');
    pending.push(fetchTile(urls.next().value));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  t.true((await Promise.all(pending)).every(({ png }) => png));
  victim.kill('SIGCONT');
  await untilPeers(door, 3);
});

test.serial('a peer that is stopped in order tells the others and leaves nothing behind', async (t) => {
  const peers = await startMesh(2);
  const [door, other] = peers as [PeerProcess, PeerProcess];
  t.teardown(() => door.stop());
  const stopped = await runCli(['stop', '--data', other.ready.data, '--json']);
  t.is(stopped.code, 0, stopped.stderr);
  t.is(await other.exited(), 0);
  await until(
    async () => {
      const all = await door.json<Array<{ peerId: string; state: string }>>('/api/peers');
      return all.every(({ peerId, state }) => peerId !== other.ready.peerId || state === 'left');
    },
    'the other one to be known as left',
    5_000,
  );
  t.is((await runCli(['status', '--data', other.ready.data])).code, 3);
});

test.serial('a peer moves to another mesh while it runs', async (t) => {
  const [first] = await startMesh(1);
  const [second] = await startMesh(1);
  t.teardown(() => Promise.all([first?.stop(), second?.stop()]));
  const invitation = await invitationOf(first as PeerProcess);
  const joined = await runCli(['join', invitation, '--url', (second as PeerProcess).url, '--json']);
  t.is(joined.code, 0, joined.stderr);
  await untilPeers(first as PeerProcess, 2);
  t.true((await fetchTile(`${second?.url}/tiles/world/2/1/1.png`)).png);
});

test.serial('strangers, with another key, never get in', async (t) => {
  const [member] = await startMesh(1);
  const stranger = await PeerProcess.start({
    args: ['--no-mdns', '--listen', '127.0.0.1:0', '--seed', String(member?.ready.listen[0])],
  });
  t.teardown(() => Promise.all([member?.stop(), stranger.stop()]));
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  t.is((await (member as PeerProcess).json<unknown[]>('/api/peers')).length, 1);
  t.is((await stranger.json<unknown[]>('/api/peers')).length, 1);
});
