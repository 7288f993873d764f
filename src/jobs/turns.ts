/**
 * Whose turn it is among users who have something waiting: each has as many turns as the others from when they came on,
 * however much they have waiting (fair queueing; Nagle 1987).
 */
export class Turns {
  readonly #taken = new Map<string, number>();

  /** A user has something waiting: a new one begins where those are who had the fewest turns. */
  join(user: string): void {
    if (this.#taken.has(user)) return;
    this.#taken.set(user, this.#taken.size === 0 ? 0 : Math.min(...this.#taken.values()));
  }

  /** The user had a turn. */
  next(user: string): void {
    const taken = this.#taken.get(user);
    if (taken !== undefined) this.#taken.set(user, taken + 1);
  }

  /** Who has the least comes first. */
  of(user: string): number {
    return this.#taken.get(user) ?? 0;
  }

  /** All others have nothing waiting any more. */
  keep(users: ReadonlySet<string>): void {
    for (const user of this.#taken.keys()) if (!users.has(user)) this.#taken.delete(user);
  }
}
