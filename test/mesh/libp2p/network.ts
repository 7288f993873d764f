import { setTimeout as delay } from 'node:timers/promises';
import { testNetworkCompliance } from '../../platform/compliance/network.ts';
import { defaults } from './helpers/options.ts';
import { loopbackMesh } from './helpers/world.ts';

testNetworkCompliance('libp2p', async (t) => ({
  create: loopbackMesh(t).create,
  run: (promise) => promise,
  settle: () => delay(100),
  maxMessageBytes: defaults.maxMessageBytes,
  maxWriteAheadBytes: 4 * 1024 * 1024,
}));

testNetworkCompliance('libp2p, with connections of their own for streams', async (t) => ({
  create: loopbackMesh(t).create,
  run: (promise) => promise,
  settle: () => delay(100),
  maxMessageBytes: defaults.maxMessageBytes,
  maxWriteAheadBytes: 16 * 1024 * 1024,
  streams: { isLarge: true },
}));
