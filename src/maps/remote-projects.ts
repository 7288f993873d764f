import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { DescribeReplySchema, DescribeRequestSchema } from '../../protocols/maps/maps_pb.js';
import type { ProjectDescription } from '../ogc/project-description.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';

export const DESCRIBE_METHOD = 'maps.describe';

export interface RemoteProjectsLimits {
  /** Descriptions kept of projects that this peer does not hold. */
  readonly maxDescriptions: number;
  readonly describeTimeoutMs: number;
}

/** A version of a project, and who holds it. */
export interface Holding {
  readonly id: string;
  readonly hash: string;
  readonly holders: readonly PeerId[];
}

/** Descriptions of the projects that only other peers hold, fetched once per version from one who does. */
export class RemoteProjects {
  readonly #network: Network;
  readonly #limits: RemoteProjectsLimits;
  readonly #log: Log;
  readonly #descriptions = new Map<string, ProjectDescription>();
  readonly #fetching = new Set<string>();

  constructor(network: Network, limits: RemoteProjectsLimits, log: Log) {
    this.#network = network;
    this.#limits = limits;
    this.#log = log;
  }

  get(hash: string): ProjectDescription | undefined {
    return this.#descriptions.get(hash);
  }

  /** Fetches what is missing and forgets what nobody holds any more; `onNew` is told of each new description. */
  update(holdings: readonly Holding[], onNew: (description: ProjectDescription) => void): void {
    const held = new Set(holdings.map((holding) => holding.hash));
    for (const hash of this.#descriptions.keys()) if (!held.has(hash)) this.#descriptions.delete(hash);
    for (const holding of holdings) {
      if (this.#descriptions.has(holding.hash) || this.#fetching.has(holding.hash)) continue;
      if (this.#descriptions.size + this.#fetching.size >= this.#limits.maxDescriptions) return;
      this.#fetching.add(holding.hash);
      this.#fetch(holding)
        .then((description) => {
          if (!description) return;
          this.#descriptions.set(holding.hash, description);
          onNew(description);
        })
        .finally(() => this.#fetching.delete(holding.hash));
    }
  }

  async #fetch({ id, hash, holders }: Holding): Promise<ProjectDescription | undefined> {
    const request = toBinary(DescribeRequestSchema, create(DescribeRequestSchema, { projectHash: hash }));
    const options = { timeoutMs: this.#limits.describeTimeoutMs };
    for (const holder of holders) {
      try {
        const reply = fromBinary(
          DescribeReplySchema,
          await this.#network.call(holder, DESCRIBE_METHOD, request, options),
        );
        if (reply.description.byteLength === 0) continue;
        const description = JSON.parse(Buffer.from(reply.description).toString()) as ProjectDescription;
        if (description.id === id && description.hash === hash) return description;
      } catch (error) {
        this.#log.debug({ peer: holder, project: id, error }, 'could not fetch the description of a project');
      }
    }
    return undefined;
  }
}
