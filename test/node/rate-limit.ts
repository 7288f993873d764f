import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { RateLimit } from '../../src/node/rate-limit.ts';

test('lets no more through in a second than allowed', async (t) => {
  const time = new VirtualTime();
  const limit = new RateLimit(new MachineClock(time), 3);
  const pass = () => Array.from({ length: 10 }, () => limit.take()).filter(Boolean).length;
  t.is(pass(), 3);
  await time.advance(999);
  t.is(pass(), 0);
  await time.advance(1);
  t.is(pass(), 3);
});
