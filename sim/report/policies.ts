import type { ContenderName } from '../result.ts';

/** What a policy does, for somebody who never heard of it. */
export const POLICY_WORDS: Readonly<Record<ContenderName, string>> = {
  bid: 'gismesh: a few computers are asked when they could be done, and the soonest draws',
  random: 'any computer, by lot',
  'round-robin': 'each computer in turn',
  'least-load': 'the one that was least busy when it last said so, which is a while ago',
  'two-choices-stale': 'the less busy of two at random, by what they last said',
  'two-choices': 'the less busy of two at random, by requests under way',
  prequal: 'a pool of recent answers to “how busy are you?”, as YouTube balances its load',
  rendezvous: 'always the same computer for the same piece of map',
  'ask-all': 'every computer is asked before every request',
  omniscient: 'a bound no real system can reach: knows every queue at every moment, for nothing',
};

/** Contenders that no room of computers would run: they show how far the others are from the best. */
export function isBound(policy: ContenderName): boolean {
  return policy === 'omniscient' || policy === 'ask-all';
}
