import type { Membership } from '../mesh/membership.ts';

/**
 * How the other peers are got at. In a large mesh not everyone is connected to everyone: who is about to be
 * asked is connected first.
 */
export type Reach = Pick<Membership, 'ensureConnected' | 'reportFailure'>;
