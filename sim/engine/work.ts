import { drawer, logNormal, zipfShares } from '../distributions.ts';
import { SeededRandom } from '../random.ts';
import type { Scenario } from '../scenario/schema.ts';

/** How long drawings take: a function of what is drawn, so that every policy meets the same work. */
export class Work {
  readonly meanMs: number;
  readonly #seed: string;
  readonly #sigma: number;
  readonly #projectMs: readonly number[];
  /** Draws the number of a project, by popularity. */
  readonly nextProject: (random: SeededRandom) => number;

  constructor({ projects, service }: Pick<Scenario, 'projects' | 'service'>, random: SeededRandom) {
    this.meanMs = service.meanMs;
    this.#sigma = service.sigma;
    this.#seed = String(random.next());
    const shares = zipfShares(projects.count, projects.zipf);
    this.nextProject = drawer(shares);
    const factors = shares.map(() => logNormal(service.projectSigma, random));
    const mean = factors.reduce((sum, factor, project) => sum + factor * shares[project]!, 0);
    this.#projectMs = factors.map((factor) => (service.meanMs * factor) / mean);
  }

  /** Mean time of a drawing of a project at speed 1, ms. */
  projectMs(project: number): number {
    return this.#projectMs[project] ?? this.meanMs;
  }

  /** Time of one drawing on a warm worker of speed 1, ms. */
  serviceMs(project: number, subject: string): number {
    const random = new SeededRandom(`${this.#seed}/${subject}`);
    return this.projectMs(project) * logNormal(this.#sigma, random);
  }
}
