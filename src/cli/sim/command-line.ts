import type { SimOptions } from './options.ts';

/** The command line that plays the same again. */
export function replayCommand(scenario: string, options: SimOptions): string {
  const { peers, seed, seeds, policy, until, compare } = options;
  const words = ['gismesh', 'sim', scenario, '--seed', String(seed)];
  if (seeds > 1) words.push('--seeds', String(seeds));
  if (peers !== undefined) words.push('--peers', String(peers));
  if (policy !== undefined && !compare) words.push('--policy', policy);
  if (until !== undefined) words.push('--until', `${until / 1000}s`);
  if (compare) words.push('--compare');
  return words.map(quoted).join(' ');
}

/** As a POSIX shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
