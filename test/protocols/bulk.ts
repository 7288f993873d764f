import { readFileSync } from 'node:fs';
import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import test from 'ava';
import * as pb from '../../protocols/bulk/bulk_pb.js';

interface Vector {
  readonly message: string;
  readonly json: JsonValue;
  readonly hex: string;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../protocols/bulk/vectors/messages.json', import.meta.url), 'utf8'),
);
const schemas = new Map<string, DescMessage>(
  [pb.OfferRequestSchema, pb.OfferSchema].map((schema) => [schema.typeName, schema]),
);

for (const { message, json, hex } of vectors) {
  test(`golden vector: ${message}`, (t) => {
    const schema = schemas.get(message) as DescMessage;
    t.is(Buffer.from(toBinary(schema, fromJson(schema, json))).toString('hex'), hex);
    t.deepEqual(toJson(schema, fromBinary(schema, Buffer.from(hex, 'hex'))), json);
  });
}

test('there is a vector for every message', (t) => {
  t.deepEqual(vectors.map(({ message }) => message).sort(), [...schemas.keys()].sort());
});
