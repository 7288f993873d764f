import test from 'ava';
import type { Member } from '../../src/mesh/offer.ts';
import { DrawnCounts } from '../../src/node/drawn-counts.ts';
import { describePeer } from '../../src/node/status.ts';

const member: Member = {
  peer: 'peer-1',
  self: false,
  state: 'alive',
  offer: {
    name: 'room12-pc03',
    version: '0.1.0',
    protocols: [],
    engines: [{ name: 'mapnik', version: '4', fonts: 'digest' }],
    projects: [{ id: 'world', hash: 'a'.repeat(64) }],
    cores: 8,
    slots: 7,
    load: { running: 2, queued: 1 },
    ownerState: 'away',
  },
  addresses: ['/ip4/192.168.1.10/tcp/4001'],
  connected: true,
  since: 0,
};
const ownLoad = { running: 5, queued: 6, slots: 7 };

test('another peer is described by what it announced', (t) => {
  const drawn = new DrawnCounts(5);
  drawn.add('peer-1');
  t.deepEqual(describePeer({ ...member, rttMs: 1.5 }, drawn, ownLoad), {
    peerId: 'peer-1',
    name: 'room12-pc03',
    self: false,
    state: 'alive',
    addresses: ['/ip4/192.168.1.10/tcp/4001'],
    engines: [{ name: 'mapnik', version: '4' }],
    projects: [{ id: 'world', hash: 'a'.repeat(64) }],
    cores: 8,
    owner: 'away',
    draining: false,
    load: { running: 2, queued: 1, slots: 7 },
    rttMs: 1.5,
    version: '0.1.0',
    drawn: 1,
  });
});

test('this peer is described by its load of this moment', (t) => {
  const self = describePeer({ ...member, self: true }, new DrawnCounts(5), ownLoad);
  t.deepEqual(self.load, ownLoad);
  t.false('rttMs' in self);
});
