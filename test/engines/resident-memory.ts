import test from 'ava';
import { residentMemory } from '../../src/engines/resident-memory.ts';

test('reads the memory of living processes, and leaves out the others', async (t) => {
  const none = 2 ** 22 + 1;
  const resident = await residentMemory([process.pid, none]);
  t.deepEqual([...resident.keys()], [process.pid]);
  const own = process.memoryUsage.rss();
  t.true(Math.abs(resident.get(process.pid)! - own) < own / 2);
  t.is((await residentMemory([])).size, 0);
});
