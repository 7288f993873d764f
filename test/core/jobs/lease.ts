import test from 'ava';
import fc from 'fast-check';
import { claimDueMs, type LeaseOptions, LeaseTable, ownerVerdict } from '../../../src/core/jobs/lease.ts';

const options: LeaseOptions = { renewMs: 5000, expireMs: 15_000, staggerMs: 1000, maxLeases: 100 };
const lease = { job: 'job', epoch: 3, owner: 'owner', heardMs: 1000 };

test('the owner renews in time and demotes itself when it slept, by whichever clock tells', (t) => {
  const renewed = { nowMs: 100, wallMs: 1_000_000 };
  const after = (nowMs: number, wallMs: number) =>
    ownerVerdict(renewed, { nowMs: renewed.nowMs + nowMs, wallMs: renewed.wallMs + wallMs }, options);
  t.is(after(4999, 4999), 'hold');
  t.is(after(5000, 5000), 'renew');
  t.is(after(15_000, 15_000), 'demote');
  // The monotonic clock stood still under a closed lid.
  t.is(after(10, 3_600_000), 'demote');
  // The wall clock was set back meanwhile.
  t.is(after(15_000, -3_600_000), 'demote');
  t.is(after(10, -3_600_000), 'hold');
});

test('an owner that may still write is never past the earliest claim of a standby that heard it', (t) => {
  fc.assert(
    fc.property(
      fc.nat({ max: 20_000 }),
      fc.nat({ max: 500 }),
      fc.nat({ max: 5 }),
      (passedMs, delayMs, rank) => {
        // The owner counts from when it sent the renewal, the standby from when it came.
        const verdict = ownerVerdict({ nowMs: 0, wallMs: 0 }, { nowMs: passedMs, wallMs: passedMs }, options);
        const dueMs = claimDueMs({ ...lease, heardMs: delayMs }, rank, undefined, options);
        if (verdict !== 'demote') t.true(passedMs < dueMs);
      },
    ),
  );
});

test('standbys claim one after the other: at once when the owner is gone, else when the lease is over', (t) => {
  t.deepEqual(
    [0, 1, 2].map((rank) => claimDueMs(lease, rank, undefined, options)),
    [16_000, 17_000, 18_000],
  );
  t.deepEqual(
    [0, 1].map((rank) => claimDueMs(lease, rank, 4000, options)),
    [4000, 5000],
  );
  // Heard of since it was thought gone.
  t.is(claimDueMs(lease, 0, 900, options), 16_000);
  // A lease that is over anyway does not wait for anybody to be gone.
  t.is(claimDueMs(lease, 0, 60_000, options), 16_000);
});

test('the table: renewals put a claim off, a gone owner brings it forward', (t) => {
  const table = new LeaseTable(options);
  const due = (nowMs: number) => table.due(nowMs, () => 0).map(({ job, reason }) => `${job} ${reason}`);
  table.renewed('one', 1, 'x', 0);
  table.renewed('two', 1, 'y', 0);
  t.deepEqual(due(14_999), []);
  table.renewed('one', 1, 'x', 10_000);
  t.deepEqual(due(15_000), ['two expired']);
  table.ownerGone('x', 16_000);
  t.deepEqual(due(16_000), ['one gone', 'two expired']);
  table.ownerBack('x');
  t.deepEqual(due(16_000), ['two expired']);
  table.released('two');
  t.deepEqual(due(16_000), []);
  t.is(table.size, 1);
});

test('an older claim is void, a newer one begins anew', (t) => {
  const table = new LeaseTable(options);
  table.renewed('job', 2, 'x', 0);
  table.renewed('job', 1, 'y', 9000);
  table.renewed('job', 2, 'a', 9000);
  t.deepEqual(
    table.due(15_000, () => 0),
    [{ job: 'job', epoch: 2, owner: 'x', heardMs: 0, reason: 'expired' }],
  );
  table.renewed('job', 3, 'y', 15_000);
  t.deepEqual(
    table.due(29_999, () => 0),
    [],
  );
  t.is(table.due(30_000, () => 0)[0]!.epoch, 3);
});

test('who is no standby claims nothing; a later rank waits', (t) => {
  const table = new LeaseTable(options);
  table.renewed('job', 1, 'x', 0);
  t.deepEqual(
    table.due(60_000, () => undefined),
    [],
  );
  t.deepEqual(
    table.due(16_999, () => 2),
    [],
  );
  t.is(table.due(17_000, () => 2).length, 1);
});

test('a standby that slept gives everyone a whole lease again', (t) => {
  const table = new LeaseTable(options);
  table.renewed('job', 1, 'x', 0);
  table.ownerGone('x', 500);
  table.slept(1_000_000);
  t.deepEqual(
    table.due(1_014_999, () => 0),
    [],
  );
  t.is(table.due(1_015_000, () => 0).length, 1);
});

test('the table is bounded and says so', (t) => {
  const table = new LeaseTable({ ...options, maxLeases: 2 });
  t.true(table.renewed('one', 1, 'x', 0));
  t.true(table.renewed('two', 1, 'x', 0));
  t.false(table.renewed('three', 1, 'x', 0));
  t.true(table.renewed('one', 2, 'x', 0));
  t.is(table.size, 2);
});

test('what others tell of an owner that is gone does not put its claim off; what it says itself does', (t) => {
  const table = new LeaseTable(options);
  const due = (nowMs: number) => table.due(nowMs, () => 0).map(({ reason }) => reason);
  table.heardOf('job', 1, 'x', 500);
  table.ownerGone('x', 1000);
  table.heardOf('job', 1, 'x', 3000);
  t.deepEqual(due(3000), ['gone']);
  table.renewed('job', 1, 'x', 4000);
  t.deepEqual(due(4000), []);
  table.ownerGone('y', 5000);
  // It is back, and claims, before anybody says that it is.
  table.heardOf('job', 2, 'y', 6000);
  t.deepEqual(due(6000), []);
  t.deepEqual(due(21_000), ['expired']);
});
