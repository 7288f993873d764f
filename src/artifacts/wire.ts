import { create } from '@bufbuild/protobuf';
import * as pb from '../../protocols/artifacts/artifacts_pb.js';
import { type ErrorCode, GismeshError } from '../core/errors.ts';
import type { PeerId } from '../platform/network.ts';
import { MAX_HOLDERS, type Ownership } from './holdings.ts';
import { type ArtifactId, idFromBytes, idToBytes } from './manifest.ts';

/** See protocols/artifacts/README.md for the exchange. */
export const ARTIFACT_PROTOCOL = '/gismesh/artifacts/1';
/** A call of the control protocol. */
export const CHECK = 'artifacts.check';

/** What the bounds of `protocols/artifacts/README.md` are. */
export const WIRE_LIMITS = {
  /** Bytes of a request or a reply on the stream. */
  message: 64 * 1024,
  /** Chunks of one request. */
  chunks: 64,
  owners: 64,
  holders: MAX_HOLDERS,
  records: 200,
  text: 128,
  error: 1000,
} as const;

/** What a peer says of an artifact. */
export interface ArtifactRecord {
  readonly id: ArtifactId;
  readonly size: number;
  readonly owners: readonly Ownership[];
  readonly copies: number;
  readonly holders: readonly PeerId[];
}

export function recordToWire({ id, size, owners, copies, holders }: ArtifactRecord): pb.Record {
  return create(pb.RecordSchema, {
    id: idToBytes(id),
    size: BigInt(size),
    // The longest lived: the others have no further use for a copy when these have none.
    owners: [...owners]
      .sort((a, b) => b.expiresAt - a.expiresAt)
      .slice(0, WIRE_LIMITS.owners)
      .map(({ owner, expiresAt }) => create(pb.OwnerSchema, { name: owner, expiresAt: BigInt(expiresAt) })),
    copies,
    holders: holders.slice(0, WIRE_LIMITS.holders),
  });
}

/** Throws `MESSAGE_MALFORMED` for what breaks a bound. */
export function recordFromWire(wire: pb.Record | undefined): ArtifactRecord {
  if (!wire) throw malformed('no record');
  if (wire.owners.length > WIRE_LIMITS.owners) throw malformed('number of owners');
  if (wire.holders.length > WIRE_LIMITS.holders) throw malformed('number of holders');
  if (wire.copies > WIRE_LIMITS.holders) throw malformed('number of copies');
  return {
    id: idFromBytes(wire.id),
    size: whole(wire.size, 'size'),
    owners: wire.owners.map(({ name, expiresAt }) => ({
      owner: text(name, 'owner'),
      expiresAt: whole(expiresAt, 'expiry'),
    })),
    copies: wire.copies,
    holders: wire.holders.map((peer) => text(peer, 'holder')),
  };
}

const REMOTE_ERRORS: readonly string[] = [
  'ARTIFACT_UNKNOWN',
  'ARTIFACT_DAMAGED',
  'BUSY',
  'STORE_FULL',
  'MESSAGE_MALFORMED',
] satisfies ErrorCode[];

/** The error in a reply, if any. */
export function errorOf(peer: PeerId, { errorCode, errorMessage }: pb.Reply): GismeshError | undefined {
  if (errorCode === '') return undefined;
  const code = REMOTE_ERRORS.includes(errorCode) ? (errorCode as ErrorCode) : 'REMOTE_FAILED';
  return new GismeshError(code, `${peer}: ${errorMessage.slice(0, WIRE_LIMITS.error)}`);
}

export function malformed(what: string, cause?: unknown): GismeshError {
  return new GismeshError('MESSAGE_MALFORMED', `a message about artifacts is malformed: ${what}`, { cause });
}

export function whole(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(what);
  return Number(value);
}

function text(value: string, what: string): string {
  if (value === '' || value.length > WIRE_LIMITS.text || /\p{Cc}/u.test(value)) throw malformed(what);
  return value;
}
