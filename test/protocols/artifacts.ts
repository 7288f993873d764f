import { readFileSync } from 'node:fs';
import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import test from 'ava';
import * as pb from '../../protocols/artifacts/artifacts_pb.js';
import { recordFromWire, recordToWire } from '../../src/artifacts/wire.ts';

interface Vector {
  readonly message: string;
  readonly json: JsonValue;
  readonly hex: string;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../protocols/artifacts/vectors/messages.json', import.meta.url), 'utf8'),
);

const schemas = new Map<string, DescMessage>(
  [pb.RecordSchema, pb.CheckRequestSchema, pb.CheckReplySchema, pb.RequestSchema, pb.ReplySchema].map(
    (schema) => [schema.typeName, schema],
  ),
);

for (const { message, json, hex } of vectors) {
  test(`golden vector: ${message} ${JSON.stringify(json).slice(0, 60)}`, (t) => {
    const schema = schemas.get(message)!;
    t.is(Buffer.from(toBinary(schema, fromJson(schema, json))).toString('hex'), hex);
    t.deepEqual(toJson(schema, fromBinary(schema, Buffer.from(hex, 'hex'))), json);
  });
}

test('there is a vector for every message that goes over the wire', (t) => {
  t.deepEqual([...new Set(vectors.map(({ message }) => message))].sort(), [...schemas.keys()].sort());
});

test('a record means what it says', (t) => {
  const { json } = vectors.find(({ message }) => message === pb.RecordSchema.typeName)!;
  const record = recordFromWire(fromJson(pb.RecordSchema, json));
  t.is(record.id, `1220${'5a'.repeat(32)}`);
  t.deepEqual(record.owners, [{ owner: 'job-1', expiresAt: 1_790_000_000_000 }]);
  t.deepEqual(recordFromWire(recordToWire(record)), record);
});
