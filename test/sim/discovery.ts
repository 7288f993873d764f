import test from 'ava';
import { allCheckers } from '../../sim/checkers/index.ts';
import { startDay } from '../../sim/day.ts';
import { startDiscovery } from '../../sim/discovery.ts';
import { Room } from '../../sim/room.ts';
import { runScenario } from '../../sim/run.ts';
import { parseScenario } from '../../sim/scenario/load.ts';

const scenario = parseScenario({
  name: 'two-sites',
  description: 'Two sites of three.',
  peers: 6,
  sites: [
    { name: 'a', peers: 3 },
    { name: 'b', peers: 3 },
  ],
  load: { perUserPerSecond: 0.1 },
  network: { discovery: true },
});

test('peers hear of those in their site when one starts, and again every so often', async (t) => {
  const room = new Room(scenario, 1);
  const heard = new Map<string, Set<string>>();
  startDiscovery(room);
  room.observe((event) => {
    if (event.kind !== 'peer-started') return;
    const set = new Set<string>();
    heard.set(event.peer, set);
    room
      .seatOf(event.peer)!
      .peer.life!.process.network.on('discover', ({ peer }) => set.add(room.seatOf(peer)!.site));
  });
  startDay(room);
  await room.world.time.advance(5_000);
  t.is(heard.size, 6);
  for (const [peer, sites] of heard) t.deepEqual([...sites], [room.seatOf(peer)!.site]);
  for (const sites of heard.values()) sites.clear();
  await room.world.time.advance(16_000);
  for (const [peer, sites] of heard) t.deepEqual([...sites], [room.seatOf(peer)!.site]);
});

test('announcements that are lost, doubled and late break nothing', async (t) => {
  const faults = [
    {
      kind: 'bad-network',
      atMs: 1_000,
      peers: [0, 3],
      forMs: 20_000,
      loss: 0.3,
      duplication: 1,
      extraLatencyMs: 300,
    },
  ];
  const troubled = parseScenario({ ...scenario, durationMs: 25_000, convergenceMs: 60_000, faults });
  const { violations } = await runScenario(troubled, {
    seed: 1,
    checkers: allCheckers(troubled, troubled.peers),
  });
  t.deepEqual(violations, []);
});
