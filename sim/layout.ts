import type { SeededRandom } from './random.ts';
import type { Scenario } from './scenario/schema.ts';

/** One machine, as the scenario deals it out. */
export interface PeerPlan {
  readonly site: string;
  /** Others find the mesh through it. */
  readonly firstOfSite: boolean;
  readonly speed: number;
  readonly slots: number;
  /** A person comes to it. */
  readonly owned: boolean;
  /** Somebody asks for maps at it. */
  readonly hasUser: boolean;
  /** Numbers of the projects that it holds. */
  readonly projects: readonly number[];
  /** When it is switched on, ms. */
  readonly bootMs: number;
  /** It runs the next version of the program from the start. */
  readonly upgraded: boolean;
}

/** Deals machines, people, projects and times out over the peers, every site getting its part of everything. */
export function layOut(scenario: Scenario, random: SeededRandom): PeerPlan[] {
  const { peers, boot } = scenario;
  const sites = sitesOf(scenario);
  const classes = dealt(
    scenario.machines.map(({ share }) => share),
    peers,
  );
  const projects = holdings(scenario, random.split('projects'));
  const bootRandom = random.split('boot');
  return sites.map((site, number): PeerPlan => {
    const { speed, slots } = scenario.machines[classes[number]!]!;
    const firstOfSite = sites.indexOf(site) === number;
    return {
      site,
      firstOfSite,
      speed,
      slots,
      owned: isChosen(number, scenario.owners.share),
      hasUser: isChosen(number, scenario.load.users),
      projects: projects[number]!,
      bootMs: boot.fromMs + (firstOfSite ? 0 : bootRandom.next() * boot.overMs),
      upgraded: isChosen(number, scenario.versions.share),
    };
  });
}

function sitesOf({ sites, peers }: Scenario): string[] {
  if (sites.length === 0) return Array.from({ length: peers }, () => 'room');
  return sites.flatMap((site) => Array.from({ length: site.peers }, () => site.name));
}

/** Whether number `index` is one of an evenly spread share. */
function isChosen(index: number, share: number): boolean {
  return chosenOf(index + 1, share) > chosenOf(index, share);
}

/** How many of `peers` are an evenly spread share of them. */
export function chosenOf(peers: number, share: number): number {
  return Math.floor(peers * share + 1e-9);
}

/** A class for each of `count`, in turn, each class as often as its share says. */
function dealt(shares: readonly number[], count: number): number[] {
  const given = shares.map(() => 0);
  return Array.from({ length: count }, (_, index) => {
    const lacks = shares.map((share, at) => share * (index + 1) - given[at]!);
    const chosen = lacks.indexOf(Math.max(...lacks));
    given[chosen]! += 1;
    return chosen;
  });
}

/** Which projects each peer holds; each begins with others, so that not all have the same ones open. */
function holdings({ projects, peers }: Scenario, random: SeededRandom): number[][] {
  const all = Array.from({ length: projects.count }, (_, project) => project);
  if (projects.holders === 'all') {
    return Array.from({ length: peers }, (_, peer) => rotated(all, (peer * projects.warm) % projects.count));
  }
  const held: number[][] = Array.from({ length: peers }, () => []);
  for (const project of all) {
    const order = held.map((_, peer) => ({ peer, at: random.next() })).sort((a, b) => a.at - b.at);
    for (const { peer } of order.slice(0, projects.holders)) held[peer]!.push(project);
  }
  return held;
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return [...items.slice(by), ...items.slice(0, by)];
}
