import { networkConfig } from '../../../../src/config/network.ts';
import type { NetworkOptions } from '../../../../src/mesh/libp2p/options.ts';

/** The network's limits as they are by default. */
export const defaults: NetworkOptions = networkConfig.parse({});
