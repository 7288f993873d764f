/** How one peer looks in lists and on the map. */
export interface PeerLook {
  /** `#rrggbb`. */
  readonly colour: string;
  readonly pattern: Pattern;
}

type Pattern = 'solid' | 'stripes' | 'dots';

/**
 * The colours of Okabe and Ito, which people with any kind of colour blindness can tell apart; black is left
 * out, since it would hide the map.
 */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442'];
const PATTERNS: readonly Pattern[] = ['solid', 'stripes', 'dots'];

/** Peers that are remembered: more than could be told apart anyway. */
const MAX_PEERS = 1024;

/**
 * Gives each peer a look that follows from its id, so that it looks the same in every browser, unless another
 * peer had it first; and keeps it.
 */
export class PeerLooks {
  readonly #indexes = new Map<string, number>();

  of(peerId: string): PeerLook {
    const index = this.#indexes.get(peerId) ?? this.#assign(peerId);
    return {
      colour: COLOURS[index % COLOURS.length]!,
      pattern: PATTERNS[Math.floor(index / COLOURS.length) % PATTERNS.length]!,
    };
  }

  /** Plain colours first; patterns once those are used up. */
  #assign(peerId: string): number {
    if (this.#indexes.size >= MAX_PEERS) this.#indexes.clear();
    const taken = new Set(this.#indexes.values());
    const round = Math.floor(taken.size / COLOURS.length);
    const preferred = hash(peerId) % COLOURS.length;
    const candidates = COLOURS.map(
      (_, step) => round * COLOURS.length + ((preferred + step) % COLOURS.length),
    );
    const index = candidates.find((candidate) => !taken.has(candidate)) ?? candidates[0]!;
    this.#indexes.set(peerId, index);
    return index;
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}
