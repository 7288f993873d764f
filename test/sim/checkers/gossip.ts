import test from 'ava';
import { GossipChecker } from '../../../sim/checkers/gossip.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import type { Sending } from '../../../sim/fabric.ts';
import { World } from '../../../sim/world.ts';

test('a peer that talks too much about the membership is found, one that serves maps is not', (t) => {
  let count: (sending: Sending) => void = () => {};
  const fabric = {
    observeSending(observer: (sending: Sending) => void) {
      count = observer;
    },
  };
  const room = { world: { fabric }, peers: [] } as unknown as RoomView;
  const checker = new GossipChecker({ messages: 10, bytes: 1_000, windowMs: 10_000 });
  checker.observe({ kind: 'peer-started', atMs: 0, peer: 'peer-1' }, room);
  const send = (from: string, label: string, times: number, bytes = 1) => {
    for (let each = 0; each < times; each += 1) count({ from, to: 'peer-9', label, bytes });
  };
  send('peer-1', 'call membership.ping', 10);
  send('peer-2', 'gossip membership', 11);
  send('peer-3', 'stream', 1_000);
  send('peer-4', 'call membership.sync', 1, 2_000);
  checker.sample(room, 1_000);
  t.deepEqual(
    checker.violations.map(({ message }) => message.split(' ')[0]),
    ['peer-2', 'peer-4'],
  );
  send('peer-1', 'call membership.ping', 5);
  checker.sample(room, 11_000);
  t.is(checker.violations.length, 2);
});

test('what was held back counts when it was sent, not all together when it arrives', async (t) => {
  const world = new World(1);
  const [one, other] = [world.addMachine(), world.addMachine()];
  const [sender, receiver] = [one.boot().network, other.boot().network];
  await Promise.all([sender.start(), receiver.start()]);
  const connecting = sender.connect({ peer: other.peer, addresses: other.addresses }, { timeoutMs: 1_000 });
  await world.time.advance(1_000);
  await connecting;
  const room = { world, peers: [] } as unknown as RoomView;
  const checker = new GossipChecker({ messages: 10, bytes: 1_000, windowMs: 10_000 });
  checker.observe({ kind: 'peer-started', atMs: 0, peer: 'peer-1' }, room);
  let heard = 0;
  receiver.onNotice('membership.news', () => {
    heard += 1;
  });
  checker.sample(room, world.time.nowMs);
  world.fabric.block([one.peer], [other.peer]);
  const sendAWindow = async (messages: number) => {
    for (let each = 0; each < messages; each += 1)
      sender.notify(other.peer, 'membership.news', new Uint8Array(1));
    await world.time.advance(10_000);
    checker.sample(room, world.time.nowMs);
  };
  await sendAWindow(8);
  t.is(heard, 0);
  world.fabric.unblock([one.peer], [other.peer]);
  await sendAWindow(8);
  t.is(heard, 16);
  t.deepEqual(checker.violations, []);
  await sendAWindow(11);
  t.is(checker.violations.length, 1);
});
