import test from 'ava';
import { METRES_PER_DEGREE, scaleDenominatorOf, scaleFactorOf } from '../../src/engines/scale.ts';

test('the scale of a world of 256 pixels is that of the well-known tile set', (t) => {
  const half = 20037508.342789244;
  t.true(Math.abs(scaleDenominatorOf([-half, -half, half, half], 256, 1) - 559_082_264.0287178) < 1e-3);
  t.true(Math.abs(scaleDenominatorOf([-180, -90, 180, 90], 256, METRES_PER_DEGREE) - 559_082_264.028) < 1e-2);
});

test('the standard pixel has the factor 1, however it is rounded', (t) => {
  for (const dpi of [90.7, 90.71, 90.714285714, 91]) t.is(scaleFactorOf(dpi), 1);
  t.true(Math.abs(scaleFactorOf(181.4) - 2) < 0.001);
  t.true(Math.abs(scaleFactorOf(96) - 1.058) < 0.001);
});
