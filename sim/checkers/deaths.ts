import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';

/** Suspicion, its spreading and its refutation take this long at most, ms. */
const AFTERMATH_MS = 30_000;

/** No peer takes another one for dead that runs, and that nothing has kept from being heard. */
export class DeathsChecker implements Checker {
  readonly name = 'deaths';
  readonly #findings = new Findings(this.name);
  readonly #conditions = new Conditions();

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
    if (event.kind !== 'declared-dead' || event.rightly) return;
    const { by, peer, atMs } = event;
    const [accuser, accused] = [numberOf(by), numberOf(peer)];
    const sinceMs = atMs - AFTERMATH_MS;
    const unharmed =
      this.#conditions.ran(accuser, sinceMs) &&
      this.#conditions.ran(accused, sinceMs) &&
      // Whoever cannot hear the accused may have told the accuser.
      !this.#conditions.anyNetworkTrouble(sinceMs);
    if (unharmed) this.#findings.add(atMs, `${by} took ${peer} for dead, which was running and reachable`);
  }
}
