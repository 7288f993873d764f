import { DRAW_PROTOCOL } from '../../src/maps/draw-stream.ts';
import { DESCRIBE_METHOD } from '../../src/maps/remote-projects.ts';
import type { Delivery } from '../fabric.ts';

const DRAWING_LABELS = new Set(['open', 'opened', 'message'].map((what) => `${what} ${DRAW_PROTOCOL}`));

type Kind = 'request' | 'gossip' | 'other';

/**
 * Counts what goes over the wires. Messages that requests cause: bids and their answers, releases, each drawing as
 * one request and one answer, however many packets its images fill, and where no stream is kept the opening of one
 * and its acknowledgement. Membership, gossip and descriptions of projects are counted in bytes of payload.
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
  // Asked for once per version of a project, however many requests there are.
  if (label.endsWith(` ${DESCRIBE_METHOD}`)) return 'gossip';
  if (label.includes(' maps.')) return 'request';
  return DRAWING_LABELS.has(label) ? 'request' : 'other';
}
