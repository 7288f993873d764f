import type { Scenario } from '../scenario/schema.ts';
import type { SiteLink } from './data.ts';

/** The wires between the sites of a scenario: each is linked to every other. */
export function siteLinks({ sites, link }: Scenario): SiteLink[] {
  return sites.flatMap(({ name: from }, index) =>
    sites.slice(index + 1).map(({ name: to }) => ({
      from,
      to,
      latencyMs: link.latencyMs,
      megabitsPerSecond: link.bandwidthMbit,
    })),
  );
}
