import type { Fabric, Sending } from '../fabric.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Findings } from './findings.ts';
import type { RoomView } from './room-view.ts';

export interface GossipBounds {
  /** Messages that one peer may send about the membership within a window, whatever fails. */
  readonly messages: number;
  readonly bytes: number;
  readonly windowMs: number;
}

/**
 * Knowing each other costs each peer a bounded number of messages and bytes, also when everything fails. They count as
 * they are sent: what the network held back for long arrives all at once.
 */
export class GossipChecker implements Checker<RoomView> {
  readonly name = 'gossip';
  readonly #findings = new Findings(this.name);
  readonly #bounds: GossipBounds;
  readonly #sent = new Map<string, { messages: number; bytes: number }>();
  #watched: Fabric | undefined;
  #windowEndMs = 0;

  constructor(bounds: GossipBounds) {
    this.#bounds = bounds;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(_event: RunEvent, { world }: RoomView): void {
    if (this.#watched) return;
    this.#watched = world.fabric;
    world.fabric.observeSending((sending) => this.#count(sending));
  }

  sample(_room: RoomView, nowMs: number): void {
    if (nowMs < this.#windowEndMs) return;
    this.#windowEndMs = nowMs + this.#bounds.windowMs;
    for (const [peer, { messages, bytes }] of this.#sent) {
      if (messages > this.#bounds.messages || bytes > this.#bounds.bytes) {
        this.#findings.add(
          nowMs,
          `${peer} sent ${messages} messages, ${bytes} bytes about the membership in a window`,
        );
      }
    }
    this.#sent.clear();
  }

  #count({ from, label, bytes }: Sending): void {
    if (!label.includes('membership')) return;
    const sent = this.#sent.get(from);
    if (sent) {
      sent.messages += 1;
      sent.bytes += bytes;
    } else this.#sent.set(from, { messages: 1, bytes });
  }
}
