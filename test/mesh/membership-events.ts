import test from 'ava';
import { MembershipListeners } from '../../src/mesh/membership-events.ts';
import type { Member } from '../../src/mesh/offer.ts';
import { silentLog } from '../../src/platform/log.ts';

const MEMBER = { peer: 'peer-1' } as Member;

test('who listens hears its own event, with what happened, until it is removed', (t) => {
  const listeners = new MembershipListeners(silentLog);
  const heard: unknown[] = [];
  t.false(listeners.hears('change'));
  const ends = [
    listeners.on('change', (member) => heard.push(member)),
    listeners.on('jump', ({ byMs }) => heard.push(byMs)),
    listeners.on('forget', (peer) => heard.push(peer)),
  ];
  t.true(listeners.hears('change'));
  listeners.emit('change', MEMBER);
  listeners.emit('jump', { byMs: -3 });
  listeners.emit('forget', 'peer-2');
  for (const end of ends) end();
  t.false(listeners.hears('change'));
  listeners.emit('change', MEMBER);
  listeners.emit('jump', { byMs: 5 });
  t.deepEqual(heard, [MEMBER, -3, 'peer-2']);
});

test('a listener that fails is told of in the log, and keeps nobody else from hearing', (t) => {
  const told: object[] = [];
  const listeners = new MembershipListeners({ ...silentLog, error: (context) => told.push(context) });
  const failure = new Error('as it was told to');
  const heard: string[] = [];
  listeners.on('forget', () => {
    throw failure;
  });
  listeners.on('forget', (peer) => heard.push(peer));
  t.notThrows(() => listeners.emit('forget', 'peer-1'));
  t.deepEqual(heard, ['peer-1']);
  t.deepEqual(told, [{ event: 'forget', err: failure }]);
});

test('a listener may end its own listening while it hears', (t) => {
  const listeners = new MembershipListeners(silentLog);
  const heard: string[] = [];
  const end = listeners.on('forget', (peer) => {
    heard.push(`once ${peer}`);
    end();
  });
  listeners.on('forget', (peer) => heard.push(`always ${peer}`));
  listeners.emit('forget', 'a');
  listeners.emit('forget', 'b');
  t.deepEqual(heard, ['once a', 'always a', 'always b']);
});
