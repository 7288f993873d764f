import test from 'ava';
import { PeerWatch } from '../../src/cli/peer-watch.ts';
import type { PeerState, PeerStatus } from '../../src/mesh/peer-status.ts';

function peer(peerId: string, state: PeerState, self = false): PeerStatus {
  const load = { running: 0, queued: 0, slots: 2 };
  return {
    peerId,
    name: peerId,
    self,
    state,
    addresses: [],
    engines: [],
    projects: [],
    cores: 2,
    owner: 'away',
    draining: false,
    load,
    version: '1',
    drawn: 0,
  };
}

test('tells each coming and going once', (t) => {
  const watch = new PeerWatch();
  const changes = (state: PeerState) =>
    watch.changes({ event: 'peer', peer: peer('a', state) }).map(({ change }) => change);
  t.deepEqual(changes('alive'), ['joined']);
  t.deepEqual(changes('alive'), []);
  t.deepEqual(changes('suspect'), ['suspect']);
  t.deepEqual(changes('suspect'), []);
  t.deepEqual(changes('alive'), ['back']);
  t.deepEqual(changes('dead'), ['lost']);
  t.deepEqual(changes('dead'), []);
  t.deepEqual(changes('alive'), ['joined']);
  t.deepEqual(changes('left'), ['left']);
});

test('counts the others that are there, and is silent about itself', (t) => {
  const watch = new PeerWatch();
  const peers = [peer('self', 'alive', true), peer('a', 'alive'), peer('b', 'suspect'), peer('c', 'dead')];
  const changes = watch.changes({ event: 'peers', peers });
  t.deepEqual(
    changes.map(({ peer: { peerId } }) => peerId),
    ['a'],
  );
  t.is(watch.others, 2);
});
