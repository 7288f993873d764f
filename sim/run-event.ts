import type { Fault } from './faults/fault.ts';
import type { JobEvent } from './jobs/job-event.ts';

/** What happens in a run, as checkers, reports and traces see it. `atMs` is virtual time, ms since the start. */
export type RunEvent =
  | JobEvent
  | { readonly kind: 'peer-started' | 'peer-ended'; readonly atMs: number; readonly peer: string }
  | {
      readonly kind: 'request-sent';
      readonly atMs: number;
      readonly id: number;
      readonly door: string;
      readonly project: string;
    }
  | {
      readonly kind: 'request-answered';
      readonly atMs: number;
      readonly id: number;
      readonly door: string;
      readonly drawnBy: string;
      readonly cache: 'hit' | 'miss' | 'joined';
      readonly latencyMs: number;
      /** Whether the answer is the content that was asked for. */
      readonly right: boolean;
    }
  | {
      readonly kind: 'request-failed';
      readonly atMs: number;
      readonly id: number;
      readonly door: string;
      /** Code of the error that the client was told; `UNTYPED` when it had none; `DOOR_DIED` when the front door ended. */
      readonly code: string;
      readonly latencyMs: number;
    }
  | {
      readonly kind: 'drawn';
      readonly atMs: number;
      readonly peer: string;
      readonly key: string;
      readonly cold: boolean;
      readonly renderMs: number;
    }
  /** A peer takes another one for dead; `rightly`: its process is gone, or nothing of it can be heard. */
  | {
      readonly kind: 'declared-dead';
      readonly atMs: number;
      readonly by: string;
      readonly peer: string;
      readonly rightly: boolean;
    }
  | { readonly kind: 'fault-began' | 'fault-ended'; readonly atMs: number; readonly fault: Fault }
  /** From here on nothing fails any more; all has to converge within the scenario's budget. */
  | { readonly kind: 'healed'; readonly atMs: number };
