import type { NodeEvent } from '../../src/http/node-event.ts';
import type { PeerStatus } from '../../src/mesh/peer-status.ts';
import type { ProjectDescription } from '../../src/ogc/project-description.ts';

/** The stream begins with everything there is, also after each reconnection. */
type StreamEvent =
  | NodeEvent
  | { readonly event: 'projects'; readonly projects: readonly ProjectDescription[] };

export interface LiveListener {
  /** The connection to the local peer is up, or lost and being tried again. */
  connected(isConnected: boolean): void;
  peers(peers: readonly PeerStatus[]): void;
  projects(projects: readonly ProjectDescription[]): void;
}

/** A browser gives an event stream up for good on an HTTP error, as while the peer restarts. */
const REOPEN_MS = 2000;

/** Peers that left are shown for this long. */
const FORGET_MS = 60_000;

/** Follows the local peer's events for as long as the page is open. */
export class Live {
  readonly #url: URL;
  readonly #listener: LiveListener;
  readonly #peers = new Map<string, PeerStatus>();

  constructor(base: URL, listener: LiveListener) {
    this.#url = base;
    this.#listener = listener;
    this.#open();
  }

  #open(): void {
    const source = new EventSource(new URL('api/events', this.#url));
    source.onopen = () => this.#listener.connected(true);
    source.onmessage = ({ data }) => this.#take(JSON.parse(data) as StreamEvent);
    source.onerror = () => {
      this.#listener.connected(false);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.#open(), REOPEN_MS);
    };
  }

  #take(event: StreamEvent): void {
    if (event.event === 'peers') {
      this.#peers.clear();
      for (const peer of event.peers) this.#peers.set(peer.peerId, peer);
      this.#tellPeers();
    } else if (event.event === 'peer') {
      this.#peers.set(event.peer.peerId, event.peer);
      if (isGone(event.peer)) setTimeout(() => this.#forget(event.peer.peerId), FORGET_MS);
      this.#tellPeers();
    } else if (event.event === 'projects') {
      this.#listener.projects(event.projects);
    } else if (event.event === 'project') {
      void this.#fetchProjects();
    }
  }

  #forget(peerId: string): void {
    const peer = this.#peers.get(peerId);
    if (!peer || !isGone(peer)) return;
    this.#peers.delete(peerId);
    this.#tellPeers();
  }

  #tellPeers(): void {
    const order = (peer: PeerStatus) => (peer.self ? 0 : isGone(peer) ? 2 : 1);
    this.#listener.peers(
      [...this.#peers.values()].sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name)),
    );
  }

  async #fetchProjects(): Promise<void> {
    try {
      const response = await fetch(new URL('api/projects', this.#url));
      if (response.ok) this.#listener.projects((await response.json()) as ProjectDescription[]);
    } catch {
      // The stream is down as well, and its reopening brings the projects.
    }
  }
}

function isGone({ state }: PeerStatus): boolean {
  return state === 'left' || state === 'dead';
}
