import anyTest, { type ExecutionContext } from 'ava';
import { type Clock, sleep } from '../../../src/platform/clock.ts';

/** A clock under test, and how its time passes: every promise that waits for time goes through `run`. */
export interface ClockWorld {
  readonly clock: Clock;
  run<T>(promise: Promise<T>): Promise<T>;
}

/** Registers the tests that every implementation of `Clock` has to pass. */
export function testClockCompliance(name: string, createWorld: () => ClockWorld): void {
  const test = (title: string, body: (t: ExecutionContext, world: ClockWorld) => Promise<void>) =>
    anyTest(`${name}: ${title}`, async (t) => body(t, createWorld()));

  test('monotonic time never goes back, and has passed after a delay', async (t, { clock, run }) => {
    let before = clock.now();
    for (let i = 0; i < 5; i += 1) {
      const begun = clock.now();
      t.true(begun >= before);
      await run(sleep(clock, 3));
      before = clock.now();
      // Node's timers may fire a fraction of a millisecond early.
      t.true(before - begun >= 2, `${before - begun}`);
    }
  });

  test('wall time is in whole milliseconds since the epoch, and passes', async (t, { clock, run }) => {
    const begun = clock.wallTime();
    t.true(Number.isInteger(begun));
    t.true(begun > Date.UTC(2024, 0, 1));
    await run(sleep(clock, 20));
    t.true(clock.wallTime() - begun >= 15);
  });

  test('callbacks come later, each once, in the order of their delays', async (t, { clock, run }) => {
    const order: number[] = [];
    const all = Promise.all(
      [60, 0, 30, 0].map(
        (delayMs, index) =>
          new Promise<void>((resolve) => {
            clock.after(delayMs, () => {
              order.push(index);
              resolve();
            });
          }),
      ),
    );
    t.deepEqual(order, []);
    await run(all);
    await run(sleep(clock, 20));
    t.deepEqual(order, [1, 3, 2, 0]);
  });

  test('a negative delay is none', async (t, { clock, run }) => {
    await t.notThrowsAsync(run(sleep(clock, -1000)));
  });

  test('a cancelled timer does nothing, however often it is cancelled', async (t, { clock, run }) => {
    let fired = 0;
    const early = clock.after(5, () => fired++);
    early.cancel();
    early.cancel();
    const late = clock.after(5, () => fired++);
    await run(sleep(clock, 30));
    late.cancel();
    t.is(fired, 1);
  });

  test('a timer can be cancelled by an earlier one', async (t, { clock, run }) => {
    let fired = 0;
    const victim = clock.after(40, () => fired++);
    clock.after(1, () => victim.cancel());
    await run(sleep(clock, 60));
    t.is(fired, 0);
  });

  test('a delay of months does not fire at once', async (t, { clock, run }) => {
    let fired = 0;
    const timer = clock.after(100 * 86_400_000, () => fired++);
    await run(sleep(clock, 30));
    t.is(fired, 0);
    timer.cancel();
  });

  test('an aborted sleep rejects with its reason', async (t, { clock, run }) => {
    const reason = new Error('enough');
    await t.throwsAsync(run(sleep(clock, 10_000, AbortSignal.abort(reason))), { is: reason });
    const controller = new AbortController();
    clock.after(1, () => controller.abort(reason));
    await t.throwsAsync(run(sleep(clock, 10_000, controller.signal)), { is: reason });
  });
}
