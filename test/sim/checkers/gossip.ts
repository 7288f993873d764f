import test from 'ava';
import { GossipChecker } from '../../../sim/checkers/gossip.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import type { Delivery } from '../../../sim/fabric.ts';

test('a peer that talks too much about the membership is found, one that serves maps is not', (t) => {
  let deliver: (delivery: Delivery) => void = () => {};
  const fabric = {
    observe(observer: (delivery: Delivery) => void) {
      deliver = observer;
    },
  };
  const room = { world: { fabric }, peers: [] } as unknown as RoomView;
  const checker = new GossipChecker({ messages: 10, bytes: 1_000, windowMs: 10_000 });
  checker.observe({ kind: 'peer-started', atMs: 0, peer: 'peer-1' }, room);
  const send = (from: string, label: string, times: number, bytes = 1) => {
    for (let each = 0; each < times; each += 1) deliver({ atMs: 1, from, to: 'peer-9', label, bytes });
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
