import type { Fault } from '../faults/fault.ts';
import { peersOf } from '../faults/span.ts';
import type { RunEvent } from '../run-event.ts';

/** What a fault takes from its peers. */
type Harm =
  /** Their process does not run, or not as it should. */
  | 'process'
  /** What they send or are sent. */
  | 'network'
  /** What they draw. */
  | 'engine'
  /** Nothing that anybody may notice. */
  | 'none';

const HARM: { readonly [K in Fault['kind']]: Harm } = {
  kill: 'process',
  'power-loss': 'process',
  'disk-loss': 'process',
  leave: 'process',
  stall: 'process',
  suspend: 'process',
  'clock-jump': 'process',
  partition: 'network',
  'bad-network': 'network',
  'slow-reader': 'network',
  reset: 'network',
  'engine-failure': 'engine',
  'engine-slow': 'engine',
  'memory-pressure': 'engine',
  'owner-active': 'engine',
  'disk-full': 'none',
  'project-change': 'none',
};

/** Faults after which a peer is plainly gone, and those that nobody else notices. */
const GONE: ReadonlySet<Fault['kind']> = new Set([
  'kill',
  'power-loss',
  'disk-loss',
  'leave',
  'project-change',
]);

interface Spell {
  readonly fault: Fault;
  readonly harm: Harm;
  readonly peers: ReadonlySet<number>;
  readonly fromMs: number;
  untilMs: number;
}

/** When which peers were in trouble: what checkers may hold against a peer depends on it. */
export class Conditions {
  readonly #spells: Spell[] = [];
  /** Since when each peer's process runs; none: it does not. */
  readonly #upSince = new Map<number, number>();
  /** How far each peer's wall clock has been set off so far, ms. */
  readonly #clocksMs = new Map<number, { readonly off: number; readonly most: number }>();

  observe(event: RunEvent): void {
    switch (event.kind) {
      case 'peer-started':
        this.#upSince.set(numberOf(event.peer), event.atMs);
        break;
      case 'peer-ended':
        this.#upSince.delete(numberOf(event.peer));
        break;
      case 'fault-began': {
        const { fault, atMs: fromMs } = event;
        const peers = new Set(peersOf(fault));
        this.#spells.push({ fault, harm: HARM[fault.kind], peers, fromMs, untilMs: Infinity });
        if (fault.kind === 'clock-jump') this.#setClock(fault.peer, fault.byMs);
        break;
      }
      case 'fault-ended': {
        const spell = this.#spells.find(
          ({ fault, untilMs }) => fault === event.fault && untilMs === Infinity,
        );
        if (spell) spell.untilMs = event.atMs;
        break;
      }
    }
  }

  /** Whether the peer's process runs and has run, undisturbed, since then. */
  ran(peer: number, sinceMs: number): boolean {
    const upSince = this.#upSince.get(peer);
    return upSince !== undefined && upSince <= sinceMs && !this.#befell(peer, 'process', sinceMs);
  }

  /** Whether the peer's engine was left alone since then. */
  couldDraw(peer: number, sinceMs: number): boolean {
    return !this.#befell(peer, 'engine', sinceMs);
  }

  /** Whether each of the two could hear the other as always since then. */
  couldTalk(one: number, other: number, sinceMs: number): boolean {
    return this.#since(sinceMs).every(({ fault, harm, peers }) => {
      if (harm !== 'network') return true;
      if (fault.kind === 'partition') return peers.has(one) === peers.has(other);
      return !peers.has(one) && !peers.has(other);
    });
  }

  /** Peers whose engines failed drawings since then. */
  failingEngines(sinceMs: number): number {
    const failing = this.#since(sinceMs).filter(({ fault }) => fault.kind === 'engine-failure');
    return new Set(failing.flatMap(({ peers }) => [...peers])).size;
  }

  /** Whether other versions of projects came up since then. */
  anyChange(sinceMs: number): boolean {
    return this.#since(sinceMs).some(({ fault }) => fault.kind === 'project-change');
  }

  /** Whether a peer is about to leave in order, nothing else keeps it from that, and it has time left for it. */
  isLeaving(peer: number, nowMs: number, withinMs: number): boolean {
    const harms = this.#since(nowMs).filter(({ harm, peers }) => harm === 'process' && peers.has(peer));
    return (
      harms.length > 0 &&
      harms.every(
        ({ fault, fromMs }) => fault.kind === 'leave' && nowMs - fromMs < Math.min(fault.downMs, withinMs),
      )
    );
  }

  /** Whether nothing since then kept a peer from being told, or from heeding, what it is told. */
  allHeard(sinceMs: number): boolean {
    return this.#since(sinceMs).every(
      ({ harm, fault }) =>
        harm === 'engine' || harm === 'none' || fault.kind === 'leave' || fault.kind === 'kill',
    );
  }

  /** Whether nothing since then took a peer, or a disk, from the others but that it went altogether. */
  onlyGone(sinceMs: number): boolean {
    return this.#since(sinceMs).every(({ harm, fault }) => harm === 'engine' || GONE.has(fault.kind));
  }

  /** Whether packets were lost or late since then: what was sent may come long after that. */
  anyBadNetwork(sinceMs: number): boolean {
    return this.#since(sinceMs).some(({ fault }) => fault.kind === 'bad-network');
  }

  /** Peers whose disks were lost since then. */
  lostDisks(sinceMs: number): ReadonlySet<number> {
    const losses = this.#since(sinceMs).filter(({ fault }) => fault.kind === 'disk-loss');
    return new Set(losses.flatMap(({ peers }) => [...peers]));
  }

  /** Whether anybody had trouble hearing others since then. */
  anyNetworkTrouble(sinceMs: number): boolean {
    return this.#since(sinceMs).some(({ harm }) => harm === 'network');
  }

  /** Whether all ran and could hear each other after that moment. */
  allRan(sinceMs: number): boolean {
    const later = this.#spells.filter(({ untilMs }) => untilMs > sinceMs);
    return later.every(({ harm }) => harm === 'engine' || harm === 'none');
  }

  /** Whether nothing at all, but what nobody may notice, went wrong since then. */
  calm(sinceMs: number): boolean {
    return this.#since(sinceMs).every(({ harm }) => harm === 'none');
  }

  /** How far the peer's wall clock is, or was, set off at the most, either way, ms. */
  clockOffMs(peer: number): number {
    return this.#clocksMs.get(peer)?.most ?? 0;
  }

  #setClock(peer: number, byMs: number): void {
    const before = this.#clocksMs.get(peer) ?? { off: 0, most: 0 };
    const off = before.off + byMs;
    this.#clocksMs.set(peer, { off, most: Math.max(before.most, Math.abs(off)) });
  }

  #befell(peer: number, wanted: Harm, sinceMs: number): boolean {
    return this.#since(sinceMs).some(({ harm, peers }) => harm === wanted && peers.has(peer));
  }

  /** Spells that reach beyond a moment. */
  #since(sinceMs: number): Spell[] {
    return this.#spells.filter(({ untilMs }) => untilMs >= sinceMs);
  }
}

/** Peers are named `peer-1`, `peer-2` in a simulated world, and are numbered from 0 in faults. */
export function numberOf(peer: string): number {
  return Number(peer.slice('peer-'.length)) - 1;
}
