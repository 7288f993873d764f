import * as pb from '../../protocols/jobs/jobs_pb.js';
import { errorCode, GismeshError } from '../core/errors.ts';
import { isTerminal } from '../core/jobs/job-status.ts';
import type { JobOffer } from '../core/jobs/rebalancing.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { AttemptLoss } from '../core/jobs/transitions.ts';
import { triesOf } from '../core/jobs/tries.ts';
import { rendezvousOrder } from '../core/rendezvous.ts';
import { callMember } from '../platform/call-member.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { NeededData } from './chaining.ts';
import type { Executor } from './executor.ts';
import { HandedJobs } from './handed-jobs.ts';
import type { JobPeers } from './job-peers.ts';
import type { OfferedProcesses } from './offered-processes.ts';
import type { StatusMap } from './status-map.ts';
import { decodeSubmission, type Submission } from './submission.ts';
import { malformed, recordFromWire, recordToWire } from './wire.ts';

const BID = 'jobs.bid';
const RUN = 'jobs.run';

/** Longest process and version that are looked up for another peer. */
const MAX_NAME = 512;

/** Inputs of a job that are told to bidders; the others count for nothing. */
const MAX_DATA = 64;

/** A job with its request, and that decoded. */
interface PlacedJob {
  readonly record: StatusRecord;
  readonly request: Uint8Array;
  readonly submission: Submission;
}

interface PlaceOptions extends AttemptLoss {
  readonly except?: readonly PeerId[];
  readonly data?: readonly NeededData[];
}

/** How a job is given to a peer. */
export interface HandingTerms extends AttemptLoss {
  /** It declines when it cannot have it done within so many ms; infinite: however long it takes. */
  readonly withinMs: number;
}

interface BidTerms {
  /** Who is asked where there are very many: the first of the rendezvous order of this. */
  readonly order: string;
  readonly urgent: boolean;
  readonly except?: readonly PeerId[];
  readonly data: readonly NeededData[];
}

/** Bids of others, those from before `askedMs` by what this peer gave away since, and why one of them declined. */
interface Bids {
  readonly bids: readonly JobOffer[];
  readonly refusal: string | undefined;
}

export interface PlacingOptions {
  readonly bidTimeoutMs: number;
  readonly maxAsked: number;
  readonly quickMs: number;
  readonly runTimeoutMs: number;
}

export interface PlacingParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly map: StatusMap;
  readonly peers: JobPeers;
  readonly processes: OfferedProcesses;
  readonly executor: Executor;
  readonly options: PlacingOptions;
}

/** Finds the peer that executes a job: whoever expects to have it done first. */
export class Placing {
  readonly #parts: PlacingParts;
  readonly #handed: HandedJobs;

  constructor(parts: PlacingParts) {
    this.#parts = parts;
    this.#handed = new HandedJobs(parts.options.bidTimeoutMs);
    const { network } = parts;
    network.onCall(BID, (payload) => this.#answerBid(payload));
    network.onCall(RUN, (payload) => this.#answerRun(payload));
  }

  /**
   * Has a job claimed by the lowest bidder, or the next when that fails. `reason`, `handedOver`: how the attempt before
   * ended; `except`: peers that cannot; `data`: what it takes besides its request. Resolves to what is known of the job then.
   * Rejects `BUSY` when nobody takes it now; `NETWORK_TIMEOUT` when it must not run twice, and a peer that did not answer may
   * have taken it, or may do so still.
   */
  async place(
    { record, request, submission }: PlacedJob,
    { reason = '', handedOver = false, except = [], data = [] }: PlaceOptions = {},
  ): Promise<StatusRecord> {
    const { network, executor, log } = this.#parts;
    const loss = { ...(reason !== '' && { reason }), ...(handedOver && { handedOver }) };
    const { bids, refusal } = await this.#allBids(record, submission, except, data);
    const overtaking = await this.#overtaking(record);
    if (overtaking) return overtaking;
    let why = refusal ?? `no living peer offers the process ${submission.request.process}`;
    for (const { peer, withinMs } of triesOf(bids)) {
      const terms = { ...loss, withinMs };
      try {
        if (peer === network.self) return await executor.take(record, submission, terms);
        return await this.hand(peer, record, request, terms);
      } catch (error) {
        // Its claim may have come here though its answer did not.
        const now = await this.#overtaking(record);
        if (now) return now;
        log.debug({ job: record.status.id, peer, err: error }, 'a peer did not take a job after all');
        why = (error as Error).message;
        if (!submission.idempotent && isUnanswered(error)) {
          throw new GismeshError('NETWORK_TIMEOUT', `${peer} may have taken the job: ${why}`, {
            cause: error,
          });
        }
      }
    }
    throw new GismeshError('BUSY', `the job waits: ${why}`);
  }

  /** What is known by now of a job that has ended, or that somebody has claimed since `record`. */
  async #overtaking({ status, fingerprint }: StatusRecord): Promise<StatusRecord | undefined> {
    const { map } = this.#parts;
    if (map.version(status.id)?.fingerprint === fingerprint) return undefined;
    const now = await map.get(status.id);
    return now && (isTerminal(now.status.state) || now.status.epoch > status.epoch) ? now : undefined;
  }

  /** Others that would execute such a job, the lowest bid first; where there is nobody, what one of them says. */
  async bids(
    { request, processVersion }: Submission,
    { order, urgent, except = [], data }: BidTerms,
    own: readonly JobOffer[] = [],
  ): Promise<Bids> {
    const { clock, processes, options } = this.#parts;
    const offerers = processes
      .offerers(request.process, processVersion)
      .filter((peer) => !except.includes(peer));
    const asked = rendezvousOrder(order, offerers, options.maxAsked);
    const wanted = data.slice(0, MAX_DATA).map(({ artifact, bytes }) => ({
      artifact: Buffer.from(artifact, 'hex'),
      bytes: BigInt(bytes),
    }));
    const question = { process: request.process, processVersion, urgent, data: wanted };
    const payload = encodeMessage(pb.BidRequestSchema, question);
    const bids = [...own];
    let refusal: string | undefined;
    const askedMs = clock.now();
    await Promise.all(
      asked.map(async (peer) => {
        const { expectedMs, reason } = await this.#ask(peer, payload);
        if (expectedMs < Infinity) bids.push({ peer, expectedMs });
        else refusal ??= `${peer} does not take it: ${reason}`;
      }),
    );
    const place = new Map(asked.map((peer, at) => [peer, at]));
    const placeOf = (peer: PeerId) => place.get(peer) ?? -1;
    const since = bids
      .map(({ peer, expectedMs }) => ({ peer, expectedMs: expectedMs + this.#handed.since(askedMs, peer) }))
      .sort((a, b) => a.expectedMs - b.expectedMs || placeOf(a.peer) - placeOf(b.peer));
    return { bids: since, refusal };
  }

  /** The same with this peer among them. */
  async #allBids(
    { status }: StatusRecord,
    submission: Submission,
    except: readonly PeerId[],
    data: readonly NeededData[],
  ): Promise<Bids> {
    const { network, clock, executor, options } = this.#parts;
    const { self: peer } = network;
    const urgent = status.mode === 'sync';
    const { process } = submission.request;
    const forOthers = status.submitter !== peer;
    const question = { process, version: submission.processVersion, urgent, forOthers, data };
    const { expectedMs, isIdle } = executor.bid(question);
    const own = expectedMs < Infinity && !except.includes(peer) ? [{ peer, expectedMs }] : [];
    if (own.length > 0 && isIdle && expectedMs <= options.quickMs) return { bids: own, refusal: undefined };
    const found = await this.bids(submission, { order: status.id, urgent, except, data }, own);
    const [first] = found.bids;
    if (first) this.#handed.add(first.peer, executor.serviceMs(process), clock.now());
    return found;
  }

  async #ask(peer: PeerId, question: Uint8Array): Promise<{ expectedMs: number; reason: string }> {
    const { bidTimeoutMs } = this.#parts.options;
    const silent = { expectedMs: Infinity, reason: `no answer within ${bidTimeoutMs} ms` };
    const late = sleep(this.#parts.clock, bidTimeoutMs).then(() => silent);
    const asking = this.#call(peer, BID, question, bidTimeoutMs).then((answer) => {
      const { expectedMs, reason } = decodeMessage(pb.BidReplySchema, answer);
      return { expectedMs: expectedMs >= 0 ? expectedMs : Infinity, reason: reason.slice(0, MAX_NAME) };
    });
    // Connecting may take longer than a bid may.
    return await Promise.race([asking, late]).catch(() => silent);
  }

  /**
   * Has a peer claim the job. Rejects `BUSY` when it does not; after any other error it may have, or may do so still.
   * Resolves to what is known of the job then.
   */
  async hand(
    peer: PeerId,
    record: StatusRecord,
    request: Uint8Array,
    { withinMs, ...loss }: HandingTerms,
  ): Promise<StatusRecord> {
    const { map, options } = this.#parts;
    const payload = encodeMessage(pb.RunRequestSchema, {
      record: recordToWire({ record, request }),
      ...loss,
      ...(withinMs < Infinity && { withinMs }),
    });
    const reply = decodeMessage(
      pb.RunReplySchema,
      await this.#call(peer, RUN, payload, options.runTimeoutMs),
    );
    const answer = reply.record && recordFromWire(reply.record);
    if (answer?.record.status.id !== record.status.id) throw malformed('answer to a job');
    await map.take([answer]);
    return (await map.get(record.status.id)) ?? answer.record;
  }

  async #call(peer: PeerId, method: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const { network, peers } = this.#parts;
    return await callMember(network, peers, peer, { method, payload, timeoutMs });
  }

  #answerBid(payload: Uint8Array): Uint8Array {
    const { process, processVersion, urgent, data } = decodeMessage(pb.BidRequestSchema, payload);
    if (process.length + processVersion.length > MAX_NAME) throw malformed('process');
    if (data.length > MAX_DATA) throw malformed('number of inputs');
    const needed = data.map(({ artifact, bytes }) => ({
      artifact: Buffer.from(artifact).toString('hex'),
      bytes: Number(bytes),
    }));
    const question = { process, version: processVersion, urgent, forOthers: true, data: needed };
    const { expectedMs, reason } = this.#parts.executor.bid(question);
    return encodeMessage(pb.BidReplySchema, {
      expectedMs: Number.isFinite(expectedMs) ? expectedMs : -1,
      reason,
    });
  }

  async #answerRun(payload: Uint8Array): Promise<Uint8Array> {
    const { map, executor } = this.#parts;
    const { record: wire, reason, handedOver, withinMs } = decodeMessage(pb.RunRequestSchema, payload);
    const write = wire && recordFromWire(wire);
    if (!write?.request) throw malformed('job to run');
    const { id, epoch } = write.record.status;
    await map.take([write], { durable: true });
    const record = await map.get(id);
    if (!record) throw new GismeshError('BUSY', 'this peer holds too many jobs to take one more');
    const isOverruled = isTerminal(record.status.state) || record.status.epoch > epoch;
    const now = isOverruled
      ? record
      : await executor.take(record, decodeSubmission(write.request), {
          ...(reason !== '' && { reason: reason.slice(0, MAX_NAME) }),
          ...(handedOver && { handedOver }),
          withinMs: withinMs > 0 ? withinMs : Infinity,
        });
    return encodeMessage(pb.RunReplySchema, { record: recordToWire({ record: now }) });
  }
}

/** Whether a call may have been heard all the same. */
function isUnanswered(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'NETWORK_CLOSED' || code === 'NETWORK_TIMEOUT';
}
