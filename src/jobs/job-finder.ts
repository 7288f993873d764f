import * as pb from '../../protocols/jobs/jobs_pb.js';
import type { JobStatus } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { rendezvousOrder } from '../core/rendezvous.ts';
import { callMember } from '../platform/call-member.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { StatusMap } from './status-map.ts';
import { idFromWire, recordFromWire, recordToWire, type StatusWrite } from './wire.ts';

const FIND = 'jobs.find';

export interface JobFinderOptions {
  /** One call. */
  readonly timeoutMs: number;
  /** Peers asked at a time, and in all for a job that nobody knows. */
  readonly findPeers: number;
  /** Peers asked in all for the request of a job that is known. */
  readonly requestPeers: number;
  /** News of a job that is about to be placed again are waited for so long. */
  readonly refreshMs: number;
}

interface JobFinderParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly map: StatusMap;
  /** Living members that take part in jobs, without this peer. */
  readonly members: () => readonly PeerId[];
  readonly ensureConnected: (peer: PeerId) => Promise<void>;
  readonly options: JobFinderOptions;
}

/** What others know of a job, asked where it is likely to be known. What is found is kept here as well. */
export class JobFinder {
  readonly #parts: JobFinderParts;

  constructor(parts: JobFinderParts) {
    this.#parts = parts;
    parts.network.onCall(FIND, (payload) => this.#answer(payload));
  }

  /** Its status, from here or from the peers that stand by for it. */
  async find(id: string): Promise<StatusRecord | undefined> {
    const { map, options } = this.#parts;
    const held = await map.get(id);
    if (held) return held;
    await this.#ask(id, this.#order(id, undefined).slice(0, options.findPeers), false);
    return await map.get(id);
  }

  /** Its request, from here or from whoever had to do with it, then from anybody. */
  async request(id: string): Promise<Uint8Array | undefined> {
    const { map, options } = this.#parts;
    const held = await map.request(id);
    if (held) return held;
    const order = this.#order(id, (await map.get(id))?.status).slice(0, options.requestPeers);
    for (let at = 0; at < order.length; at += options.findPeers) {
      const found = await this.#ask(id, order.slice(at, at + options.findPeers), true);
      const request = found.find((answer) => answer.request)?.request;
      if (request) return request;
    }
    return undefined;
  }

  /** Its status as it is known where it is known first: what was gossiped may still be on its way here. */
  async refresh(id: string): Promise<StatusRecord | undefined> {
    const { map, clock, options } = this.#parts;
    const order = this.#order(id, (await map.get(id))?.status).slice(0, options.findPeers);
    // Who does not answer is not waited for: it may be the next to be gone.
    await Promise.race([this.#ask(id, order, false), sleep(clock, options.refreshMs)]);
    return await map.get(id);
  }

  /** Those who had to do with the job, then the others in the order in which they stand by for it. */
  #order(id: string, status: JobStatus | undefined): PeerId[] {
    const members = new Set(this.#parts.members());
    const { owner = '', submitter = '', attempts = [], replicas = [] } = status ?? {};
    const known = [owner, submitter, ...attempts.map((attempt) => attempt.owner), ...replicas];
    const standbys = rendezvousOrder(id, [...members], members.size);
    return [...new Set([...known.filter((peer) => members.has(peer)), ...standbys])];
  }

  /** All of these at once; what they hold is taken. */
  async #ask(id: string, peers: readonly PeerId[], withRequest: boolean): Promise<StatusWrite[]> {
    const payload = encodeMessage(pb.FindRequestSchema, { id, withRequest });
    const answers = await Promise.all(peers.map((peer) => this.#askOne(peer, id, payload)));
    const found = answers.filter((answer) => answer !== undefined);
    const { kept } = await this.#parts.map.take(found);
    return kept.length === 0 ? [] : found;
  }

  async #askOne(peer: PeerId, id: string, payload: Uint8Array): Promise<StatusWrite | undefined> {
    const { network, log, options } = this.#parts;
    try {
      const { timeoutMs } = options;
      const answer = await callMember(network, this.#parts, peer, { method: FIND, payload, timeoutMs });
      const { record } = decodeMessage(pb.FindReplySchema, answer);
      const found = record && recordFromWire(record);
      return found?.record.status.id === id ? found : undefined;
    } catch (error) {
      log.debug({ peer, job: id, err: error }, 'a peer could not be asked for a job');
      return undefined;
    }
  }

  async #answer(payload: Uint8Array): Promise<Uint8Array> {
    const { map } = this.#parts;
    const request = decodeMessage(pb.FindRequestSchema, payload);
    const id = idFromWire(request.id);
    const record = await map.get(id);
    if (!record) return encodeMessage(pb.FindReplySchema, {});
    const kept = request.withRequest ? await map.request(id) : undefined;
    return encodeMessage(pb.FindReplySchema, {
      record: recordToWire({ record, ...(kept && { request: kept }) }),
    });
  }
}
