import { DRAW_PROTOCOL } from '../../src/maps/draw-stream.ts';
import type { Delivery } from '../fabric.ts';

type Kind = 'request' | 'gossip' | 'other';

/**
 * Counts what goes over the wires. Messages that requests cause: bids and their answers, releases, and each drawing
 * as one request and one answer, however many packets its images fill. Membership and gossip are counted in bytes of
 * payload.
 */
export class Messages {
  requestMessages = 0;
  gossipBytes = 0;
  readonly #kinds = new Map<string, Kind>();

  count({ label, bytes }: Delivery): void {
    let kind = this.#kinds.get(label);
    if (kind === undefined) {
      kind = kindOf(label);
      this.#kinds.set(label, kind);
    }
    if (kind === 'request') this.requestMessages += 1;
    else if (kind === 'gossip') this.gossipBytes += bytes;
  }
}

function kindOf(label: string): Kind {
  if (label.startsWith('gossip ') || label.includes(' membership.')) return 'gossip';
  if (label.includes(' maps.')) return 'request';
  // The drawing is asked for over the stream and comes over the stream: its opening stands for the one, the
  // acknowledgement of that for the other.
  return label === `open ${DRAW_PROTOCOL}` || label === `opened ${DRAW_PROTOCOL}` ? 'request' : 'other';
}
