import { readFileSync } from 'node:fs';
import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import test from 'ava';
import * as pb from '../../protocols/maps/maps_pb.js';
import { drawingAffinity, drawingKey } from '../../src/maps/drawing.ts';
import { drawingFromWire, drawingToWire } from '../../src/maps/wire.ts';

function vectorsOf<T>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(`../../protocols/maps/vectors/${file}`, import.meta.url), 'utf8'));
}

const messages = vectorsOf<{ message: string; json: JsonValue; hex: string }>('messages.json');
const keys = vectorsOf<{ drawing: JsonValue; key: string; affinity: string }>('keys.json');
const limits = { maxPixels: 8192 * 8192 };

const schemas = new Map<string, DescMessage>(
  [
    pb.DrawingSchema,
    pb.BidRequestSchema,
    pb.BidReplySchema,
    pb.ReleaseSchema,
    pb.DrawRequestSchema,
    pb.DrawReplySchema,
    pb.DescribeRequestSchema,
    pb.DescribeReplySchema,
  ].map((schema) => [schema.typeName, schema]),
);

for (const [index, { message, json, hex }] of messages.entries()) {
  test(`golden vector ${index}: ${message}`, (t) => {
    const schema = schemas.get(message)!;
    t.is(Buffer.from(toBinary(schema, fromJson(schema, json))).toString('hex'), hex);
    t.deepEqual(toJson(schema, fromBinary(schema, Buffer.from(hex, 'hex'))), json);
  });
}

test('there is a vector for every message that goes over the wire', (t) => {
  t.deepEqual([...new Set(messages.map(({ message }) => message))].sort(), [...schemas.keys()].sort());
});

test('every version computes the same key and affinity of a drawing', (t) => {
  for (const { drawing: json, key, affinity } of keys) {
    const drawing = drawingFromWire(fromJson(pb.DrawingSchema, json), limits);
    t.is(drawingKey(drawing), key);
    t.is(drawingAffinity(drawing), affinity);
    t.deepEqual(toJson(pb.DrawingSchema, drawingToWire(drawing)), json);
  }
});
