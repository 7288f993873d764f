import test from 'ava';
import type { BundleListing } from '../../src/projects/bundle-files.ts';
import { TrackedProject } from '../../src/projects/tracked-project.ts';

const options = { quietMs: 100, restlessMs: 1000, retryMs: 50, maxRetries: 2 };
const listing = (stamp: string): BundleListing => ({
  files: [{ name: 'project.xml', path: '/project.xml', bytes: 1, stamp, changedAt: 0 }],
  folders: [],
});

test('a change is ready once it has been quiet', (t) => {
  const tracked = new TrackedProject(options);
  t.deepEqual(tracked.consider(listing('1'), 0, false), { kind: 'wait', waitMs: 100, isRestless: false });
  t.deepEqual(tracked.consider(listing('2'), 90, false), { kind: 'wait', waitMs: 100, isRestless: false });
  t.deepEqual(tracked.consider(listing('2'), 150, false), { kind: 'wait', waitMs: 40, isRestless: false });
  t.is(tracked.consider(listing('2'), 190, false).kind, 'ready');
  tracked.settle(listing('2'));
  t.is(tracked.consider(listing('2'), 200, false).kind, 'settled');
});

test('what was quiet for long is ready at once', (t) => {
  t.is(new TrackedProject(options).consider(listing('1'), 0, true).kind, 'ready');
});

test('a change while it was read starts the wait anew', (t) => {
  const tracked = new TrackedProject(options);
  tracked.consider(listing('1'), 0, false);
  t.is(tracked.consider(listing('1'), 100, false).kind, 'ready');
  tracked.disturb(120);
  t.deepEqual(tracked.consider(listing('1'), 130, false), { kind: 'wait', waitMs: 90, isRestless: false });
});

test('a folder that never rests is called restless', (t) => {
  const tracked = new TrackedProject(options);
  for (let now = 0; now <= 1000; now += 50) {
    t.like(tracked.consider(listing(`${now}`), now, false), { kind: 'wait', isRestless: false });
  }
  t.like(tracked.consider(listing('x'), 1050, false), { kind: 'wait', isRestless: true });
  t.is(tracked.consider(listing('x'), 1150, false).kind, 'ready');
  tracked.settle(listing('x'));
  t.like(tracked.consider(listing('y'), 1200, false), { kind: 'wait', isRestless: false });
});

test('failures are tried again with growing pauses, until it is enough', (t) => {
  const tracked = new TrackedProject(options);
  t.is(tracked.fail(listing('1'), 0), 50);
  t.deepEqual(tracked.consider(listing('1'), 20, true), { kind: 'wait', waitMs: 30, isRestless: false });
  t.is(tracked.consider(listing('1'), 50, true).kind, 'ready');
  t.is(tracked.fail(listing('1'), 50), 100);
  t.is(tracked.consider(listing('1'), 150, true).kind, 'ready');
  t.is(tracked.fail(listing('1'), 150), undefined);
  t.is(tracked.consider(listing('1'), 10_000, true).kind, 'settled');
  t.is(tracked.consider(listing('2'), 10_000, true).kind, 'ready');
  t.is(tracked.fail(listing('2'), 10_000), 50);
});
