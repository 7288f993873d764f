import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { createIdentity } from '../../../../src/mesh/libp2p/identity.ts';
import { createLibp2pNetwork, type Libp2pNetworkInit } from '../../../../src/mesh/libp2p/network.ts';
import type { NetworkOptions } from '../../../../src/mesh/libp2p/options.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import type { Network } from '../../../../src/platform/network.ts';
import { systemClock } from '../../../../src/platform/system.ts';
import { defaults } from './options.ts';

export type Variation = Partial<Omit<Libp2pNetworkInit, 'options'>> & { options?: Partial<NetworkOptions> };

/** Networks of one mesh on loopback, stopped at the end of the test. */
export function loopbackMesh(t: ExecutionContext, common: Variation = {}) {
  const meshKey = new Uint8Array(randomBytes(32));
  const create = async (variation: Variation = {}): Promise<Network> => {
    const network = createLibp2pNetwork({
      privateKey: await createIdentity(),
      meshKey,
      listen: ['127.0.0.1:0'],
      mdns: false,
      clock: systemClock,
      log: silentLog,
      ...common,
      ...variation,
      options: { ...defaults, ...common.options, ...variation.options },
    });
    t.teardown(() => network.stop());
    return network;
  };
  const start = async (variation: Variation = {}): Promise<Network> => {
    const network = await create(variation);
    await network.start();
    return network;
  };
  return { meshKey, create, start };
}
