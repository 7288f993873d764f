import * as pb from '../../protocols/membership/membership_pb.js';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import { whole } from './membership-wire.ts';
import type { Roster } from './roster.ts';

const LEAVE = 'membership.leave';
const PART = 'membership.part';
const NOTHING = new Uint8Array();

interface FarewellParts {
  readonly network: Network;
  readonly roster: Roster;
  readonly log: Log;
  /** One word of it, ms. */
  readonly timeoutMs: number;
}

/**
 * What peers say before they close a connection: that they leave the mesh, or merely part, since it is of no use any
 * more. So nobody has to find out whether the other one is dead.
 */
export class Farewell {
  readonly #parts: FarewellParts;
  /** Peers that told of closing their connection, or were told of it. */
  readonly #parting = new Set<PeerId>();

  constructor(parts: FarewellParts) {
    this.#parts = parts;
  }

  listen(): void {
    const { network, roster } = this.#parts;
    network.onCall(LEAVE, (payload, { peer }) => {
      const sequence = whole(decodeMessage(pb.LeaveSchema, payload).sequence, 'sequence');
      roster.takeClaim({ peer, sequence, standing: 'left' }, peer);
      return NOTHING;
    });
    network.onCall(PART, (_, { peer }) => {
      this.#parting.add(peer);
      return NOTHING;
    });
  }

  connected(peer: PeerId): void {
    this.#parting.delete(peer);
  }

  /** Whether the end of the connection was told before. */
  disconnected(peer: PeerId): boolean {
    return this.#parting.delete(peer);
  }

  /** Tells all neighbours that this peer leaves the mesh. */
  async leave(): Promise<void> {
    const { network, roster, timeoutMs } = this.#parts;
    const payload = encodeMessage(pb.LeaveSchema, { sequence: BigInt(roster.own.sequence) });
    await Promise.allSettled(
      network.connected().map((peer) => network.call(peer, LEAVE, payload, { timeoutMs })),
    );
  }

  /** Closes the connection to a peer that lives on. */
  async part(peer: PeerId): Promise<void> {
    const { network, log, timeoutMs } = this.#parts;
    this.#parting.add(peer);
    try {
      await network.call(peer, PART, NOTHING, { timeoutMs });
    } catch (error) {
      log.debug({ peer, err: error }, 'a peer could not be told of the end of a connection');
    }
    await network.disconnect(peer);
  }
}
