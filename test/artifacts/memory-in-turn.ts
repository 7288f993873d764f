import test from 'ava';
import { memoryInTurn } from '../../src/artifacts/memory-in-turn.ts';

test('the same memory comes again, and never in two turns that follow each other', (t) => {
  const memory = memoryInTurn(2);
  const [first, second, third, fourth] = [memory(100), memory(100), memory(60), memory(200)];
  t.not(first.buffer, second.buffer);
  t.is(first.buffer, third.buffer);
  t.is(third.length, 60);
  t.is(fourth.length, 200);
  t.not(fourth.buffer, third.buffer);
});
