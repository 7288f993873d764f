import test from 'ava';
import { AnswerTime } from '../../src/core/answer-time.ts';

test('nothing is known before the first answer', (t) => {
  t.is(new AnswerTime().mostMs, 0);
});

test('twice the slowest answer is waited for, the last one at least', (t) => {
  const time = new AnswerTime();
  time.measured(200);
  time.measured(700);
  t.is(time.mostMs, 1400);
  time.measured(500);
  t.is(time.mostMs, 1000);
});

test('what was slow fades with every quick answer', (t) => {
  const time = new AnswerTime();
  time.measured(4000);
  for (let answers = 0; answers < 5; answers += 1) time.measured(1);
  t.is(time.mostMs, 250);
});
