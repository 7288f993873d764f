import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Connection, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import type { ExecutionContext } from 'ava';
import { FrameSchema } from '../../../../protocols/control/control_pb.js';
import { encodeFrame } from '../../../../src/mesh/libp2p/frames.ts';
import { createIdentity } from '../../../../src/mesh/libp2p/identity.ts';
import { createLibp2pNode } from '../../../../src/mesh/libp2p/libp2p-node.ts';
import { CONTROL_PROTOCOL } from '../../../../src/mesh/libp2p/peer-links.ts';
import { type MeshSecrets, meshSecrets } from '../../../../src/mesh/mesh-key.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import type { Network } from '../../../../src/platform/network.ts';
import { defaults } from './options.ts';

/** A libp2p node that knows the mesh key, or only pretends to, and otherwise does what a test wants. */
export async function rawPeer(t: ExecutionContext, meshKey: Uint8Array, change: Partial<MeshSecrets> = {}) {
  const { libp2p } = await createLibp2pNode({
    privateKey: await createIdentity(),
    secrets: { ...meshSecrets(meshKey), ...change },
    listen: ['/ip4/127.0.0.1/tcp/0'],
    options: defaults,
    log: silentLog,
  });
  await libp2p.start();
  t.teardown(() => libp2p.stop());
  const dial = (victim: Network): Promise<Connection> =>
    libp2p.dial(victim.addresses().map((each) => multiaddr(each)));
  const openControl = async (victim: Network): Promise<Stream> =>
    (await dial(victim)).newStream(CONTROL_PROTOCOL);
  return { libp2p, peer: libp2p.peerId.toString(), dial, openControl };
}

export function frame(kind: NonNullable<MessageInitShape<typeof FrameSchema>['kind']>): Uint8Array {
  return encodeFrame(FrameSchema, create(FrameSchema, { kind }));
}

export const hello = frame({ case: 'hello', value: { maxMessageBytes: 262_144 } });

/** Resolves when the stream or connection is over. */
export function over(what: Stream | Connection): Promise<void> {
  if (what.status !== 'open') return Promise.resolve();
  const events: EventTarget = what as unknown as EventTarget;
  return new Promise((resolve) => events.addEventListener('close', () => resolve(), { once: true }));
}
