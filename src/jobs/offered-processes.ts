import { createHash } from 'node:crypto';
import * as pb from '../../protocols/jobs/jobs_pb.js';
import type { ProcessDescription } from '../ogc/processes/process-description.ts';
import { callMember } from '../platform/call-member.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { ProcessCatalogue } from '../processes/catalogue.ts';
import type { JobPeers } from './job-peers.ts';
import { malformed } from './wire.ts';

/** What this peer itself runs. */
export type LocalProcesses = Pick<ProcessCatalogue, 'list' | 'find' | 'expectation' | 'run'>;

const PROCESSES = 'jobs.processes';

const LIMITS = {
  /** Bytes of one description. */
  description: 128 * 1024,
  /** Bytes of descriptions in one answer. */
  answer: 160 * 1024,
  /** Processes of one peer. */
  processes: 4000,
  /** Different lists remembered: peers with the same programs have the same one. */
  lists: 64,
  timeoutMs: 10_000,
} as const;

type Described = ReadonlyMap<string, ProcessDescription>;

/**
 * The processes of the whole mesh. Peers tell each other a digest of what they offer; who does not know a digest
 * asks one of those that have it, once.
 */
export class OfferedProcesses {
  readonly #network: Network;
  readonly #provider: LocalProcesses;
  readonly #peers: JobPeers;
  readonly #log: Log;
  readonly #lists = new Map<string, Described>();
  readonly #asking = new Set<string>();
  #own: { readonly digest: string; readonly encoded: readonly Uint8Array[] };
  #all: Described | undefined;
  #listed: { readonly of: Described; readonly list: readonly ProcessDescription[] } | undefined;

  constructor(parts: { network: Network; provider: LocalProcesses; peers: JobPeers; log: Log }) {
    this.#network = parts.network;
    this.#provider = parts.provider;
    this.#peers = parts.peers;
    this.#log = parts.log;
    this.#own = encodeAll(parts.provider);
    this.#remember(this.#own.digest, this.#own.encoded);
    parts.network.onCall(PROCESSES, (payload) => this.#answer(payload));
    parts.peers.onChange((peer, isThere) => {
      this.#all = undefined;
      if (isThere) this.#learn(peer);
    });
  }

  /** Of what this peer offers: for its `Offer`. */
  get digest(): string {
    return this.#own.digest;
  }

  /** This peer's own processes have changed. */
  refresh(): void {
    this.#own = encodeAll(this.#provider);
    this.#remember(this.#own.digest, this.#own.encoded);
  }

  /**
   * By id. Where peers offer different versions of one, this peer's own counts, else the highest. The same array until
   * something changes.
   */
  list(): readonly ProcessDescription[] {
    const known = this.#known();
    if (this.#listed?.of !== known) this.#listed = { of: known, list: [...known.values()] };
    return this.#listed.list;
  }

  find(process: string): ProcessDescription | undefined {
    return this.#provider.find(process) ?? this.#known().get(process);
  }

  /** Other living peers that offer this very version. */
  offerers(process: string, version: string): PeerId[] {
    return this.#peers
      .others()
      .filter(({ processes }) => this.#lists.get(processes)?.get(process)?.version === version)
      .map(({ peer }) => peer);
  }

  #known(): Described {
    if (this.#all) return this.#all;
    const all = new Map<string, ProcessDescription>();
    for (const { peer, processes } of this.#peers.others()) {
      const list = this.#lists.get(processes);
      if (!list) this.#learn(peer);
      for (const description of list?.values() ?? []) {
        const known = all.get(description.id);
        if (!known || isNewer(description.version, known.version)) all.set(description.id, description);
      }
    }
    for (const description of this.#provider.list()) all.set(description.id, description);
    this.#all = new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
    return this.#all;
  }

  /** Asks a peer for its list, when nobody with the same one was asked yet. */
  #learn(peer: PeerId): void {
    const digest = this.#peers.others().find((other) => other.peer === peer)?.processes ?? '';
    if (digest === '' || this.#lists.has(digest) || this.#asking.has(digest)) return;
    this.#asking.add(digest);
    this.#ask(peer, digest)
      .catch((error) => {
        this.#log.debug({ peer, err: error }, 'the processes of a peer are not known yet');
        // Who looks next asks again.
        this.#all = undefined;
      })
      .finally(() => this.#asking.delete(digest));
  }

  async #ask(peer: PeerId, digest: string): Promise<void> {
    const { timeoutMs } = LIMITS;
    const encoded: Uint8Array[] = [];
    for (let total = 1; encoded.length < total; ) {
      const payload = encodeMessage(pb.ProcessesRequestSchema, { from: encoded.length });
      const question = { method: PROCESSES, payload, timeoutMs };
      const answer = await callMember(this.#network, this.#peers, peer, question);
      const reply = decodeMessage(pb.ProcessesReplySchema, answer);
      total = reply.total;
      if (total > LIMITS.processes || reply.descriptions.length === 0) throw malformed('number of processes');
      encoded.push(...reply.descriptions);
    }
    if (encoded.some(({ length }) => length > LIMITS.description)) throw malformed('size of a description');
    // It may have changed meanwhile; then there will be another digest to ask for.
    if (digestOf(encoded) !== digest) return;
    this.#remember(digest, encoded);
  }

  /** This peer's own list too: peers with the same programs need not ask each other. */
  #remember(digest: string, encoded: readonly Uint8Array[]): void {
    if (this.#lists.size >= LIMITS.lists) this.#lists.clear();
    this.#lists.set(digest, decodeAll(encoded));
    this.#all = undefined;
  }

  #answer(payload: Uint8Array): Uint8Array {
    const { from } = decodeMessage(pb.ProcessesRequestSchema, payload);
    const { encoded, digest } = this.#own;
    const descriptions: Uint8Array[] = [];
    let bytes = 0;
    for (const description of encoded.slice(from)) {
      bytes += description.length;
      if (bytes > LIMITS.answer && descriptions.length > 0) break;
      descriptions.push(description);
    }
    return encodeMessage(pb.ProcessesReplySchema, {
      descriptions,
      total: encoded.length,
      digest: Buffer.from(digest, 'hex'),
    });
  }
}

/** By their numbers: 10.0.0 is newer than 9.0.0. */
function isNewer(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) > 0;
}

/** One too large to be sent is offered to this peer's own clients only. */
function encodeAll(provider: LocalProcesses): { digest: string; encoded: Uint8Array[] } {
  const encoded = [...provider.list()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((description) => new TextEncoder().encode(JSON.stringify(description)))
    .filter(({ length }) => length <= LIMITS.description)
    .slice(0, LIMITS.processes);
  return { encoded, digest: encoded.length === 0 ? '' : digestOf(encoded) };
}

function digestOf(encoded: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const description of encoded) hash.update(description).update('\n');
  return hash.digest('hex').slice(0, 32);
}

function decodeAll(encoded: readonly Uint8Array[]): Described {
  const descriptions = encoded.map(
    (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as ProcessDescription,
  );
  return new Map(descriptions.map((description) => [description.id, description]));
}
