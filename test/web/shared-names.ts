import test from 'ava';
import { sharedNames } from '../../web/src/shared-names.ts';

test('names that several peers have are told from those of one', (t) => {
  const peers = ['vm', 'desk-1', 'vm', 'desk-2', 'vm'].map((name) => ({ name }));
  t.deepEqual([...sharedNames(peers)], ['vm']);
  t.is(sharedNames([]).size, 0);
});
