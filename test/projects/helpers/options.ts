import { projectsConfig } from '../../../src/config/projects.ts';
import type { CatalogueOptions } from '../../../src/projects/catalogue.ts';

/** The defaults, with every pause short enough for tests. */
export function quickOptions(overrides: Partial<CatalogueOptions> = {}): CatalogueOptions {
  return {
    ...projectsConfig.parse({}),
    quietMs: 60,
    pollMs: 40,
    pollShare: 1,
    debounceMs: 5,
    removeAfterMs: 60,
    retryMs: 30,
    ...overrides,
  };
}
