import type { TaskOutput } from '../process.ts';
import type { Arguments } from './arguments.ts';
import type { CrsFinder } from './crs.ts';

/** What an operation tells while it runs. */
export interface Control {
  /** Share of the work that is done, 0 to 1. */
  progress(share: number, message?: string): void;
  log(line: string): void;
}

/** The code of one built-in process. Throws `ProcessError` for inputs that do not fit and work that cannot be done. */
export type Operation = (
  given: Arguments,
  control: Control,
  finder: CrsFinder,
) => TaskOutput[] | Promise<TaskOutput[]>;

/** Every item in turn, the progress of all of them from `from` to `to`. */
export function eachOf<T>(
  items: readonly T[],
  control: Control,
  use: (item: T, index: number) => void,
  [from, to]: readonly [number, number] = [0, 1],
): void {
  for (const [index, item] of items.entries()) {
    use(item, index);
    control.progress(from + ((to - from) * (index + 1)) / items.length);
  }
}
