import type { TopologyProblem } from './topology.ts';

const POLICY = 'the scenario decides: use "policy" beside "settings"';
const NOWHERE = 'nothing in a simulated room goes by it: leave it out';

/**
 * Settings of a peer that have no effect on a simulated one, each with what has: what they are about is simulated, or
 * is not there. `only` are the keys of the section that have an effect all the same.
 */
const IDLE: ReadonlyArray<{ place: string; only?: readonly string[]; message: string }> = [
  { place: 'placement.policy', message: POLICY },
  { place: 'node', message: NOWHERE },
  { place: 'http', message: NOWHERE },
  { place: 'projects', message: `${NOWHERE}; "projects" beside "settings" says what is drawn` },
  { place: 'owner', message: `${NOWHERE}; "owners" beside "settings" says who works at a machine` },
  { place: 'network', message: `${NOWHERE}; "network" beside "settings" says how messages travel` },
  {
    place: 'engines',
    only: ['queueLimit'],
    message: `${NOWHERE}; "machines" and "service" beside "settings" say what draws, and how long`,
  },
  { place: 'processes', only: ['limits'], message: NOWHERE },
  { place: 'ogc', only: ['processes'], message: NOWHERE },
];

/** A setting that was written down in vain. `content` is that of a file, as far as it is a scenario. */
export function idleSetting(content: Readonly<Record<string, unknown>>): TopologyProblem | undefined {
  for (const { place, only = [], message } of IDLE) {
    const given = valueAt(content.settings, place.split('.'));
    if (given === undefined) continue;
    const idle = only.length === 0 ? place : idleKey(given, place, only);
    if (idle !== undefined) return { place: `settings.${idle}`, message: `has no effect, ${message}` };
  }
  return undefined;
}

function idleKey(section: unknown, place: string, only: readonly string[]): string | undefined {
  const key = Object.keys(section as object).find((each) => !only.includes(each));
  return key && `${place}.${key}`;
}

function valueAt(content: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], content);
}
