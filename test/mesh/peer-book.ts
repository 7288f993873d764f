import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { SeededRandom } from '../../sim/random.ts';
import { SimulatedDisk, SimulatedStorage } from '../../sim/storage.ts';
import { VirtualTime } from '../../sim/time.ts';
import type { PeerBookOptions } from '../../src/mesh/membership-options.ts';
import { PeerBook } from '../../src/mesh/peer-book.ts';
import { silentLog } from '../../src/platform/log.ts';

const DAY_MS = 86_400_000;
const options: PeerBookOptions = {
  maxPeers: 3,
  maxAgeMs: 60 * DAY_MS,
  saveFloorMs: 5000,
  saveSpacingMs: 60_000,
};

function library(capacityBytes = 1e6) {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  const storage = new SimulatedStorage(new SimulatedDisk(new SeededRandom(1), { capacityBytes }), clock);
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
  let writes = 0;
  const write = storage.write.bind(storage);
  storage.write = (...args) => {
    writes += 1;
    return write(...args);
  };
  const open = async () => {
    const book = new PeerBook({ storage, clock, log }, options);
    await time.settle(book.load(), 1000);
    return book;
  };
  return { time, clock, storage, warnings, open, writes: () => writes };
}

test('what was remembered is there after a restart', async (t) => {
  const { time, open } = library();
  const book = await open();
  book.remember('a', ['/ip4/10.0.0.1/tcp/1']);
  book.remember('b', ['/ip4/10.0.0.2/tcp/1', '/ip4/10.0.0.2/tcp/2']);
  await time.settle(book.close(), 1000);
  const again = await open();
  t.deepEqual(
    [...again.peers()],
    [
      { peer: 'a', addresses: ['/ip4/10.0.0.1/tcp/1'] },
      { peer: 'b', addresses: ['/ip4/10.0.0.2/tcp/1', '/ip4/10.0.0.2/tcp/2'] },
    ],
  );
  t.deepEqual(again.addresses('nobody'), []);
});

test('meeting known peers again writes nothing, a new one within the spacing', async (t) => {
  const { time, open, writes } = library();
  const book = await open();
  book.remember('a', ['/ip4/10.0.0.1/tcp/1']);
  await time.advance(10_000);
  t.is(writes(), 1);
  book.remember('a', ['/ip4/10.0.0.1/tcp/1']);
  await time.advance(50_000);
  t.is(writes(), 1);
  book.remember('b', ['/ip4/10.0.0.2/tcp/1']);
  await time.advance(10_000);
  t.is(writes(), 2);
});

test('many changes are few writes, and none is forgotten', async (t) => {
  const { time, open, writes } = library();
  const book = await open();
  for (let i = 0; i < 100; i += 1) {
    book.remember('a', [`/ip4/10.0.0.1/tcp/${i + 1}`]);
    await time.advance(100);
  }
  await time.settle(book.close(), 1000);
  await time.settle(book.close(), 1000);
  t.true(writes() <= 3, `${writes()}`);
  t.deepEqual((await open()).addresses('a'), ['/ip4/10.0.0.1/tcp/100']);
});

test('the longest unseen go first', async (t) => {
  const { time, open } = library();
  const book = await open();
  for (const peer of ['a', 'b', 'c', 'a', 'd']) {
    book.remember(peer, ['/ip4/10.0.0.1/tcp/1']);
    await time.advance(10);
  }
  t.deepEqual(
    [...book.peers()].map(({ peer }) => peer),
    ['c', 'a', 'd'],
  );
  await time.settle(book.close(), 1000);
  t.deepEqual(
    [...(await open()).peers()].map(({ peer }) => peer),
    ['c', 'a', 'd'],
  );
});

test('who was not seen for long is forgotten', async (t) => {
  const { time, clock, open } = library();
  const book = await open();
  book.remember('old', ['/ip4/10.0.0.1/tcp/1']);
  await time.settle(book.close(), 1000);
  clock.shiftWallTime(59 * DAY_MS);
  t.is([...(await open()).peers()].length, 1);
  clock.shiftWallTime(2 * DAY_MS);
  t.is([...(await open()).peers()].length, 0);
});

for (const content of [
  '',
  'no json',
  'null',
  '[]',
  '{"format":2,"peers":{}}',
  '{"format":1,"peers":null}',
  '{"format":1,"peers":{"a":null}}',
  '{"format":1,"peers":{"a":{"addresses":[1],"seenAt":0}}}',
  '{"format":1,"peers":{"a":{"addresses":[],"seenAt":"now"}}}',
]) {
  test(`a damaged book is begun anew, and that is said: ${content}`, async (t) => {
    const { time, storage, warnings, open } = library();
    await time.settle(storage.write('peers.json', new TextEncoder().encode(content)), 1000);
    const book = await open();
    t.deepEqual([...book.peers()], []);
    t.is(warnings.length, 1);
    book.remember('a', ['/ip4/10.0.0.1/tcp/1']);
    await time.settle(book.close(), 1000);
    t.is([...(await open()).peers()].length, 1);
  });
}

test('a full disk is a warning, no failure', async (t) => {
  const { time, warnings, open } = library(10);
  const book = await open();
  book.remember('a', ['/ip4/10.0.0.1/tcp/1']);
  await time.settle(book.close(), 1000);
  t.is(warnings.length, 1);
});
