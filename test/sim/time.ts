import test from 'ava';
import fc from 'fast-check';
import { EventHeap, type ScheduledEvent } from '../../sim/event-heap.ts';
import { VirtualTime } from '../../sim/time.ts';

test('the heap gives events by time, and those of one time by their order', (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(5), fc.constant(undefined)), { maxLength: 200 }), (steps) => {
      const heap = new EventHeap();
      let model: ScheduledEvent[] = [];
      for (const [order, atMs] of steps.entries()) {
        if (atMs === undefined) {
          const expected = model.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
          t.is(heap.peek(), expected);
          t.is(heap.pop(), expected);
          model = model.filter((event) => event !== expected);
        } else {
          const event = { atMs, order };
          heap.push(event);
          model.push(event);
        }
        t.is(heap.size, model.length);
      }
    }),
  );
});

test('what an event causes by promises is done before the next event of the same moment', async (t) => {
  const time = new VirtualTime();
  const happened: string[] = [];
  time.at(10, () => {
    void (async () => {
      for (let i = 0; i < 50; i += 1) await undefined;
      happened.push('after fifty turns');
    })();
  });
  time.at(10, () => happened.push('next'));
  await time.advance(10);
  t.deepEqual(happened, ['after fifty turns', 'next']);
});

test('time moves on however short a delay is', async (t) => {
  const time = new VirtualTime();
  let events = 0;
  const again = () => {
    events += 1;
    time.at(time.nowMs + 1e-12, again);
  };
  await time.advance(193.3);
  again();
  await time.advance(1);
  t.true(events > 100 && events <= 1026, `${events}`);
});

test('running until something holds stops right there', async (t) => {
  const time = new VirtualTime();
  let count = 0;
  for (let i = 1; i <= 10; i += 1) time.at(i * 10, () => count++);
  t.true(await time.until(() => count === 3, 1000));
  t.is(time.nowMs, 30);
  t.false(await time.until(() => count === 30, 50));
});

test('a promise that nothing settles is an error', async (t) => {
  const time = new VirtualTime();
  await t.throwsAsync(time.settle(new Promise(() => {}), 100), { message: /nothing settled/ });
  await t.throwsAsync(time.settle(Promise.reject(new Error('as it was')), 100), { message: 'as it was' });
});

test('an error in an event stops the run', async (t) => {
  const time = new VirtualTime();
  time.at(5, () => {
    throw new Error('a bug');
  });
  await t.throwsAsync(time.advance(10), { message: 'a bug' });
});

test('time cannot be run twice at once', async (t) => {
  const time = new VirtualTime();
  const first = time.advance(10);
  await t.throwsAsync(time.advance(10), { message: /already running/ });
  await first;
});
