import test from 'ava';
import { distinctNames } from '../../web/src/distinct-names.ts';

test('peers of one name are told apart by the end of their ids, others keep their names', (t) => {
  const peers = [
    { peerId: '12D3KooWaaaaaa', name: 'vm' },
    { peerId: '12D3KooWbbbbbb', name: 'desk' },
    { peerId: '12D3KooWcccccc', name: 'vm' },
  ];
  t.deepEqual([...distinctNames(peers).values()], ['vm (aaaaaa)', 'desk', 'vm (cccccc)']);
  t.is(distinctNames([]).size, 0);
});
