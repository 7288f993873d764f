import type { PeerId } from '../platform/network.ts';
import type { Drawing } from './drawing.ts';
import type { CacheOutcome } from './map-service.ts';

/** What a drawing went through; filled as it goes, told to the client. */
export interface Journey {
  cache: CacheOutcome;
  reason: string;
  timing: { bid?: number; forward?: number; render?: number };
}

/** Called with each part as soon as it is here, with who drew it. */
type OnPart = (index: number, part: Uint8Array, drawnBy: { peer: PeerId; name: string }) => void;

/** A drawing that somebody waits for. */
export interface Order {
  readonly drawing: Drawing;
  /** The part that is waited for; it is sent first. */
  readonly firstPart: number;
  /** Aborts when nobody waits any more, or its time is up. */
  readonly signal: AbortSignal;
  readonly journey: Journey;
  readonly onPart: OnPart;
  /** Told once whether this front door has it drawn itself (`true`) or waits for another one. */
  readonly onDecided: (owning: boolean) => void;
}
