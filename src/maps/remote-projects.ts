import { DescribeReplySchema, DescribeRequestSchema } from '../../protocols/maps/maps_pb.js';
import type { ProjectDescription } from '../ogc/project-description.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import { unpackDescription } from './description-pack.ts';
import type { Reach } from './reach.ts';

export const DESCRIBE_METHOD = 'maps.describe';

/** Holders that are asked for a description before a pause; the next round begins with others. */
const HOLDERS_PER_ROUND = 4;

export interface RemoteProjectsLimits {
  /** Descriptions kept of projects that this peer does not hold. */
  readonly maxDescriptions: number;
  /** Fetching one from one holder, and the pause after none of them had it, ms. */
  readonly describeTimeoutMs: number;
}

/** A version of a project, and who holds it. */
export interface Holding {
  readonly id: string;
  readonly hash: string;
  /** As they are at any moment. */
  readonly holders: readonly PeerId[];
}

/** Descriptions of the projects that only other peers hold, fetched once per version from one who does. */
export class RemoteProjects {
  readonly #network: Network;
  readonly #reach: Reach;
  readonly #clock: Clock;
  readonly #limits: RemoteProjectsLimits;
  readonly #log: Log;
  readonly #descriptions = new Map<string, ProjectDescription>();
  /** What is being fetched, or paused for. */
  readonly #fetching = new Set<string>();
  readonly #pauses = new Set<Timer>();
  #wanted = new Map<string, Holding>();
  #onNew: () => void = () => {};
  #rounds = 0;

  constructor(parts: {
    network: Network;
    reach: Reach;
    clock: Clock;
    limits: RemoteProjectsLimits;
    log: Log;
  }) {
    this.#network = parts.network;
    this.#reach = parts.reach;
    this.#clock = parts.clock;
    this.#limits = parts.limits;
    this.#log = parts.log;
  }

  get(hash: string): ProjectDescription | undefined {
    return this.#descriptions.get(hash);
  }

  /** Fetches what is missing and forgets what nobody holds any more; `onNew` is told when there is more to see. */
  update(holdings: readonly Holding[], onNew: () => void): void {
    this.#wanted = new Map(holdings.map((holding) => [holding.hash, holding]));
    this.#onNew = onNew;
    for (const hash of this.#descriptions.keys()) {
      if (!this.#wanted.has(hash)) this.#descriptions.delete(hash);
    }
    for (const hash of this.#wanted.keys()) {
      if (this.#descriptions.size + this.#fetching.size >= this.#limits.maxDescriptions) return;
      if (!this.#descriptions.has(hash) && !this.#fetching.has(hash)) void this.#fetch(hash);
    }
  }

  /** Fetches nothing any more. */
  close(): void {
    this.#wanted.clear();
    for (const pause of this.#pauses) pause.cancel();
  }

  async #fetch(hash: string): Promise<void> {
    const holding = this.#wanted.get(hash);
    if (!holding) {
      this.#fetching.delete(hash);
      return;
    }
    this.#fetching.add(hash);
    const description = await this.#ask(holding);
    if (!description) {
      const pause = this.#clock.after(this.#limits.describeTimeoutMs, () => {
        this.#pauses.delete(pause);
        void this.#fetch(hash);
      });
      this.#pauses.add(pause);
      return;
    }
    this.#fetching.delete(hash);
    if (!this.#wanted.has(hash)) return;
    this.#descriptions.set(hash, description);
    this.#onNew();
  }

  async #ask({ id, hash, holders: present }: Holding): Promise<ProjectDescription | undefined> {
    const holders = [...present];
    const request = encodeMessage(DescribeRequestSchema, { projectHash: hash });
    const first = (this.#rounds * HOLDERS_PER_ROUND) % Math.max(1, holders.length);
    this.#rounds += 1;
    const round = [...holders, ...holders].slice(first, first + HOLDERS_PER_ROUND);
    // In a large mesh most holders would have to be dialled.
    const connected = holders.filter((holder) => this.#network.isConnected(holder)).slice(0, 1);
    for (const holder of new Set([...connected, ...round])) {
      try {
        await this.#reach.ensureConnected(holder);
        const answer = await this.#network.call(holder, DESCRIBE_METHOD, request, {
          timeoutMs: this.#limits.describeTimeoutMs,
        });
        const { description } = decodeMessage(DescribeReplySchema, answer);
        if (description.byteLength > 0) return unpackDescription(description, { id, hash });
      } catch (error) {
        this.#log.debug({ peer: holder, project: id, error }, 'could not fetch the description of a project');
      }
    }
    return undefined;
  }
}
