/**
 * One thing that goes wrong, as plain data: a list of them with a seed is a whole run, can be kept as JSON and be
 * made smaller. Peers are named by their number in the room, from 0. Times are virtual, ms.
 */
export type Fault = { readonly atMs: number } /** kill -9; the process is started again after `downMs`. */ & (
  | { readonly kind: 'kill'; readonly peer: number; readonly downMs: number }
  /** The plug is pulled: nobody is told, what was not synced is lost. */
  | { readonly kind: 'power-loss'; readonly peer: number; readonly downMs: number }
  /** As with a loss of power, and it comes back as itself with an empty disk, as from an image or after a repair. */
  | { readonly kind: 'disk-loss'; readonly peer: number; readonly downMs: number }
  /** SIGTERM: drained, said goodbye, started again. */
  | { readonly kind: 'leave'; readonly peer: number; readonly downMs: number }
  /** The process stands still (SIGSTOP, swapping, a long garbage collection). */
  | { readonly kind: 'stall'; readonly peer: number; readonly forMs: number }
  /** The lid is closed: the machine sleeps, its wall clock goes on, its monotonic clock does not. */
  | { readonly kind: 'suspend'; readonly peer: number; readonly forMs: number }
  /** The wall clock is set. */
  | { readonly kind: 'clock-jump'; readonly peer: number; readonly byMs: number }
  /** `peers` and all others do not hear each other; `oneWay`: the others still hear `peers`. */
  | {
      readonly kind: 'partition';
      readonly peers: readonly number[];
      readonly forMs: number;
      readonly oneWay: boolean;
    }
  /** Packets of these peers are lost, doubled or late. */
  | {
      readonly kind: 'bad-network';
      readonly peers: readonly number[];
      readonly forMs: number;
      readonly loss: number;
      readonly duplication: number;
      readonly extraLatencyMs: number;
    }
  /** It reads what comes over its connections no faster than this: who sends to it is held back. */
  | {
      readonly kind: 'slow-reader';
      readonly peer: number;
      readonly forMs: number;
      readonly bytesPerMs: number;
    }
  /** All connections of a peer are reset at once. */
  | { readonly kind: 'reset'; readonly peer: number }
  /** Its disk takes nothing more. */
  | { readonly kind: 'disk-full'; readonly peer: number; readonly forMs: number }
  /** Each drawing fails with this probability, at once: a fast-failing peer looks fast. */
  | { readonly kind: 'engine-failure'; readonly peer: number; readonly forMs: number; readonly rate: number }
  /** Its drawings take `factor` times as long, unannounced. */
  | { readonly kind: 'engine-slow'; readonly peer: number; readonly forMs: number; readonly factor: number }
  /** Other programs need its memory: one project at a time stays open, and drawings take `factor` times as long. */
  | {
      readonly kind: 'memory-pressure';
      readonly peer: number;
      readonly forMs: number;
      readonly factor: number;
    }
  /** Its person is at work: the machine has less to give. */
  | { readonly kind: 'owner-active'; readonly peer: number; readonly forMs: number }
  /** Another version of a project appears at some peers. */
  | { readonly kind: 'project-change'; readonly peers: readonly number[]; readonly project: number }
);

export type FaultKind = Fault['kind'];
