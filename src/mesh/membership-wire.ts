import { create, type Message } from '@bufbuild/protobuf';
import * as pb from '../../protocols/membership/membership_pb.js';
import { GismeshError } from '../core/errors.ts';
import type { Standing } from '../core/liveness.ts';
import type { OwnerState } from '../core/owner-policy.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Claim, Load, PeerRecord } from './offer.ts';

/**
 * The membership protocol's messages and what they mean here. Decoding refuses, with `MESSAGE_MALFORMED`,
 * whatever breaks the bounds of `protocols/membership/README.md`.
 */
export const MEMBERSHIP_LIMITS = {
  name: 64,
  text: 128,
  protocols: 32,
  engines: 16,
  projects: 512,
  addresses: 16,
  records: 2048,
  claims: 2048,
  /** Bytes of fields that this version does not know, and passes on. */
  unknownBytes: 4096,
} as const;

const STANDINGS: readonly [Standing, pb.Standing][] = [
  ['alive', pb.Standing.ALIVE],
  ['suspect', pb.Standing.SUSPECT],
  ['left', pb.Standing.LEFT],
  ['dead', pb.Standing.DEAD],
];

const OWNER_STATES: readonly [OwnerState, pb.OwnerState][] = [
  ['away', pb.OwnerState.AWAY],
  ['active', pb.OwnerState.ACTIVE],
  ['battery', pb.OwnerState.BATTERY],
];

/** Records never change, and go out again as they came: with the fields of newer versions. */
const bytesOfRecords = new WeakMap<PeerRecord, Uint8Array>();

/** An encoded record. */
export function recordToWire(record: PeerRecord): Uint8Array {
  const known = bytesOfRecords.get(record);
  if (known) return known;
  const { peer, sequence, offer, addresses, loadStamp } = record;
  const bytes = encodeMessage(pb.RecordSchema, {
    peer,
    sequence: BigInt(sequence),
    load: loadToWire(offer.load, loadStamp),
    offer: {
      name: offer.name,
      version: offer.version,
      protocols: offer.protocols.map((protocol) => ({ ...protocol })),
      engines: offer.engines.map((engine) => ({ ...engine })),
      projects: offer.projects.map(({ id, hash }) => ({ id, hash: Buffer.from(hash, 'hex') })),
      cores: offer.cores,
      slots: offer.slots,
      ownerState: numberOf(OWNER_STATES, offer.ownerState),
      addresses: [...addresses],
      ...(offer.processes && { processes: Buffer.from(offer.processes, 'hex') }),
      draining: offer.draining ?? false,
    },
  });
  bytesOfRecords.set(record, bytes);
  return bytes;
}

/** Bytes and records beyond which the table of records begins anew; twice the largest mesh. */
const MAX_KEPT_RECORDS = 4096;
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Records by a hash of their bytes: the same ones come from many peers, and are decoded and held once. */
const keptRecords = new Map<number, { readonly bytes: Uint8Array; readonly record: PeerRecord }>();
let keptBytes = 0;

export function recordFromWire(bytes: Uint8Array): PeerRecord {
  const hash = hashOf(bytes);
  const kept = keptRecords.get(hash);
  if (kept && sameBytes(kept.bytes, bytes)) return kept.record;
  const record = recordOf(decodeMessage(pb.RecordSchema, bytes));
  // A copy: the bytes are part of a message that would be kept as a whole.
  const own = bytes.slice();
  bytesOfRecords.set(record, own);
  keptBytes += own.length - (kept?.bytes.length ?? 0);
  if (keptRecords.size >= MAX_KEPT_RECORDS || keptBytes > MAX_KEPT_BYTES) {
    keptRecords.clear();
    keptBytes = own.length;
  }
  keptRecords.set(hash, { bytes: own, record });
  return record;
}

function recordOf(wire: pb.Record): PeerRecord {
  const { offer } = wire;
  if (!offer) throw malformed('no offer');
  if (unknownBytes(wire) + unknownBytes(offer) > MEMBERSHIP_LIMITS.unknownBytes)
    throw malformed('unknown fields');
  const { stamp, ...load } = loadFromWire(wire.load);
  return {
    peer: text(wire.peer, 'peer'),
    sequence: whole(wire.sequence, 'sequence'),
    loadStamp: stamp,
    addresses: list(offer.addresses, MEMBERSHIP_LIMITS.addresses, 'addresses').map((each) =>
      text(each, 'address'),
    ),
    offer: {
      name: text(offer.name, 'name', MEMBERSHIP_LIMITS.name),
      version: text(offer.version, 'version'),
      protocols: list(offer.protocols, MEMBERSHIP_LIMITS.protocols, 'protocols').map(({ name, version }) => ({
        name: text(name, 'protocol'),
        version,
      })),
      engines: list(offer.engines, MEMBERSHIP_LIMITS.engines, 'engines').map((engine) => ({
        name: text(engine.name, 'engine'),
        version: text(engine.version, 'engine'),
        fonts: text(engine.fonts, 'fonts'),
      })),
      projects: list(offer.projects, MEMBERSHIP_LIMITS.projects, 'projects').map(projectFromWire),
      ...(offer.processes.length > 0 && { processes: digestFromWire(offer.processes) }),
      cores: offer.cores,
      slots: offer.slots,
      ownerState: meaningOf(OWNER_STATES, offer.ownerState) ?? 'active',
      ...(offer.draining && { draining: true }),
      load,
    },
  };
}

/** Records that were passed on: one that this version cannot read is left out, the others count. */
export function recordsFromWire(wires: readonly Uint8Array[]): PeerRecord[] {
  const records: PeerRecord[] = [];
  for (const wire of list(wires, MEMBERSHIP_LIMITS.records, 'records')) {
    try {
      records.push(recordFromWire(wire));
    } catch {}
  }
  return records;
}

export function claimToWire({ peer, sequence, standing }: Claim): pb.Claim {
  return create(pb.ClaimSchema, {
    peer,
    sequence: BigInt(sequence),
    standing: numberOf(STANDINGS, standing),
  });
}

/** Undefined for a standing that only a newer version knows. */
export function claimFromWire(wire: pb.Claim): Claim | undefined {
  const standing = meaningOf(STANDINGS, wire.standing);
  const peer = text(wire.peer, 'peer');
  const sequence = whole(wire.sequence, 'sequence');
  return standing && { peer, sequence, standing };
}

export function claimsFromWire(wires: readonly pb.Claim[]): Claim[] {
  return list(wires, MEMBERSHIP_LIMITS.claims, 'claims').flatMap((wire) => claimFromWire(wire) ?? []);
}

export function loadToWire(load: Load, stamp: number): pb.Load {
  return create(pb.LoadSchema, { stamp: BigInt(stamp), running: load.running, queued: load.queued });
}

export function loadFromWire(wire: pb.Load | undefined): Load & { stamp: number } {
  return {
    stamp: whole(wire?.stamp ?? 0n, 'load'),
    running: wire?.running ?? 0,
    queued: wire?.queued ?? 0,
  };
}

/** A sequence from the wire. */
export function whole(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(what);
  return Number(value);
}

function digestFromWire(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw malformed('digest of processes');
  return Buffer.from(bytes).toString('hex');
}

function projectFromWire({ id, hash }: pb.Project): { id: string; hash: string } {
  if (hash.length !== 32) throw malformed('hash of a project');
  return { id: text(id, 'project'), hash: Buffer.from(hash).toString('hex') };
}

/** Bytes of a record that hold its peer and sequence, which tell nearly all records apart. */
const HASHED_BYTES = 72;

/** FNV-1a over the length and the first bytes. */
function hashOf(bytes: Uint8Array): number {
  const end = Math.min(bytes.length, HASHED_BYTES);
  let hash = 0x811c9dc5 ^ bytes.length;
  for (let i = 0; i < end; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one === other) return true;
  // Every record of every exchange is compared: in native code, which takes a tenth of the time.
  return one.length === other.length && Buffer.compare(one, other) === 0;
}

function unknownBytes({ $unknown }: Message): number {
  return ($unknown ?? []).reduce((sum, { data }) => sum + data.length, 0);
}

/** Texts end up on terminals and pages: no control characters. */
function text(value: string, what: string, longest: number = MEMBERSHIP_LIMITS.text): string {
  if (value.length > longest || /\p{Cc}/u.test(value)) throw malformed(what);
  return value;
}

function list<T>(values: readonly T[], longest: number, what: string): readonly T[] {
  if (values.length > longest) throw malformed(`number of ${what}`);
  return values;
}

function meaningOf<T>(table: ReadonlyArray<readonly [T, number]>, wire: number): T | undefined {
  return table.find(([, number]) => number === wire)?.[0];
}

function numberOf<T, N extends number>(table: ReadonlyArray<readonly [T, N]>, meaning: T): N {
  return table.find(([each]) => each === meaning)![1];
}

function malformed(what: string, cause?: unknown): GismeshError {
  return new GismeshError('MESSAGE_MALFORMED', `a membership message is malformed: ${what}`, { cause });
}
