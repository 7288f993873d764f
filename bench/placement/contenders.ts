import type { PolicyName } from '../../src/core/placement.ts';
import type { Contender, PlacementConfig } from './scenario.ts';

const OTHERS: readonly PolicyName[] = [
  'random',
  'round-robin',
  'least-load',
  'two-choices-stale',
  'two-choices',
  'prequal',
  'rendezvous',
];

/** Every policy as the product ships it, and the one it uses in variants that show what its parts are worth. */
export function contenders(config: PlacementConfig, peers: number): Contender[] {
  const plain = { config, affinity: 'project', hedged: false } as const;
  const asking = (candidates: number): PlacementConfig => ({
    ...config,
    bid: { ...config.bid, candidates, maxAsked: candidates, maxAskedInVain: candidates },
  });
  return [
    ...OTHERS.map((policy) => ({ ...plain, label: policy, policy })),
    { ...plain, label: 'bid, 3 at random', policy: 'bid', config: asking(3), affinity: 'none' },
    { ...plain, label: 'bid, metatile only', policy: 'bid', affinity: 'metatile' },
    { ...plain, label: 'bid', policy: 'bid' },
    { ...plain, label: 'bid, hedged', policy: 'bid', hedged: true },
    { ...plain, label: 'bid, all peers', policy: 'bid', config: asking(peers) },
  ];
}
