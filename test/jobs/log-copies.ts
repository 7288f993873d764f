import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { GismeshError } from '../../src/core/errors.ts';
import type { JobPeers } from '../../src/jobs/job-peers.ts';
import { LogBook } from '../../src/jobs/log-book.ts';
import { LogCopies } from '../../src/jobs/log-copies.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { Network } from '../../src/platform/network.ts';

const JOB = '00000000-0000-4000-8000-000000000000';

for (const isConnected of [true, false]) {
  test(`a copy that is too large for the network ends nothing but itself (${isConnected ? '' : 'not '}connected)`, async (t) => {
    const time = new VirtualTime();
    const told: string[] = [];
    const network = {
      onNotice() {},
      isConnected: () => isConnected,
      notify(peer: string) {
        told.push(peer);
        if (peer === 'b') throw new GismeshError('MESSAGE_TOO_LARGE', 'a message of 70000 bytes');
      },
    } as unknown as Network;
    const options = { logCopyMs: 1000, logCopyLength: 1000, logLines: 10, logLineLength: 100, logJobs: 10 };
    const clock = new MachineClock(time);
    const book = new LogBook(options);
    const copies = new LogCopies({
      network,
      clock,
      log: silentLog,
      peers: { ensureConnected: async () => {} } as unknown as JobPeers,
      book,
      standbys: () => ['b', 'c'],
      options,
    });
    for (const text of ['one', 'two', 'three']) book.add(JOB, { epoch: 1, at: 0, text });
    copies.add(JOB, 1);
    await time.advance(2000);
    t.deepEqual(told, ['b', 'c']);
  });
}
