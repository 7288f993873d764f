import test from 'ava';
import { DialTargets } from '../../src/mesh/dial-targets.ts';
import type { PeerBook } from '../../src/mesh/peer-book.ts';
import type { Roster } from '../../src/mesh/roster.ts';
import { ManualClock } from '../platform/helpers/manual-clock.ts';

/** Holds three places of two addresses each; `proven` are the peers that once were of the mesh. */
function targetsOf(...proven: string[]) {
  const clock = new ManualClock();
  const roster = { member: () => undefined } as unknown as Roster;
  const book = { addresses: (peer: string) => (proven.includes(peer) ? ['a'] : []) } as unknown as PeerBook;
  return { clock, targets: new DialTargets({ clock, roster, book }, { maxTargets: 3, maxAddresses: 2 }) };
}

const keysOf = (targets: DialTargets) => [...targets.entries()].map(([key]) => key);

test('a new address goes first and lets the backoff begin anew; known ones change nothing', (t) => {
  const { clock, targets } = targetsOf();
  targets.addPeer('ann', ['one'], 100);
  const ann = targets.get('ann')!;
  Object.assign(ann, { failures: 4, dueMs: 60_000 });
  targets.addPeer('ann', ['one'], 100);
  t.like(ann, { failures: 4, dueMs: 60_000, addresses: ['one'] });
  clock.advance(1_000);
  targets.addPeer('ann', ['two'], 100);
  t.like(ann, { failures: 0, dueMs: 1_100, addresses: ['two', 'one'] });
  targets.addPeer('ann', ['three'], 100);
  t.deepEqual(ann.addresses, ['three', 'two']);
});

test('who never proved to be a peer makes room, others do not', (t) => {
  const { targets } = targetsOf('bea', 'cyd');
  for (const peer of ['ann', 'bea', 'cyd']) targets.addPeer(peer, [peer], 0);
  targets.addSeed({ text: 'dee', address: 'dee', peer: undefined }, 0);
  t.deepEqual(keysOf(targets), ['bea', 'cyd', 'seed dee']);
  targets.addPeer('eve', ['eve'], 0);
  t.deepEqual(keysOf(targets), ['bea', 'cyd', 'seed dee']);
  t.is(targets.seedCount, 1);
});

test('encouragement never puts a dial off', (t) => {
  const { targets } = targetsOf();
  targets.addPeer('ann', ['one'], 10);
  targets.encourage(targets.get('ann')!, 5_000);
  t.is(targets.get('ann')?.dueMs, 10);
});
