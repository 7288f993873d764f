import { type Clock, sleep } from '../platform/clock.ts';

const MAX_DOUBLINGS = 4;

/** Who has waited for more than this part of its time is served after those that came last: it will hardly make it. */
const LATE_SHARE = 0.5;

interface Waiting {
  readonly sinceMs: number;
  readonly expiresAt: number;
  readonly begin: () => void;
}

interface Line {
  /** In the order in which they came; beside them one has the turn. */
  readonly waiting: Waiting[];
  /** How often the one at its turn was refused since somebody was taken. */
  refusals: number;
}

/** To ask on behalf of all that wait in a line. */
export interface Turn {
  /** Nobody would take it again: pauses before the next question. */
  refused(signal: AbortSignal): Promise<void>;
  /** It was taken: the next one may ask at once. */
  taken(): void;
  /** It has given up. */
  leave(): void;
}

/** The pause after so many others in vain. */
export function doubled(pauseMs: number, times: number): number {
  return pauseMs * 2 ** Math.min(times, MAX_DOUBLINGS);
}

/**
 * Requests that every peer declined wait in line, one line for each project, and only one of each line asks on. If all
 * asked, a mesh that is asked for more than it can do would soon do nothing but answer questions: those that wait
 * become more with every second.
 *
 * First come, first served, until the first has waited for half of its time: then the mesh is overloaded for good, and
 * to serve those that will soon give up would be in vain for most. From then on the last one is served first.
 */
export class WaitingLines {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  readonly #lines = new Map<string, Line>();

  /** `pauseMs`: before asking anew, doubled each time that nobody was taken meanwhile, up to sixteenfold. */
  constructor(clock: Clock, pauseMs: number) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
  }

  /** Whether requests of this project wait already. */
  has(project: string): boolean {
    return this.#lines.has(project);
  }

  /**
   * Resolves when it may ask: after a pause where nobody else waits, else when its turn comes. Rejects with the signal's
   * reason.
   */
  async join(
    project: string,
    { expiresAt, signal }: { expiresAt: number; signal: AbortSignal },
  ): Promise<Turn> {
    signal.throwIfAborted();
    const line = this.#lines.get(project);
    if (line) {
      await this.#wait(line, expiresAt, signal);
      return this.#turnOf(project, line);
    }
    const made: Line = { waiting: [], refusals: 0 };
    this.#lines.set(project, made);
    const turn = this.#turnOf(project, made);
    try {
      await turn.refused(signal);
    } catch (error) {
      turn.leave();
      throw error;
    }
    return turn;
  }

  #wait(line: Line, expiresAt: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        line.waiting.splice(line.waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        sinceMs: this.#clock.now(),
        expiresAt,
        begin: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      line.waiting.push(waiting);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #turnOf(project: string, line: Line): Turn {
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      const next = this.#next(line);
      if (next) next.begin();
      else this.#lines.delete(project);
    };
    return {
      refused: async (signal) => {
        const pauseMs = doubled(this.#pauseMs, line.refusals);
        line.refusals += 1;
        await sleep(this.#clock, pauseMs, signal);
      },
      taken: () => {
        line.refusals = 0;
        end();
      },
      leave: end,
    };
  }

  #next({ waiting }: Line): Waiting | undefined {
    const [oldest] = waiting;
    if (oldest === undefined) return undefined;
    const isLate = this.#clock.now() - oldest.sinceMs > LATE_SHARE * (oldest.expiresAt - oldest.sinceMs);
    return isLate ? waiting.pop() : waiting.shift();
  }
}
