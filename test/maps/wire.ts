import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import { DrawingSchema } from '../../protocols/maps/maps_pb.js';
import { type Drawing, drawingKey } from '../../src/maps/drawing.ts';
import { drawingFromWire, drawingToWire } from '../../src/maps/wire.ts';

const limits = { maxPixels: 8192 * 8192 };
const name = fc.string({ maxLength: 20 });
const names = fc.array(name, { minLength: 1, maxLength: 5 });
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
  fc.record({
    kind: fc.constant('image' as const),
    layers: names,
    styles: names,
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
  fc.record({
    kind: fc.constant('features' as const),
    layers: names,
    crs: name,
    bbox,
    width: pixels,
    height: pixels,
    i: fc.nat(255),
    j: fc.nat(255),
    featureCount: fc.nat(100),
    dpi,
  }),
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
    { layers: [] },
  ]) {
    const spoilt = wire();
    Object.assign(spoilt.task.value as object, change);
    t.throws(() => drawingFromWire(spoilt, limits), malformed, JSON.stringify(change));
  }
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
