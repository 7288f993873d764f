import test from 'ava';
import { fetchOn, LocalNetwork, type Machine, wordsOf } from './helpers/local-network.ts';
import { type PeerProcess, until } from './helpers/peer-process.ts';

interface Seen {
  readonly peerId: string;
  readonly state: string;
  readonly addresses: readonly string[];
  readonly load: { readonly slots: number };
}

/** A machine with the peer that runs on it. */
interface Seat {
  readonly machine: Machine;
  readonly peer: PeerProcess;
}

let network: LocalNetwork;
let words = '';
let seats: Seat[] = [];

test.before(async () => {
  network = await LocalNetwork.create(3);
  const [first, ...others] = network.machines as [Machine, ...Machine[]];
  const host = await network.start(first);
  words = await wordsOf(first, host);
  const guests = others.map(async (machine) => ({
    machine,
    peer: await network.start(machine, { args: ['--join', words] }),
  }));
  seats = [{ machine: first, peer: host }, ...(await Promise.all(guests))];
});

test.after.always(() => network?.remove());

async function seenBy({ machine, peer }: Seat): Promise<Seen[]> {
  const { body } = await fetchOn(machine, `${peer.url}/api/peers`);
  return JSON.parse(body.toString()) as Seen[];
}

async function untilAllSee(
  viewers: readonly Seat[],
  wanted: readonly Seat[],
  withinMs = 60_000,
): Promise<void> {
  const ids = wanted.map(({ peer }) => peer.ready.peerId).sort();
  for (const viewer of viewers) {
    let alive: string[] = [];
    await until(
      async () => {
        const seen = await seenBy(viewer);
        alive = seen
          .filter(({ state, load }) => state === 'alive' && load.slots > 0)
          .map(({ peerId }) => peerId);
        return alive.sort().join() === ids.join();
      },
      `${viewer.machine.namespace} to see ${ids.length} living peers`,
      withinMs,
    );
  }
}

let column = 0;

/** Tiles that nobody asked for before, at a machine's own front door: who drew each. */
async function drawersOf({ machine, peer }: Seat, count: number): Promise<string[]> {
  const urls = Array.from({ length: count }, () => {
    column += 4;
    return `${peer.url}/tiles/world/8/${column % 256}/${80 + 4 * Math.floor(column / 256)}.png`;
  });
  const answers = await Promise.all(urls.map((url) => fetchOn(machine, url)));
  return answers.map(({ status, headers, body }) => {
    if (status !== 200 || body.toString('latin1', 1, 4) !== 'PNG') throw new Error(`${status}: ${body}`);
    return headers['x-gismesh-peer'] ?? '';
  });
}

test.serial(
  'peers in one local network find each other by six words and multicast alone, and share a map',
  async (t) => {
    await untilAllSee(seats, seats);
    const drawers = new Set(await drawersOf(seats[0] as Seat, 36));
    t.is(drawers.size, 3);
  },
);

test.serial(
  'a cable is pulled: both sides know, both sides draw; it is plugged in again: one mesh',
  async (t) => {
    const [first, second, third] = seats as [Seat, Seat, Seat];
    await network.plug(third.machine, 'down');
    // At once, before anybody can know.
    t.is((await drawersOf(first, 12)).length, 12);
    await untilAllSee([first, second], [first, second]);
    await untilAllSee([third], [third]);
    const lost = (await seenBy(first)).find(({ peerId }) => peerId === third.peer.ready.peerId);
    t.true(lost === undefined || ['suspect', 'dead', 'left'].includes(lost.state), lost?.state);
    t.false((await drawersOf(first, 12)).includes(third.peer.ready.peerId));
    t.deepEqual([...new Set(await drawersOf(third, 4))], [third.peer.ready.peerId]);

    await network.plug(third.machine, 'up');
    await untilAllSee(seats, seats, 90_000);
  },
);

test.serial('a machine gets another address: found again without a restart', async (t) => {
  const [first, , third] = seats as [Seat, Seat, Seat];
  await network.readdress(third.machine, '10.213.7.99');
  await until(
    async () => {
      const seen = (await seenBy(first)).find(({ peerId }) => peerId === third.peer.ready.peerId);
      return seen?.state === 'alive' && seen.addresses.some((address) => address.includes('/10.213.7.99/'));
    },
    'the new address to be known',
    90_000,
  );
  await untilAllSee(seats, seats, 90_000);
  t.true(third.peer.running);
});

test.serial('meshes with different keys share a network and never each other', async (t) => {
  const [first, second] = seats as [Seat, Seat];
  const stranger = { machine: second.machine, peer: await network.start(second.machine) };
  const [foreign, member] = await Promise.all([
    wordsOf(stranger.machine, stranger.peer).then((own) =>
      network.start(first.machine, { args: ['--join', own] }),
    ),
    network.start(second.machine, { args: ['--join', words] }),
  ]);
  // Once both meshes have found their newest members, each has heard all that the other says.
  const strangers = [stranger, { machine: first.machine, peer: foreign }];
  const members = [...seats, { machine: second.machine, peer: member }];
  await untilAllSee(strangers, strangers);
  await untilAllSee(members, members);
  const ids = new Set(strangers.map(({ peer }) => peer.ready.peerId));
  for (const seat of members) {
    t.deepEqual(
      (await seenBy(seat)).filter(({ peerId }) => ids.has(peerId)),
      [],
    );
  }
  for (const seat of strangers) t.is((await seenBy(seat)).length, 2);
});
