import test, { type ExecutionContext } from 'ava';
import { createIdentity } from '../../src/mesh/libp2p/identity.ts';
import { Membership, type MembershipParts } from '../../src/mesh/membership.ts';
import type { Member } from '../../src/mesh/offer.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { Network } from '../../src/platform/network.ts';
import type { Storage } from '../../src/platform/storage.ts';
import { systemClock, systemRandom } from '../../src/platform/system.ts';
import { defaultOptions, offerNamed } from './helpers/classroom.ts';
import { loopbackMesh } from './libp2p/helpers/world.ts';

/** Holds what is written for as long as the test runs. */
function memoryStorage(): Storage {
  const files = new Map<string, Uint8Array>();
  return {
    read: async (name) => files.get(name),
    write: async (name, content) => void files.set(name, content),
    remove: async (name) => void files.delete(name),
    async *list() {},
    touch: async () => {},
  };
}

async function join(
  t: ExecutionContext,
  network: Network,
  seeds: readonly string[],
  extra: Partial<MembershipParts> = {},
): Promise<Membership> {
  const membership = new Membership({
    network,
    clock: systemClock,
    random: systemRandom,
    storage: memoryStorage(),
    seeds,
    options: defaultOptions,
    offer: offerNamed('a host'),
    log: silentLog,
    ...extra,
  });
  t.teardown(() => membership.stop());
  await membership.start();
  return membership;
}

/** Resolves once the condition holds, looked at after every change. */
function until(membership: Membership, holds: (members: Member[]) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(membership.members())) return;
      remove();
      resolve();
    };
    const remove = membership.on('change', look);
    look();
  });
}

const count = (state: string, expected: number) => (members: Member[]) =>
  members.filter((member) => member.state === state).length === expected;

const allConnected = (members: Member[]) => members.every(({ connected }) => connected);

test('three peers over libp2p find each other, see one leave and one die, and one come back', async (t) => {
  const mesh = loopbackMesh(t);
  const identity = await createIdentity();
  const networks = await Promise.all([mesh.start(), mesh.start({ privateKey: identity }), mesh.start()]);
  const [one, two, three] = networks as [Network, Network, Network];
  const first = await join(t, one, []);
  const storage = memoryStorage();
  const second = await join(t, two, one.addresses(), { storage });
  const third = await join(t, three, one.addresses());
  for (const membership of [first, second, third]) {
    await until(membership, (members) => count('alive', 3)(members) && allConnected(members));
  }

  third.update({ ownerState: 'battery' });
  await until(first, () => first.member(three.self)?.offer.ownerState === 'battery');
  await until(second, () => second.member(three.self)?.offer.ownerState === 'battery');

  await third.stop();
  await three.stop();
  t.is(first.member(three.self)?.state, 'left');
  t.is(second.member(three.self)?.state, 'left');

  // Without a goodbye.
  await two.stop();
  await until(first, () => first.member(two.self)?.state === 'dead');
  await second.stop();

  // On another port, with nothing but its book.
  const again = await mesh.start({ privateKey: identity });
  t.is(again.self, two.self);
  const revived = await join(t, again, [], { storage });
  await until(first, () => first.member(two.self)?.state === 'alive');
  await until(revived, () => revived.member(one.self)?.connected === true);
  t.deepEqual(first.member(two.self)?.addresses, again.addresses());
});
