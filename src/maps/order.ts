import type { PeerId } from '../platform/network.ts';
import type { Making } from './draw-stream.ts';
import type { Drawing } from './drawing.ts';
import type { CacheOutcome } from './map-service.ts';

/** What a drawing went through; filled as it goes, told to the client. */
export interface Journey {
  cache: CacheOutcome;
  reason: string;
  timing: { bid?: number; forward?: number; render?: number };
}

/** A drawing that somebody waits for. */
export interface Order {
  readonly drawing: Drawing;
  /** The part that is waited for; it is sent first. */
  readonly firstPart: number;
  /** Aborts when nobody waits any more, or its time is up. */
  readonly signal: AbortSignal;
  /** When its time is up: monotonic ms. */
  readonly expiresAt: number;
  readonly journey: Journey;
  /** Called with each part as soon as it is here, with who drew it. */
  readonly onPart: (index: number, part: Uint8Array, drawnBy: { peer: PeerId; name: string }) => void;
  /** Told once whether this front door has it drawn itself (`true`) or waits for another one. */
  readonly onDecided: (owning: boolean) => void;
}

/** An order as one peer is asked for it. */
export interface Errand extends Pick<Order, 'drawing' | 'firstPart' | 'expiresAt'> {
  /** Ends this attempt; aborted by whoever was faster, too. */
  readonly signal: AbortSignal;
  /** Called with each part as soon as it is here, with what is known of its making. */
  readonly onPart: (index: number, part: Uint8Array, making: Making) => void;
}
