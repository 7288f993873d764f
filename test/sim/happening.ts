import test from 'ava';
import fc from 'fast-check';
import { Delayed } from '../../sim/happening.ts';
import { VirtualTime } from '../../sim/time.ts';

class Mark extends Delayed {
  readonly #happened: number[];
  readonly #number: number;

  constructor(happened: number[], number: number) {
    super();
    this.#happened = happened;
    this.#number = number;
  }

  happen(): void {
    this.#happened.push(this.#number);
  }
}

/** Waits, cancels what was scheduled that many steps ago, or lets time pass. */
const steps = fc.array(
  fc.oneof(
    fc.record({ afterMs: fc.constantFrom(0, 1, 2, 5, 0.5) }),
    fc.record({ cancel: fc.nat(8) }),
    fc.record({ passMs: fc.nat(4) }),
  ),
  { maxLength: 120 },
);

test('in lanes or not, all happens by time, then in the order of its scheduling, and nothing that was cancelled', async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const time = new VirtualTime();
      const happened: number[] = [];
      const expected: number[] = [];
      let model: Array<{ number: number; atMs: number }> = [];
      const marks: Mark[] = [];
      const pass = async (ms: number) => {
        const untilMs = time.nowMs + ms;
        await time.advance(ms);
        const due = model.filter(({ atMs }) => atMs <= untilMs);
        model = model.filter(({ atMs }) => atMs > untilMs);
        expected.push(
          ...due.toSorted((a, b) => a.atMs - b.atMs || a.number - b.number).map(({ number }) => number),
        );
      };
      for (const step of script) {
        if ('afterMs' in step) {
          const number = marks.length;
          marks.push(new Mark(happened, number));
          model.push({ number, atMs: time.nowMs + step.afterMs });
          time.addAfter(step.afterMs, marks[number]!);
        } else if ('cancel' in step) {
          const number = marks.length - 1 - step.cancel;
          marks[number]?.cancel();
          model = model.filter((each) => each.number !== number);
        } else {
          await pass(step.passMs);
        }
      }
      await pass(10);
      t.deepEqual(happened, expected);
    }),
    { numRuns: 300 },
  );
});

test('what is cancelled by another event of its moment does not happen', async (t) => {
  const time = new VirtualTime();
  const happened: number[] = [];
  const second = new Mark(happened, 2);
  time.at(3, () => second.cancel());
  time.addAfter(3, new Mark(happened, 1));
  time.addAfter(3, second);
  time.addAfter(3, new Mark(happened, 3));
  await time.advance(3);
  t.deepEqual(happened, [1, 3]);
});
