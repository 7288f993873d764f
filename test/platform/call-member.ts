import test from 'ava';
import { callMember } from '../../src/platform/call-member.ts';
import type { Network } from '../../src/platform/network.ts';

/** A network that notes what is done, where one peer is connected. */
function world() {
  const done: string[] = [];
  const network = {
    isConnected: (peer: string) => peer === 'near',
    call: async (peer: string, method: string, payload: Uint8Array, { timeoutMs }: { timeoutMs: number }) => {
      done.push(`${method} at ${peer} within ${timeoutMs}`);
      return payload;
    },
  } as unknown as Network;
  const connector = {
    ensureConnected: async (peer: string) => {
      done.push(`connect ${peer}`);
      if (peer === 'gone') throw new Error('nobody there');
    },
  };
  return { done, network, connector };
}

const call = { method: 'ask', payload: Uint8Array.of(7), timeoutMs: 100 };

test('who is not connected is connected first, who is gone is not called', async (t) => {
  const { done, network, connector } = world();
  t.deepEqual(await callMember(network, connector, 'near', call), call.payload);
  t.deepEqual(await callMember(network, connector, 'far', call), call.payload);
  await t.throwsAsync(callMember(network, connector, 'gone', call), { message: 'nobody there' });
  t.deepEqual(done, ['ask at near within 100', 'connect far', 'ask at far within 100', 'connect gone']);
});
