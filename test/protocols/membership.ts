import { readFileSync } from 'node:fs';
import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import test from 'ava';
import * as pb from '../../protocols/membership/membership_pb.js';

interface Vector {
  readonly message: string;
  readonly json: JsonValue;
  readonly hex: string;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../protocols/membership/vectors/messages.json', import.meta.url), 'utf8'),
);

const schemas = new Map<string, DescMessage>(
  [
    pb.RecordSchema,
    pb.HelloSchema,
    pb.HelloReplySchema,
    pb.PingSchema,
    pb.PingReplySchema,
    pb.ProbeRequestSchema,
    pb.ProbeReplySchema,
    pb.SyncRequestSchema,
    pb.SyncReplySchema,
    pb.RecordsSchema,
    pb.LeaveSchema,
    pb.PartSchema,
    pb.NewsSchema,
  ].map((schema) => [schema.typeName, schema]),
);

for (const { message, json, hex } of vectors) {
  test(`golden vector: ${message}`, (t) => {
    const schema = schemas.get(message)!;
    t.is(Buffer.from(toBinary(schema, fromJson(schema, json))).toString('hex'), hex);
    t.deepEqual(toJson(schema, fromBinary(schema, Buffer.from(hex, 'hex'))), json);
  });
}

test('there is a vector for every message that goes over the wire', (t) => {
  t.deepEqual(vectors.map(({ message }) => message).sort(), [...schemas.keys()].sort());
});
