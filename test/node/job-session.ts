import test from 'ava';
import { SimulatedStatusDisk, SimulatedStatusStore } from '../../sim/status-store.ts';
import { configSchema } from '../../src/config.ts';
import { JobSession, type JobSessionParts } from '../../src/node/job-session.ts';
import { silentLog } from '../../src/platform/log.ts';
import { ArtifactRoom } from '../artifacts/helpers/artifact-room.ts';

/** Its lists cannot be read. */
class BrokenStatusStore extends SimulatedStatusStore {
  override list(): Promise<never> {
    return Promise.reject(new Error('the disk is broken'));
  }
}

test('a session that cannot begin leaves nothing behind that listens', async (t) => {
  const room = new ArtifactRoom(1);
  const machine = room.world.addMachine();
  const { store: artifacts } = await room.start(machine);
  const { clock, random, network } = machine.process;
  const listeners = new Set<() => void>();
  const processes = {
    list: () => [],
    find: () => undefined,
    expectation: () => undefined,
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const opening = JobSession.open({
    config: configSchema.parse({}),
    network,
    membership: room.classroom.memberships.get(machine.peer)!,
    machine: { processes, artifacts, workshop: { open: () => t.fail() }, slots: 1 },
    store: new BrokenStatusStore(new SimulatedStatusDisk(room.world.random, () => {}), clock),
    clock,
    random,
    log: silentLog,
  } as unknown as JobSessionParts);
  await t.throwsAsync(room.settle(opening), { message: 'the disk is broken' });
  t.is(listeners.size, 0);
});
