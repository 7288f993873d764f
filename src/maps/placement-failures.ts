import { type ErrorCode, errorCode, GismeshError } from '../core/errors.ts';
import type { PeerId } from '../platform/network.ts';
import type { Drawing } from './drawing.ts';

/** What says nothing about the drawing: the peer was full, or could not be reached. It may be asked again. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'BUSY',
  'CANCELLED',
  'NETWORK_CLOSED',
  'NETWORK_TIMEOUT',
  'NETWORK_REFUSED',
  'NETWORK_UNREACHABLE',
]);

/** What has gone wrong with one drawing so far. */
export class PlacementFailures {
  readonly #excluded = new Map<PeerId, unknown>();
  /** Workers that died over it, by peer. */
  readonly #crashes = new Map<PeerId, number>();
  #counted = 0;
  #passing = false;
  #last: unknown;
  readonly #why = new Map<PeerId, string>();

  /** Peers at which the drawing itself failed. */
  get counted(): number {
    return this.#counted;
  }

  add(peer: PeerId, error: unknown): void {
    const code = errorCode(error);
    this.#last = error;
    if (PASSING.has(code)) {
      this.#why.set(peer, code === 'BUSY' ? 'was busy' : 'could not be reached');
      this.#passing = true;
      return;
    }
    if (code === 'ENGINE_CRASHED') this.#crashes.set(peer, (this.#crashes.get(peer) ?? 0) + 1);
    this.#why.set(peer, 'failed');
    this.#excluded.set(peer, error);
    if (code !== 'BUNDLE_NOT_HELD') this.#counted += 1;
  }

  /** Every peer declined. */
  refused(reason: string): void {
    this.#last ??= new GismeshError('BUSY', reason);
  }

  /**
   * Whom to ask next: those at which nothing failed. When there are no more of them, those where one worker died
   * over it, since somebody may have killed that worker by hand.
   */
  remaining<T extends { readonly peer: PeerId }>(candidates: readonly T[]): T[] {
    const unharmed = candidates.filter(({ peer }) => !this.#excluded.has(peer));
    if (unharmed.length > 0) return unharmed;
    return candidates.filter(({ peer }) => this.#crashes.get(peer) === 1);
  }

  /** What became of a peer, for people. */
  why(peer: PeerId): string {
    return this.#why.get(peer) ?? 'was late';
  }

  /** Whether something passing went wrong since the last question: a pause may help. */
  takePassing(): boolean {
    const passing = this.#passing;
    this.#passing = false;
    return passing;
  }

  /** For the client, with the last error as its cause. */
  asError({ projectHash }: Drawing): GismeshError {
    const cause = this.#last;
    if (cause === undefined) {
      return new GismeshError(
        'BUNDLE_NOT_HELD',
        `No peer that is here now holds version ${projectHash.slice(0, 12)} of the project with a matching engine`,
      );
    }
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof GismeshError ? cause.code : 'RENDER_FAILED';
    // Nobody was asked to draw it: what was said is about all of them.
    if (this.#why.size === 0) return new GismeshError(code, message, { cause });
    const peers = this.#why.size === 1 ? '1 peer' : `${this.#why.size} peers`;
    return new GismeshError(code, `${peers} could not draw it; the last one said: ${message}`, { cause });
  }
}
