import * as pb from '../../protocols/jobs/jobs_pb.js';
import { errorCode, GismeshError } from '../core/errors.ts';
import { isTerminal } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { AttemptLoss } from '../core/jobs/transitions.ts';
import { rendezvousOrder } from '../core/rendezvous.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { NeededData } from './chaining.ts';
import type { Executor } from './executor.ts';
import { HandedJobs } from './handed-jobs.ts';
import type { JobPeers } from './job-peers.ts';
import type { OfferedProcesses } from './offered-processes.ts';
import type { StatusMap } from './status-map.ts';
import { decodeSubmission, type Submission } from './submission.ts';
import { decode, encode, malformed, recordFromWire, recordToWire } from './wire.ts';

const BID = 'jobs.bid';
const RUN = 'jobs.run';

/** Longest process and version that are looked up for another peer. */
const MAX_NAME = 512;

/** Inputs of a job that are told to bidders; the others count for nothing. */
const MAX_DATA = 64;

interface PlaceOptions extends AttemptLoss {
  readonly except?: readonly PeerId[];
  readonly data?: readonly NeededData[];
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
   * Rejects `BUSY` when nobody takes it now.
   */
  async place(
    record: StatusRecord,
    request: Uint8Array,
    { reason = '', handedOver = false, except = [], data = [] }: PlaceOptions = {},
  ): Promise<StatusRecord> {
    const { network, executor, log } = this.#parts;
    const submission = decodeSubmission(request);
    const loss = { ...(reason !== '' && { reason }), ...(handedOver && { handedOver }) };
    const { order, refusal } = await this.#bidders(record, submission, except, data);
    let why = refusal ?? `no living peer offers the process ${submission.request.process}`;
    for (const peer of order) {
      try {
        if (peer === network.self) return await executor.take(record, submission, loss);
        return await this.#hand(peer, record, request, loss);
      } catch (error) {
        if (errorCode(error) === 'CANCELLED') {
          const now = await this.#parts.map.get(record.status.id);
          if (now && (isTerminal(now.status.state) || now.status.epoch > record.status.epoch)) return now;
        }
        log.debug({ job: record.status.id, peer, err: error }, 'a peer did not take a job after all');
        why = (error as Error).message;
      }
    }
    throw new GismeshError('BUSY', `the job waits: ${why}`);
  }

  /** Those who would take it, the lowest bid first; where there is nobody, what one of them says. */
  async #bidders(
    record: StatusRecord,
    { request, processVersion }: Submission,
    except: readonly PeerId[],
    data: readonly NeededData[],
  ): Promise<{ order: PeerId[]; refusal: string | undefined }> {
    const { network, clock, executor, processes, options } = this.#parts;
    const { self } = network;
    const urgent = record.status.mode === 'sync';
    const own = executor.bid({
      process: request.process,
      version: processVersion,
      urgent,
      forOthers: record.status.submitter !== self,
      data,
    });
    const isMine = own.expectedMs < Infinity && !except.includes(self);
    if (isMine && own.isIdle && own.expectedMs <= options.quickMs)
      return { order: [self], refusal: undefined };
    const offerers = processes
      .offerers(request.process, processVersion)
      .filter((peer) => !except.includes(peer));
    const asked = rendezvousOrder(record.status.id, offerers, options.maxAsked);
    const wanted = data.slice(0, MAX_DATA).map(({ artifact, bytes }) => ({
      artifact: Buffer.from(artifact, 'hex'),
      bytes: BigInt(bytes),
    }));
    const question = encode(pb.BidRequestSchema, {
      process: request.process,
      processVersion,
      urgent,
      data: wanted,
    });
    const bids: Array<{ peer: PeerId; expectedMs: number }> = isMine
      ? [{ peer: self, expectedMs: own.expectedMs }]
      : [];
    let refusal: string | undefined;
    const askedMs = clock.now();
    await Promise.all(
      asked.map(async (peer) => {
        const { expectedMs, reason } = await this.#ask(peer, question);
        if (expectedMs < Infinity) bids.push({ peer, expectedMs });
        else refusal ??= `${peer} does not take it: ${reason}`;
      }),
    );
    const place = new Map(asked.map((peer, at) => [peer, at]));
    const placeOf = (peer: PeerId) => place.get(peer) ?? -1;
    const order = bids
      .map(({ peer, expectedMs }) => ({ peer, expectedMs: expectedMs + this.#handed.since(askedMs, peer) }))
      .sort((a, b) => a.expectedMs - b.expectedMs || placeOf(a.peer) - placeOf(b.peer))
      .map(({ peer }) => peer);
    const shortestMs = Math.min(...bids.map(({ expectedMs }) => expectedMs));
    if (order[0] !== undefined) this.#handed.add(order[0], shortestMs, clock.now());
    return { order, refusal };
  }

  async #ask(peer: PeerId, question: Uint8Array): Promise<{ expectedMs: number; reason: string }> {
    const { bidTimeoutMs } = this.#parts.options;
    const silent = { expectedMs: Infinity, reason: `no answer within ${bidTimeoutMs} ms` };
    const late = sleep(this.#parts.clock, bidTimeoutMs).then(() => silent);
    const asking = this.#call(peer, BID, question, bidTimeoutMs).then((answer) => {
      const { expectedMs, reason } = decode(pb.BidReplySchema, answer);
      return { expectedMs: expectedMs >= 0 ? expectedMs : Infinity, reason: reason.slice(0, MAX_NAME) };
    });
    // Connecting may take longer than a bid may.
    return await Promise.race([asking, late]).catch(() => silent);
  }

  async #hand(
    peer: PeerId,
    record: StatusRecord,
    request: Uint8Array,
    loss: AttemptLoss,
  ): Promise<StatusRecord> {
    const { map, options } = this.#parts;
    const payload = encode(pb.RunRequestSchema, { record: recordToWire({ record, request }), ...loss });
    const reply = decode(pb.RunReplySchema, await this.#call(peer, RUN, payload, options.runTimeoutMs));
    const answer = reply.record && recordFromWire(reply.record);
    if (answer?.record.status.id !== record.status.id) throw malformed('answer to a job');
    await map.take([answer]);
    return (await map.get(record.status.id)) ?? answer.record;
  }

  async #call(peer: PeerId, method: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const { network, peers } = this.#parts;
    if (!network.isConnected(peer)) await peers.ensureConnected(peer);
    return await network.call(peer, method, payload, { timeoutMs });
  }

  #answerBid(payload: Uint8Array): Uint8Array {
    const { process, processVersion, urgent, data } = decode(pb.BidRequestSchema, payload);
    if (process.length + processVersion.length > MAX_NAME) throw malformed('process');
    if (data.length > MAX_DATA) throw malformed('number of inputs');
    const needed = data.map(({ artifact, bytes }) => ({
      artifact: Buffer.from(artifact).toString('hex'),
      bytes: Number(bytes),
    }));
    const question = { process, version: processVersion, urgent, forOthers: true, data: needed };
    const { expectedMs, reason } = this.#parts.executor.bid(question);
    return encode(pb.BidReplySchema, { expectedMs: Number.isFinite(expectedMs) ? expectedMs : -1, reason });
  }

  async #answerRun(payload: Uint8Array): Promise<Uint8Array> {
    const { map, executor } = this.#parts;
    const { record: wire, reason, handedOver } = decode(pb.RunRequestSchema, payload);
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
        });
    return encode(pb.RunReplySchema, { record: recordToWire({ record: now }) });
  }
}
