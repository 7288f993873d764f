import { MachineClock } from '../../sim/clock.ts';
import { Fabric } from '../../sim/fabric.ts';
import { SimulatedNetwork } from '../../sim/network.ts';
import { SeededRandom } from '../../sim/random.ts';
import { VirtualTime } from '../../sim/time.ts';
import { testNetworkCompliance } from '../platform/compliance/network.ts';

testNetworkCompliance('simulated', async () => {
  const time = new VirtualTime();
  const fabric = new Fabric(time, new SeededRandom(1));
  const surroundings = { fabric, listening: new Map<string, SimulatedNetwork>(), machines: new Map() };
  let created = 0;
  time.runByItself();
  return {
    maxMessageBytes: fabric.options.maxMessageBytes,
    maxWriteAheadBytes: fabric.options.streamWindowBytes + 65_536,
    async create() {
      created += 1;
      const identity = { peer: `peer-${created}`, mesh: 'one' };
      const addresses = [`/ip4/10.0.0.${created}/tcp/4001`];
      return new SimulatedNetwork(surroundings, new MachineClock(time), identity, addresses);
    },
    run: (promise) => promise,
    settle: () => time.idle(),
  };
});
