import test from 'ava';
import { gossipBounds } from '../../../sim/checkers/index.ts';
import { configSchema } from '../../../src/config.ts';

/** What the first of 200 computers with forty projects each sent in the first second after all had booted. */
const BOOT_BYTES = 7_391_471;

test('who has many projects may tell of them', (t) => {
  const config = configSchema.parse({});
  t.true(gossipBounds(config, 200, 40).bytes > BOOT_BYTES);
  t.true(gossipBounds(config, 200, 1).bytes < BOOT_BYTES);
});
