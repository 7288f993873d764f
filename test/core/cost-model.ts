import test from 'ava';
import fc from 'fast-check';
import { type CostFeatures, CostModel, type CostModelOptions } from '../../src/core/cost-model.ts';

const options: CostModelOptions = {
  maxEntries: 1000,
  smoothing: 0.1,
  priorSamples: 2,
  priorMs: 60,
  maxObservedMs: 10_000,
};

const tile: CostFeatures = {
  kind: 'image',
  project: 'world',
  layers: ['land', 'roads'],
  metresPerPixel: 10,
  pixels: 256 * 256,
};

function trained(times: readonly number[], features = tile): CostModel {
  const model = new CostModel(options);
  for (const ms of times) model.observe(features, ms);
  return model;
}

test('before anything is learned, a tile costs the prior and larger drawings more', (t) => {
  const model = new CostModel(options);
  t.is(model.estimate(tile).meanMs, 60);
  t.is(model.estimate(tile).samples, 0);
  t.true(model.estimate({ ...tile, pixels: 2048 * 2048 }).meanMs > 5 * 60);
});

test('converges to what requests cost, and its p95 to the mean when all cost the same', (t) => {
  const { meanMs, p95Ms, samples } = trained(new Array(500).fill(200)).estimate(tile);
  t.true(Math.abs(meanMs - 200) < 4, `${meanMs}`);
  t.true(p95Ms < 260, `${p95Ms}`);
  t.is(samples, 500);
});

test('the mean stays within what was seen and the prior, and the p95 is not below it', (t) => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.1, max: 9000, noNaN: true }), { maxLength: 60 }), (times) => {
      const { meanMs, p95Ms } = trained(times).estimate(tile);
      t.true(meanMs >= Math.min(60, ...times) - 1e-6);
      t.true(meanMs <= Math.max(60, ...times) + 1e-6);
      t.true(p95Ms >= meanMs - 1e-6 && p95Ms < 4 * meanMs);
    }),
  );
});

test('about one request in twenty takes longer than the p95', (t) => {
  // Log-normal times by inverting evenly spread quantiles of the logistic curve, near enough to the normal one.
  const times = Array.from({ length: 2000 }, (_, i) => {
    const share = (((i * 617) % 2000) + 0.5) / 2000;
    return 100 * Math.exp((0.5 * Math.log(share / (1 - share))) / 1.702);
  });
  const model = new CostModel({ ...options, smoothing: 0.005 });
  for (const ms of times) model.observe(tile, ms);
  const { p95Ms } = model.estimate(tile);
  const over = times.filter((ms) => ms > p95Ms).length / times.length;
  t.true(over > 0.02 && over < 0.09, `${over}`);
});

test('follows a change', (t) => {
  const model = trained(new Array(200).fill(50));
  for (let i = 0; i < 50; i += 1) model.observe(tile, 400);
  t.true(model.estimate(tile).meanMs > 350);
});

test('an unseen scale, size or layer set takes after the nearest that was seen', (t) => {
  const model = trained(new Array(50).fill(400));
  t.true(model.estimate({ ...tile, metresPerPixel: 320 }).meanMs > 300);
  t.true(model.estimate({ ...tile, layers: ['rivers'] }).meanMs > 300);
  t.true(model.estimate({ ...tile, project: 'other' }).meanMs > 300);
  t.true(model.estimate({ ...tile, pixels: 512 * 512 }).meanMs > 2 * 300);
  t.is(model.estimate({ ...tile, kind: 'legend' }).meanMs, 60);
});

test('own experience outweighs that of the kinds around it', (t) => {
  const model = trained(new Array(300).fill(400));
  const cheap = { ...tile, project: 'cheap' };
  for (let i = 0; i < 40; i += 1) model.observe(cheap, 10);
  t.true(model.estimate(cheap).meanMs < 40);
  t.true(model.estimate(tile).meanMs > 380);
});

test('the order of layers does not matter, their separators neither', (t) => {
  const model = trained(new Array(100).fill(500));
  t.is(model.estimate({ ...tile, layers: ['roads', 'land'] }).samples, 100);
  t.is(model.estimate({ ...tile, layers: ['land,roads'] }).samples, 0);
});

test('what is no time is ignored and what is too long is cut', (t) => {
  const model = trained([Number.NaN, -1]);
  t.is(model.size, 0);
  model.observe(tile, Infinity);
  t.true(model.estimate(tile).meanMs <= 10_000);
});

test('features from hostile requests give finite estimates', (t) => {
  const model = trained([100]);
  fc.assert(
    fc.property(fc.double(), fc.double(), fc.array(fc.string()), (metresPerPixel, pixels, layers) => {
      const { meanMs, p95Ms } = model.estimate({
        ...tile,
        metresPerPixel,
        pixels: Math.min(pixels, 1e9),
        layers,
      });
      t.true(Number.isFinite(meanMs) && Number.isFinite(p95Ms));
    }),
  );
});

test('remembers no more than its bound, and forgets what was unused for longest', (t) => {
  const model = new CostModel({ ...options, maxEntries: 20 });
  for (let i = 0; i < 500; i += 1) {
    model.observe({ ...tile, project: `p${i}` }, 10);
    model.observe(tile, 300);
    t.true(model.size <= 20);
  }
  t.is(model.estimate(tile).samples, 500);
  t.is(model.estimate({ ...tile, project: 'p0' }).samples, 0);
});
