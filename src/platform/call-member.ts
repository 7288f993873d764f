import type { Network, PeerId } from './network.ts';

/** How peers are reached that have no standing connection, as in a large mesh. */
export interface Connector {
  /** Rejects when that fails. */
  ensureConnected(peer: PeerId): Promise<void>;
}

/** One call to another member of the mesh, to which a connection is made first where there is none. */
export async function callMember(
  network: Network,
  connector: Connector,
  peer: PeerId,
  call: { readonly method: string; readonly payload: Uint8Array; readonly timeoutMs: number },
): Promise<Uint8Array> {
  if (!network.isConnected(peer)) await connector.ensureConnected(peer);
  return await network.call(peer, call.method, call.payload, { timeoutMs: call.timeoutMs });
}
