import type { Scenario } from '../scenario/schema.ts';
import type { SiteLink } from './data.ts';

/** With more sites than this the links between all pairs would hide the sites. */
const MAX_SITES = 6;

/** The wires between the sites of a scenario: each is linked to every other. */
export function siteLinks({ sites, link }: Scenario): SiteLink[] {
  if (sites.length > MAX_SITES) return [];
  return sites.flatMap(({ name: from }, index) =>
    sites.slice(index + 1).map(({ name: to }) => ({
      from,
      to,
      latencyMs: link.latencyMs,
      megabitsPerSecond: link.bandwidthMbit,
    })),
  );
}
