import { networkConfig } from '../../../../src/config/network.ts';
import type { NetworkOptions } from '../../../../src/mesh/libp2p/options.ts';

/** The network's limits as they are by default, with the patience that a machine full of tests needs. */
export const defaults: NetworkOptions = {
  ...networkConfig.parse({}),
  handshakeTimeoutMs: 30_000,
  addressDialTimeoutMs: 30_000,
  controlStreamTimeoutMs: 30_000,
};
