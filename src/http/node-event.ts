import type { PeerStatus } from '../mesh/peer-status.ts';

/** Something the page and `start` show as it happens; sent to browsers as server-sent events. */
export type NodeEvent =
  | { readonly event: 'peer'; readonly peer: PeerStatus }
  | { readonly event: 'peers'; readonly peers: readonly PeerStatus[] }
  | {
      readonly event: 'project';
      readonly id: string;
      readonly change: 'added' | 'changed' | 'removed' | 'refused';
      readonly reason?: string;
    }
  | {
      readonly event: 'drawn';
      readonly peerId: string;
      readonly name: string;
      readonly project: string;
      readonly ms: number;
    };
