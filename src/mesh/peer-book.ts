import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PeerAddress, PeerId } from '../platform/network.ts';
import type { Storage } from '../platform/storage.ts';
import type { PeerBookOptions } from './membership-options.ts';

const FILE = 'peers.json';
const FORMAT = 1;

interface Page {
  readonly addresses: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly seenAt: number;
}

/**
 * Everyone this peer was ever connected to and where: how it finds the mesh again after a restart, without
 * seeds. Bounded; the longest unseen go first. A damaged book is begun anew.
 */
export class PeerBook {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: PeerBookOptions;
  /** The longest unseen first. */
  readonly #pages = new Map<PeerId, Page>();
  #timer: Timer | undefined;
  #saving: Promise<void> | undefined;
  #savedMs: number | undefined;

  constructor(world: { storage: Storage; clock: Clock; log: Log }, options: PeerBookOptions) {
    this.#storage = world.storage;
    this.#clock = world.clock;
    this.#log = world.log;
    this.#options = options;
  }

  async load(): Promise<void> {
    const content = await this.#storage.read(FILE);
    if (!content) return;
    const oldest = this.#clock.wallTime() - this.#options.maxAgeMs;
    try {
      for (const [peer, page] of parseBook(content)) {
        if (page.seenAt >= oldest) this.#pages.set(peer, page);
      }
    } catch (error) {
      this.#log.warn({ err: error, file: FILE }, 'the book of known peers is damaged and begun anew');
    }
    this.#shrink();
  }

  *peers(): Iterable<PeerAddress> {
    for (const [peer, { addresses }] of this.#pages) yield { peer, addresses };
  }

  addresses(peer: PeerId): readonly string[] {
    return this.#pages.get(peer)?.addresses ?? [];
  }

  /** A peer was reached; `addresses` are those it says it has. */
  remember(peer: PeerId, addresses: readonly string[]): void {
    if (addresses.length === 0) return;
    const known = this.#pages.get(peer);
    const seenAt = this.#clock.wallTime();
    this.#pages.delete(peer);
    this.#pages.set(peer, { addresses: [...addresses], seenAt });
    this.#shrink();
    // Of one that is on the disk at this address, the moment it was seen is not worth a write.
    const isSame = known?.addresses.join() === addresses.join();
    if (isSame && Math.abs(seenAt - known!.seenAt) < this.#options.saveSpacingMs) return;
    const { saveFloorMs, saveSpacingMs } = this.#options;
    const delayMs = this.#savedMs === undefined ? 0 : this.#savedMs + saveSpacingMs - this.#clock.now();
    this.#timer ??= this.#clock.after(Math.max(saveFloorMs, delayMs), () => {
      this.#timer = undefined;
      void this.#save();
    });
  }

  /** Writes what is not yet written. */
  async close(): Promise<void> {
    await this.#saving;
    if (!this.#timer) return;
    this.#timer.cancel();
    this.#timer = undefined;
    await this.#save();
  }

  #shrink(): void {
    for (const peer of this.#pages.keys()) {
      if (this.#pages.size <= this.#options.maxPeers) return;
      this.#pages.delete(peer);
    }
  }

  async #save(): Promise<void> {
    this.#savedMs = this.#clock.now();
    const book = { format: FORMAT, peers: Object.fromEntries(this.#pages) };
    const content = new TextEncoder().encode(`${JSON.stringify(book)}\n`);
    const saving = this.#storage.write(FILE, content).catch((error) => {
      this.#log.warn({ err: error, file: FILE }, 'the book of known peers could not be written');
    });
    this.#saving = saving;
    await saving;
    if (this.#saving === saving) this.#saving = undefined;
  }
}

/** Throws on anything but a book of this format; the oldest page first. */
function parseBook(content: Uint8Array): Array<[PeerId, Page]> {
  const book = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  if (book?.format !== FORMAT || typeof book.peers !== 'object') throw new TypeError('not a book of peers');
  const pages = Object.entries(book.peers as Record<string, unknown>).map(([peer, page]) => {
    const { addresses, seenAt } = (page ?? {}) as Partial<Page>;
    const valid =
      Array.isArray(addresses) &&
      addresses.every((address) => typeof address === 'string') &&
      Number.isFinite(seenAt);
    if (!valid) throw new TypeError(`the page of ${peer} is not one`);
    return [peer, { addresses, seenAt: seenAt! }] as [PeerId, Page];
  });
  return pages.sort(([, one], [, other]) => one.seenAt - other.seenAt);
}
