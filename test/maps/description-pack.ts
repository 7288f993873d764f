import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import test from 'ava';
import { packDescription, unpackDescription } from '../../src/maps/description-pack.ts';
import { bundleOf } from './helpers/map-room.ts';

const { description } = bundleOf('world', 'a');

test('thousands of layers fit into one message, and come out as they were', (t) => {
  const [layer] = description.layers;
  const layers = Array.from({ length: 8_000 }, (_, i) => ({
    ...layer!,
    name: `parcel-${i}-${((i * 2_654_435_761) >>> 0).toString(36)}`,
    title: `Parcels of district ${i}`,
  }));
  const packed = packDescription({ ...description, layers });
  t.true(packed.byteLength < 256 * 1024, `${packed.byteLength} bytes`);
  t.deepEqual(unpackDescription(packed, description).layers, layers);
});

test('what cannot be unpacked, or would fill the memory, is refused', (t) => {
  const malformed = { code: 'MESSAGE_MALFORMED' };
  t.throws(() => unpackDescription(randomBytes(100), description), malformed);
  t.throws(() => unpackDescription(Buffer.from(JSON.stringify(description)), description), malformed);
  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024, ' '));
  t.throws(() => unpackDescription(bomb, description), malformed);
});
