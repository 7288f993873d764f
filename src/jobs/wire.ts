import { hash } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import * as pb from '../../protocols/jobs/jobs_pb.js';
import { GismeshError } from '../core/errors.ts';
import { HLC_MAX_COUNTER } from '../core/jobs/hlc.ts';
import {
  type Attempt,
  JOB_LIMITS,
  type JobDoor,
  type JobMode,
  type JobState,
  type JobStatus,
} from '../core/jobs/job-status.ts';
import type { IndexEntry } from '../core/jobs/status-index.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { decodeMessage } from '../platform/messages.ts';
import type { LogLine } from './log-book.ts';

/**
 * The jobs protocol's messages and what they mean here. Reading refuses, with `MESSAGE_MALFORMED`, whatever
 * breaks the bounds of `protocols/jobs/README.md`.
 */
export const WIRE_LIMITS = {
  /** Bytes of a status. */
  body: 32 * 1024,
  /** Bytes of a request that travels with its record; larger ones belong in the artifact store. */
  request: 128 * 1024,
  records: 4096,
  entries: 8192,
  /** Characters of logs in one message: at most three bytes each, the control protocol takes 256 KiB. */
  log: 64 * 1024,
} as const;

const STATES: ReadonlyArray<readonly [JobState, pb.State]> = [
  ['accepted', pb.State.ACCEPTED],
  ['running', pb.State.RUNNING],
  ['successful', pb.State.SUCCESSFUL],
  ['failed', pb.State.FAILED],
  ['dismissed', pb.State.DISMISSED],
];

const MODES: ReadonlyArray<readonly [JobMode, pb.Mode]> = [
  ['sync', pb.Mode.SYNC],
  ['async', pb.Mode.ASYNC],
];

const DOORS: ReadonlyArray<readonly [JobDoor, pb.Door]> = [
  ['wps-1.0.0', pb.Door.WPS_1_0_0],
  ['wps-2.0', pb.Door.WPS_2_0],
  ['ogcapi', pb.Door.OGCAPI],
  ['cli', pb.Door.CLI],
];

/** A record with the job's request, where that belongs to it. */
export interface StatusWrite {
  readonly record: StatusRecord;
  readonly request?: Uint8Array;
}

/** A new writing of a status. `MESSAGE_MALFORMED` when it breaks a bound: what is written can be read everywhere. */
export function writing(status: JobStatus, expiresAt: number): StatusRecord {
  const message = create(pb.StatusSchema, statusToWire(status));
  const body = toBinary(pb.StatusSchema, message);
  if (body.length > WIRE_LIMITS.body) throw malformed('size of a status');
  return { status: statusFromWire(message), body, fingerprint: fingerprintOf(body), expiresAt };
}

/** A record from its parts, checked. */
export function readRecord(body: Uint8Array, expiresAt: number): StatusRecord {
  if (body.length > WIRE_LIMITS.body) throw malformed('size of a status');
  const status = statusFromWire(decodeMessage(pb.StatusSchema, body));
  // What was decoded is a view of the whole message, which would be kept alive by it.
  return { status, body: new Uint8Array(body), fingerprint: fingerprintOf(body), expiresAt };
}

/** The first 48 bits of a body's sha-256. */
export function fingerprintOf(body: Uint8Array): number {
  return hash('sha256', body, 'buffer').readUIntBE(0, 6);
}

export function recordToWire({
  record,
  request,
}: {
  readonly record: Pick<StatusRecord, 'body' | 'expiresAt'>;
  readonly request?: Uint8Array;
}): pb.Record {
  return create(pb.RecordSchema, {
    body: record.body,
    expiresAt: BigInt(record.expiresAt),
    ...(request && { request }),
  });
}

/** Throws for a record that breaks a bound; undefined for one that only a newer version can read. */
export function recordFromWire(wire: pb.Record): StatusWrite | undefined {
  if (wire.request.length > WIRE_LIMITS.request) throw malformed('size of a request');
  const expiresAt = whole(wire.expiresAt, 'expiry');
  try {
    const record = readRecord(wire.body, expiresAt);
    return wire.request.length > 0 ? { record, request: new Uint8Array(wire.request) } : { record };
  } catch (error) {
    if (error instanceof NewerVersionError) return undefined;
    throw error;
  }
}

/** Records that came together: one that this version cannot read is left out, the others count. */
export function recordsFromWire(wires: readonly pb.Record[]): StatusWrite[] {
  return list(wires, WIRE_LIMITS.records, 'records').flatMap((wire) => recordFromWire(wire) ?? []);
}

export function entriesFromWire(wires: readonly pb.Entry[]): Map<string, IndexEntry> {
  const entries = list(wires, WIRE_LIMITS.entries, 'entries').map(
    ({ id, fingerprint, expiresAt }) =>
      [
        idFromWire(id),
        { fingerprint: whole(fingerprint, 'fingerprint'), expiresAt: whole(expiresAt, 'expiry') },
      ] as const,
  );
  return new Map(entries);
}

/** Ids end up in URLs and file names. */
export function idFromWire(id: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(id) || id.length > JOB_LIMITS.id) throw malformed('id of a job');
  return id;
}

export function malformed(what: string, cause?: unknown): GismeshError {
  return new GismeshError('MESSAGE_MALFORMED', `a message about jobs is malformed: ${what}`, { cause });
}

/** A value that this version does not know, in a message that is otherwise in order. */
class NewerVersionError extends Error {}

function statusToWire(status: JobStatus): Parameters<typeof create<typeof pb.StatusSchema>>[1] {
  const { id, process, user, submitter, epoch, owner, seq, progress, message, replicas, updated } = status;
  return {
    id,
    process,
    user,
    mode: numberOf(MODES, status.mode),
    door: numberOf(DOORS, status.door),
    submittedAt: BigInt(status.submittedAt),
    submitter,
    requestDigest: Buffer.from(status.request.digest, 'hex'),
    requestBytes: BigInt(status.request.bytes),
    chained: status.chained.map(({ job, output }) => ({ job, output })),
    state: numberOf(STATES, status.state),
    epoch,
    owner,
    seq,
    attempts: status.attempts.map((attempt) => ({
      epoch: attempt.epoch,
      owner: attempt.owner,
      claimedAt: BigInt(attempt.claimedAt),
      endedAt: BigInt(attempt.endedAt ?? 0),
      reason: attempt.reason ?? '',
      startedAt: BigInt(attempt.startedAt ?? 0),
      handedOver: attempt.handedOver ?? false,
    })),
    progress,
    message,
    startedAt: BigInt(status.startedAt ?? 0),
    finishedAt: BigInt(status.finishedAt ?? 0),
    expectedFinishAt: BigInt(status.expectedFinishAt ?? 0),
    outputs: status.outputs.map(({ name, mediaType, artifact, bytes, fileName }) => ({
      name,
      mediaType,
      artifact,
      bytes: BigInt(bytes),
      fileName: fileName ?? '',
    })),
    replicas: [...replicas],
    failure: status.failure ?? '',
    updated: { wallMs: BigInt(updated.wallMs), counter: updated.counter },
  };
}

function statusFromWire(wire: pb.Status): JobStatus {
  const { epoch, seq, progress } = wire;
  if (wire.requestDigest.length !== 32) throw malformed('digest of a request');
  if (progress > 100) throw malformed('progress');
  if (epoch > JOB_LIMITS.epoch) throw malformed('epoch');
  const state = meaningOf(STATES, wire.state);
  if ((state === 'accepted' && epoch > 1) || (state === 'running' && epoch === 0)) throw malformed('state');
  const owner = peer(wire.owner);
  if ((owner === '') !== (epoch === 0)) throw malformed('owner');
  const failure = text(wire.failure, JOB_LIMITS.name, 'failure');
  if ((failure !== '') !== (state === 'failed')) throw malformed('failure');
  return {
    id: idFromWire(wire.id),
    process: text(wire.process, JOB_LIMITS.process, 'process'),
    user: text(wire.user, JOB_LIMITS.user, 'user'),
    mode: meaningOf(MODES, wire.mode),
    door: meaningOf(DOORS, wire.door),
    submittedAt: whole(wire.submittedAt, 'time'),
    submitter: peer(wire.submitter),
    request: {
      digest: Buffer.from(wire.requestDigest).toString('hex'),
      bytes: whole(wire.requestBytes, 'size'),
    },
    chained: list(wire.chained, JOB_LIMITS.inputs, 'inputs').map(({ job, output }) => ({
      job: idFromWire(job),
      output: text(output, JOB_LIMITS.name, 'output'),
    })),
    state,
    epoch,
    owner,
    seq,
    attempts: list(wire.attempts, JOB_LIMITS.attempts, 'attempts').map(attemptFromWire),
    progress,
    message: text(wire.message, JOB_LIMITS.message, 'message'),
    ...known('startedAt', wire.startedAt),
    ...known('finishedAt', wire.finishedAt),
    ...known('expectedFinishAt', wire.expectedFinishAt),
    outputs: list(wire.outputs, JOB_LIMITS.outputs, 'outputs').map(outputFromWire),
    replicas: list(wire.replicas, JOB_LIMITS.replicas, 'replicas').map(peer),
    ...(failure !== '' && { failure }),
    updated: hlcFromWire(wire.updated),
  };
}

function attemptFromWire({
  epoch,
  owner,
  claimedAt,
  endedAt,
  reason,
  startedAt,
  handedOver,
}: pb.Attempt): Attempt {
  return {
    epoch,
    owner: peer(owner),
    claimedAt: whole(claimedAt, 'time'),
    ...known('endedAt', endedAt),
    ...(reason !== '' && { reason: text(reason, JOB_LIMITS.message, 'reason') }),
    ...known('startedAt', startedAt),
    ...(handedOver && { handedOver }),
  };
}

function outputFromWire({ name, mediaType, artifact, bytes, fileName }: pb.Output) {
  return {
    name: text(name, JOB_LIMITS.name, 'output'),
    mediaType: text(mediaType, JOB_LIMITS.name, 'media type'),
    artifact: text(artifact, JOB_LIMITS.artifact, 'artifact'),
    bytes: whole(bytes, 'size'),
    ...(fileName !== '' && { fileName: text(fileName, JOB_LIMITS.name, 'file name') }),
  };
}

function hlcFromWire(wire: pb.HlcTime | undefined) {
  if (!wire || wire.counter > HLC_MAX_COUNTER) throw malformed('time');
  return { wallMs: whole(wire.wallMs, 'time'), counter: wire.counter };
}

function known<K extends string>(key: K, value: bigint): { [P in K]?: number } {
  return value === 0n ? {} : ({ [key]: whole(value, 'time') } as { [P in K]?: number });
}

function peer(value: string): string {
  return text(value, JOB_LIMITS.peer, 'peer');
}

export function logLineToWire({ epoch, at, text }: LogLine) {
  return { epoch, at: BigInt(at), text };
}

/** The text is cut to one line of so many characters. */
export function logLineFromWire({ epoch, at, text }: pb.LogLine, longest: number): LogLine {
  if (epoch > JOB_LIMITS.epoch || at > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('log');
  return { epoch, at: Number(at), text: oneLine(text, longest) };
}

/** A text for people as one line of bounded length, without control characters. */
export function oneLine(value: string, longest: number): string {
  return value.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longest);
}

/** Texts end up on terminals and pages: no control characters. */
function text(value: string, longest: number, what: string): string {
  if (value.length > longest || /\p{Cc}/u.test(value)) throw malformed(what);
  // As it comes out of UTF-8.
  return value.toWellFormed();
}

function whole(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(what);
  return Number(value);
}

function list<T>(values: readonly T[], longest: number, what: string): readonly T[] {
  if (values.length > longest) throw malformed(`number of ${what}`);
  return values;
}

function meaningOf<T>(table: ReadonlyArray<readonly [T, number]>, wire: number): T {
  const entry = table.find(([, number]) => number === wire);
  if (entry) return entry[0];
  throw wire === 0 ? malformed('kind') : new NewerVersionError(`a value of a newer version: ${wire}`);
}

function numberOf<T, N extends number>(table: ReadonlyArray<readonly [T, N]>, meaning: T): N {
  return table.find(([each]) => each === meaning)![1];
}
