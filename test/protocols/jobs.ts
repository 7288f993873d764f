import { readFileSync } from 'node:fs';
import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import test from 'ava';
import * as pb from '../../protocols/jobs/jobs_pb.js';
import { LEAVES_PER_GROUP, leafOf, StatusIndex, SUM_BYTES } from '../../src/core/jobs/status-index.ts';
import { fingerprintOf } from '../../src/jobs/wire.ts';

interface Vector {
  readonly message: string;
  readonly json: JsonValue;
  readonly hex: string;
}

interface Tree {
  readonly body: string;
  readonly fingerprint: number;
  readonly entries: ReadonlyArray<{
    readonly id: string;
    readonly fingerprint: number;
    readonly expiresAt: number;
    readonly leaf: number;
    readonly leafSum: string;
  }>;
  readonly groupSums: string;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../protocols/jobs/vectors/${name}.json`, import.meta.url), 'utf8'));
const vectors: Vector[] = read('messages');
const tree: Tree = read('tree');

const schemas = new Map<string, DescMessage>(
  [
    pb.StatusSchema,
    pb.RecordSchema,
    pb.PutRequestSchema,
    pb.PutReplySchema,
    pb.NewsSchema,
    pb.FindRequestSchema,
    pb.FindReplySchema,
    pb.CompareRequestSchema,
    pb.CompareReplySchema,
    pb.PullRequestSchema,
    pb.PullReplySchema,
    pb.BidRequestSchema,
    pb.BidReplySchema,
    pb.RunRequestSchema,
    pb.RunReplySchema,
    pb.RenewRequestSchema,
    pb.RenewReplySchema,
    pb.ProcessesRequestSchema,
    pb.ProcessesReplySchema,
    pb.LogRequestSchema,
    pb.LogReplySchema,
    pb.LogTailsSchema,
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

test('golden vector: fingerprint and hash tree', (t) => {
  t.is(fingerprintOf(Buffer.from(tree.body, 'hex')), tree.fingerprint);
  const index = new StatusIndex();
  for (const { id, ...entry } of tree.entries) index.set(id, entry);
  for (const { id, leaf, leafSum } of tree.entries) {
    t.is(leafOf(id), leaf);
    const sums = Buffer.from(index.leafSums(Math.floor(leaf / LEAVES_PER_GROUP)));
    const at = (leaf % LEAVES_PER_GROUP) * SUM_BYTES;
    t.is(sums.subarray(at, at + SUM_BYTES).toString('hex'), leafSum);
  }
  t.is(Buffer.from(index.groupSums()).toString('hex'), tree.groupSums);
});
