import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import { DrawingSchema } from '../../protocols/maps/maps_pb.js';
import { type Drawing, drawingKey } from '../../src/maps/drawing.ts';
import { drawingFromWire, drawingToWire } from '../../src/maps/wire.ts';

const limits = { maxPixels: 8192 * 8192 };
const name = fc.string({ maxLength: 20 });
const names = fc.array(name, { minLength: 1, maxLength: 5 });
const layersWithStyles = fc
  .array(fc.tuple(name, name), { minLength: 1, maxLength: 5 })
  .map((pairs) => ({ layers: pairs.map(([layer]) => layer), styles: pairs.map(([, style]) => style) }));
const coordinate = fc.double({ min: -2e7, max: 2e7, noNaN: true });
const bbox = fc
  .tuple(
    coordinate,
    coordinate,
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
  )
  .map(([x, y, width, height]) => [x, y, x + width, y + height] as const)
  .filter(([minX, minY, maxX, maxY]) => minX < maxX && minY < maxY);
const encoding = fc.constantFrom('png' as const, 'png8' as const, 'jpeg' as const, 'webp' as const);
const pixels = fc.integer({ min: 1, max: 256 });
const dpi = fc.double({ min: 1, max: 1000, noNaN: true });

const task = fc.oneof(
  fc
    .tuple(
      layersWithStyles,
      fc.record({
        kind: fc.constant('image' as const),
        crs: name,
        bbox,
        columns: fc.integer({ min: 1, max: 8 }),
        rows: fc.integer({ min: 1, max: 8 }),
        tileWidth: pixels,
        tileHeight: pixels,
        buffer: fc.nat(256),
        encoding,
        transparent: fc.boolean(),
        background: name,
        dpi,
      }),
    )
    .map(([layers, rest]) => ({ ...rest, ...layers })),
  fc.record(
    {
      kind: fc.constant('features' as const),
      layers: names,
      crs: name,
      bbox,
      width: fc.integer({ min: 256, max: 512 }),
      height: fc.integer({ min: 256, max: 512 }),
      i: fc.nat(255),
      j: fc.nat(255),
      featureCount: fc.nat(100),
      geometryCrs: fc.constantFrom('CRS:84', 'EPSG:25833'),
      dpi,
    },
    {
      requiredKeys: ['kind', 'layers', 'crs', 'bbox', 'width', 'height', 'i', 'j', 'featureCount', 'dpi'],
    },
  ),
  fc.record({
    kind: fc.constant('legend' as const),
    layer: name,
    style: name,
    encoding,
    transparent: fc.boolean(),
    width: pixels,
    height: pixels,
    dpi,
  }),
);
const drawing: fc.Arbitrary<Drawing> = fc.record({
  projectHash: fc.stringMatching(/^[0-9a-f]{64}$/),
  engine: fc.record({ name, version: name, fonts: name }),
  task,
});

test('both sides of the wire compute the same key', (t) => {
  fc.assert(
    fc.property(drawing, (original) => {
      const bytes = toBinary(DrawingSchema, drawingToWire(original));
      const received = drawingFromWire(fromBinary(DrawingSchema, bytes), limits);
      t.is(drawingKey(received), drawingKey(original));
    }),
  );
  t.pass();
});

test('drawings that differ in anything have different keys', (t) => {
  fc.assert(
    fc.property(drawing, drawing, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      t.is(drawingKey(one) === drawingKey(other), same);
    }),
  );
  t.pass();
});

test('nonsense from another peer is refused with a code', (t) => {
  const [sample] = fc.sample(
    drawing.filter(({ task }) => task.kind === 'image'),
    1,
  ) as [Drawing];
  const malformed = { code: 'MESSAGE_MALFORMED' } as const;
  const wire = () => drawingToWire(sample);
  t.throws(() => drawingFromWire(undefined, limits), malformed);
  t.throws(() => drawingFromWire(create(DrawingSchema), limits), malformed);
  t.throws(() => drawingFromWire(Object.assign(wire(), { projectHash: '../../etc' }), limits), malformed);
  t.throws(() => drawingFromWire(Object.assign(wire(), { task: { case: undefined } }), limits), malformed);
  t.throws(() => drawingFromWire(wire(), { maxPixels: 0 }), malformed);
  for (const change of [
    { bbox: [1, 2, 3] },
    { bbox: [1, 2, Number.NaN, 4] },
    { bbox: [5, 2, 3, 4] },
    { encoding: 'gif' },
    { columns: 0 },
    { columns: 4_000_000_000 },
    // Few pixels, but a promise for each of 67 million parts.
    { columns: 8192, rows: 8192, tileWidth: 1, tileHeight: 1, buffer: 0 },
    { columns: 1, rows: 1, tileWidth: 60_000_000, tileHeight: 1, buffer: 0 },
    { layers: [] },
    { styles: [] },
    { dpi: Number.NaN },
    { dpi: 0 },
    { dpi: -90 },
    { dpi: Number.POSITIVE_INFINITY },
  ]) {
    const spoilt = wire();
    Object.assign(spoilt.task.value as object, change);
    t.throws(() => drawingFromWire(spoilt, limits), malformed, JSON.stringify(change));
  }
});

test('nonsense about features and legends is refused as well', (t) => {
  const spoil = (kind: Drawing['task']['kind'], change: object) => {
    const [sample] = fc.sample(
      drawing.filter(({ task }) => task.kind === kind),
      1,
    ) as [Drawing];
    const wire = drawingToWire(sample);
    Object.assign(wire.task.value as object, change);
    return () => drawingFromWire(wire, limits);
  };
  for (const change of [
    { width: 0 },
    { i: 100_000 },
    { j: 4_294_967_295 },
    { featureCount: 4_294_967_295 },
    { layers: [] },
    { dpi: Number.NaN },
  ]) {
    t.throws(spoil('features', change), { code: 'MESSAGE_MALFORMED' }, JSON.stringify(change));
  }
  for (const change of [
    { width: 4_294_967_295, height: 0 },
    { width: 65_000, height: 65_000 },
    { dpi: -1 },
  ]) {
    t.throws(spoil('legend', change), { code: 'MESSAGE_MALFORMED' }, JSON.stringify(change));
  }
  t.notThrows(spoil('legend', { width: 0, height: 0 }));
});

test('any bytes decode to a drawing or to a clean refusal', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      let decoded: ReturnType<typeof drawingToWire>;
      try {
        decoded = fromBinary(DrawingSchema, bytes);
      } catch {
        return;
      }
      try {
        drawingFromWire(decoded, limits);
      } catch (error) {
        t.is((error as { code: string }).code, 'MESSAGE_MALFORMED');
      }
    }),
    { numRuns: 500 },
  );
  t.pass();
});
