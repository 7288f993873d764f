import type { Connection, Stream } from '@libp2p/interface';
import type { Publication } from '../../../protocols/control/control_pb.js';
import type { GismeshError } from '../../core/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { CallHandler, PeerId } from '../../platform/network.ts';
import { type ChannelOwner, ControlChannel } from './control-channel.ts';
import { closed, describe, timedOut } from './errors.ts';
import type { NetworkOptions } from './options.ts';

export const CONTROL_PROTOCOL = '/gismesh/control/1';

/** What arrives over the links. */
export interface LinkOwner {
  handlerOf(method: string): CallHandler | undefined;
  onNotice(method: string, payload: Uint8Array, peer: PeerId): void;
  onPublication(publication: Publication, from: PeerId): void;
  onConnect(peer: PeerId): void;
  onDisconnect(peer: PeerId): void;
  /** Bulk streams on the connection, which keep it from being retired. */
  streamsOn(connection: Connection): number;
  /** Whether this side is just opening a bulk stream on the connection. */
  isOpeningOn(connection: Connection): boolean;
  /** The connection is about to be closed: its bulk streams must not end as if they were complete. */
  abortStreams(connection: Connection, reason: GismeshError): void;
}

/** One connection to a peer with its control channel, once that is there. */
interface Link {
  readonly connection: Connection;
  readonly peer: PeerId;
  channel?: ControlChannel;
  timer?: Timer;
}

interface Peer {
  /** In the order in which they became ready. */
  links: Link[];
  connected: boolean;
  waiting: Array<PromiseWithResolvers<void>>;
}

/**
 * The connections to each peer. There is one as a rule; there are more when both dial at the same moment, or
 * when a peer has lost a connection of which this side does not know yet. Then everything new goes over the
 * newest, the peer with the smaller id retires the others, and it closes them once they are drained: so the two
 * never close different ones, and no call is lost.
 */
export class PeerLinks implements ChannelOwner {
  readonly #self: PeerId;
  readonly #owner: LinkOwner;
  readonly #clock: Clock;
  readonly #options: NetworkOptions;
  readonly #log: Log;
  readonly #peers = new Map<PeerId, Peer>();
  /** What `channels` gives, until something changes: gossip asks for it often. */
  #channels: ControlChannel[] | undefined;
  #stopped = false;

  constructor(self: PeerId, owner: LinkOwner, clock: Clock, options: NetworkOptions, log: Log) {
    this.#self = self;
    this.#owner = owner;
    this.#clock = clock;
    this.#options = options;
    this.#log = log;
  }

  connected(): PeerId[] {
    return [...this.#peers].filter(([, peer]) => peer.connected).map(([id]) => id);
  }

  isConnected(id: PeerId): boolean {
    return this.#peers.get(id)?.connected ?? false;
  }

  /** Where new calls and streams to the peer go. */
  best(id: PeerId): { connection: Connection; channel: ControlChannel } | undefined {
    const usable = usableLinks(this.#peers.get(id));
    const link = usable.findLast(({ channel }) => !channel.retiredByRemote) ?? usable.at(-1);
    return link && { connection: link.connection, channel: link.channel };
  }

  /** The channel to use for each connected peer. */
  channels(): readonly ControlChannel[] {
    this.#channels ??= this.connected().flatMap((id) => this.best(id)?.channel ?? []);
    return this.#channels;
  }

  /** The peer connected over an address that this side dialled. */
  peerAt(address: string): PeerId | undefined {
    for (const [id, peer] of this.#peers) {
      if (peer.connected && peer.links.some(({ connection }) => dialledAddress(connection) === address))
        return id;
    }
    return undefined;
  }

  /** Resolves when the peer is connected; rejects when its last connection ends before. */
  whenConnected(id: PeerId): Promise<void> {
    const peer = this.#peers.get(id);
    if (peer === undefined) return Promise.reject(closed(`${id} closed the connection.`));
    if (peer.connected) return Promise.resolve();
    const waiting = Promise.withResolvers<void>();
    peer.waiting.push(waiting);
    return waiting.promise;
  }

  /** The dialling side opens the control stream, the other waits for it: a limited time each. */
  onConnection(connection: Connection): void {
    const link: Link = { connection, peer: connection.remotePeer.toString() };
    const peer = this.#peers.get(link.peer) ?? { links: [], connected: false, waiting: [] };
    this.#peers.set(link.peer, peer);
    peer.links.push(link);
    const timeoutMs = this.#options.controlStreamTimeoutMs;
    link.timer = this.#clock.after(timeoutMs, () => {
      this.#drop(link, timedOut(`Opening the control stream with ${link.peer}`, timeoutMs));
    });
    if (connection.direction === 'outbound') void this.#openChannel(link);
  }

  onConnectionClosed(connection: Connection): void {
    const link = this.#linkOf(connection);
    if (link) this.#drop(link, closed(`The connection with ${link.peer} is gone.`));
  }

  onControlStream(stream: Stream, connection: Connection): void {
    const link = this.#linkOf(connection);
    if (link === undefined || link.channel !== undefined || connection.direction === 'outbound') {
      stream.abort(new Error('The dialling side opens one control stream.'));
      return;
    }
    this.#startChannel(link, stream);
  }

  async disconnect(id: PeerId): Promise<void> {
    const links = [...(this.#peers.get(id)?.links ?? [])];
    const reason = closed(`Disconnected from ${id}.`);
    await Promise.all(links.map((link) => this.#close(link, reason)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#peers.keys()].map((id) => this.disconnect(id)));
  }

  /** Looks again which connections can be retired or closed, after a bulk stream opened or ended. */
  onStreamChange(id: PeerId): void {
    this.#settle(id);
  }

  // --- as the owner of channels ---

  handlerOf(method: string): CallHandler | undefined {
    return this.#owner.handlerOf(method);
  }

  onNotice(method: string, payload: Uint8Array, peer: PeerId): void {
    this.#owner.onNotice(method, payload, peer);
  }

  onPublication(publication: Publication, from: PeerId): void {
    this.#owner.onPublication(publication, from);
  }

  onReady(channel: ControlChannel): void {
    const peer = this.#peers.get(channel.peer);
    const link = peer?.links.find((each) => each.channel === channel);
    if (peer === undefined || link === undefined) return;
    link.timer?.cancel();
    peer.links = [...peer.links.filter((each) => each !== link), link];
    this.#settle(channel.peer);
  }

  onRetire(channel: ControlChannel): void {
    this.#settle(channel.peer);
  }

  onIdle(channel: ControlChannel): void {
    if (channel.drained) this.#settle(channel.peer);
  }

  onClosed(channel: ControlChannel, reason: GismeshError): void {
    const link = this.#peers.get(channel.peer)?.links.find((each) => each.channel === channel);
    if (link) this.#drop(link, reason);
  }

  // --- one link ---

  async #openChannel(link: Link): Promise<void> {
    try {
      this.#startChannel(link, await link.connection.newStream(CONTROL_PROTOCOL));
    } catch (error) {
      this.#drop(link, closed(`${link.peer} does not open a control stream: ${describe(error)}`, error));
    }
  }

  #startChannel(link: Link, stream: Stream): void {
    const channel = new ControlChannel(stream, link.peer, this, this.#clock, this.#options);
    link.channel = channel;
    channel.open();
  }

  #linkOf(connection: Connection): Link | undefined {
    const peer = this.#peers.get(connection.remotePeer.toString());
    return peer?.links.find((link) => link.connection.id === connection.id);
  }

  #drop(link: Link, reason: GismeshError): void {
    void this.#close(link, reason);
  }

  async #close(link: Link, reason: GismeshError): Promise<void> {
    const peer = this.#peers.get(link.peer);
    if (peer === undefined || !peer.links.includes(link)) return;
    peer.links = peer.links.filter((each) => each !== link);
    link.timer?.cancel();
    this.#owner.abortStreams(link.connection, reason);
    link.channel?.close(reason);
    if (reason.code !== 'NETWORK_CLOSED') {
      this.#log.warn({ peer: link.peer, code: reason.code }, `connection closed: ${reason.message}`);
    }
    this.#settle(link.peer, reason);
    await this.#closeConnection(link.connection);
  }

  async #closeConnection(connection: Connection): Promise<void> {
    if (connection.status !== 'open') return;
    try {
      await connection.close({ signal: AbortSignal.timeout(this.#options.closeTimeoutMs) });
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error('cannot close'));
    }
  }

  // --- all links of a peer ---

  /** Brings connected or not, retiring, and closing in line with the links that there are. */
  #settle(id: PeerId, reason?: GismeshError): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    this.#channels = undefined;
    this.#retireOthers(id, peer);
    this.#announce(id, peer, reason);
    for (const link of [...peer.links]) {
      const useless = link.channel?.retired && (!peer.connected || this.#isDrained(id, link));
      if (useless) this.#drop(link, closed(`Another connection with ${id} is in use.`));
    }
    if (peer.links.length === 0) this.#peers.delete(id);
  }

  #retireOthers(id: PeerId, peer: Peer): void {
    const usable = usableLinks(peer);
    const newest = usable.findLast(({ channel }) => !channel.retiredByRemote);
    if (newest === undefined) return;
    for (const { channel, connection } of usable) {
      const superfluous = channel !== newest.channel && (channel.retiredByRemote || this.#self < id);
      // Retiring promises that every stream of this side is known to the other.
      if (superfluous && !this.#owner.isOpeningOn(connection)) channel.retire();
    }
  }

  #isDrained(id: PeerId, { channel, connection }: Link): boolean {
    return this.#self < id && channel!.drained && this.#owner.streamsOn(connection) === 0;
  }

  #announce(id: PeerId, peer: Peer, reason: GismeshError | undefined): void {
    const connected = usableLinks(peer).length > 0;
    const waiting = peer.waiting;
    if (connected || peer.links.length === 0) peer.waiting = [];
    if (connected) for (const each of waiting) each.resolve();
    else if (peer.links.length === 0) {
      for (const each of waiting) each.reject(reason ?? closed(`${id} closed the connection.`));
    }
    if (connected === peer.connected) return;
    peer.connected = connected;
    if (connected && !this.#stopped) this.#owner.onConnect(id);
    else if (!connected) this.#owner.onDisconnect(id);
  }
}

type ReadyLink = Link & { channel: ControlChannel };

function usableLinks(peer: Peer | undefined): ReadyLink[] {
  const isUsable = (link: Link): link is ReadyLink => link.channel?.ready === true && !link.channel.retired;
  return peer?.links.filter(isUsable) ?? [];
}

/** Without the peer id at its end; undefined when the other side dialled. */
function dialledAddress(connection: Connection): string | undefined {
  if (connection.direction === 'inbound') return undefined;
  return connection.remoteAddr.toString().replace(/\/p2p\/[^/]+$/, '');
}
