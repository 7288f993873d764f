import { GismeshError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type {
  ByteStream,
  CallHandler,
  CallOptions,
  Network,
  NetworkEvents,
  NoticeHandler,
  PeerId,
  StreamHandler,
  StreamOptions,
} from '../../platform/network.ts';
import type { Random } from '../../platform/random.ts';
import { systemRandom } from '../../platform/system.ts';
import { meshSecrets } from '../mesh-key.ts';
import {
  type ConnectTarget,
  hostOf,
  isLoopback,
  loopbackLast,
  parseAddress,
  parseListenAddress,
} from './addresses.ts';
import { AnnouncementCodec } from './announcement.ts';
import { BULK_OFFER, BulkConnections } from './bulk-connections.ts';
import { BULK_PROTOCOL, BulkStreams } from './bulk-streams.ts';
import { ConnectionDialer } from './connection-dialer.ts';
import { Deadline } from './deadline.ts';
import { closed, describe, dialFailure } from './errors.ts';
import { Gossip } from './gossip.ts';
import { peerIdOf } from './identity.ts';
import { createLibp2pNode, type Libp2pNode } from './libp2p-node.ts';
import { LocalDiscovery } from './local-discovery.ts';
import { type MeetingPlace, openMulticastSocket } from './multicast-socket.ts';
import type { NetworkOptions } from './options.ts';
import { CONTROL_PROTOCOL, type LinkOwner, PeerLinks } from './peer-links.ts';

export interface Libp2pNetworkInit {
  /** Of `createIdentity`. */
  readonly privateKey: Uint8Array;
  /** 32 bytes. */
  readonly meshKey: Uint8Array;
  /** Multiaddrs, `host:port`, or ports; port 0 takes a free one. */
  readonly listen: readonly string[];
  /** Whether to announce and find peers by multicast DNS, and, for tests, where. */
  readonly mdns: boolean | MeetingPlace;
  readonly clock: Clock;
  readonly log: Log;
  readonly options: NetworkOptions;
  readonly random?: Random;
}

/**
 * The network over libp2p: TCP, Noise with the mesh key as prologue, yamux.
 *
 * @throws CONFIG_INVALID for a damaged private key, a mesh key of the wrong size, an unreadable listen address.
 */
export function createLibp2pNetwork(init: Libp2pNetworkInit): Network {
  return new Libp2pNetwork(init);
}

class Libp2pNetwork implements Network {
  readonly self: PeerId;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: NetworkOptions;
  readonly #createNode: () => Promise<Libp2pNode>;
  readonly #links: PeerLinks;
  readonly #streams: BulkStreams;
  readonly #bulk: BulkConnections;
  readonly #gossip: Gossip;
  readonly #calls = new Map<string, CallHandler>();
  readonly #notices = new Map<string, NoticeHandler>();
  readonly #listeners: { [E in keyof NetworkEvents]: Array<NetworkEvents[E]> } = {
    connect: [],
    disconnect: [],
    discover: [],
  };
  readonly #discovery: LocalDiscovery | undefined;
  #node: Libp2pNode | undefined;
  #dialer: ConnectionDialer | undefined;
  #stopping: Promise<void> | undefined;

  constructor(init: Libp2pNetworkInit) {
    const { clock, log, options, random = systemRandom } = init;
    this.self = peerIdOf(init.privateKey);
    this.#clock = clock;
    this.#log = log;
    this.#options = options;
    const secrets = meshSecrets(init.meshKey);
    const listen = init.listen.map(parseListenAddress);
    this.#createNode = () => createLibp2pNode({ privateKey: init.privateKey, secrets, listen, options, log });
    this.#links = new PeerLinks(this.self, this.#linkOwner(), clock, options, log);
    this.#streams = new BulkStreams(clock, options, log, (peer) => this.#links.onStreamChange(peer));
    this.#bulk = new BulkConnections({
      clock,
      log,
      options,
      host: hostOf(listen[0] ?? ''),
      handlerOf: (protocol) => this.#streams.handlerOf(protocol),
    });
    this.#calls.set(BULK_OFFER, (payload, { peer }) => this.#bulk.offer(payload, peer));
    const channels = () => this.#links.channels();
    this.#gossip = new Gossip(this.self, channels, { clock, random, options }, (topic, error) => {
      log.warn({ topic, error: describe(error) }, 'a subscriber failed');
    });
    if (init.mdns === false) return;
    const place = init.mdns === true ? {} : init.mdns;
    this.#discovery = new LocalDiscovery({
      codec: new AnnouncementCodec(secrets.serviceName, secrets.announcementKey),
      clock,
      random,
      queryIntervalMs: options.mdnsQueryIntervalMs,
      self: () => ({ peer: this.self, addresses: this.#announcedAddresses() }),
      onPeer: (address) => this.#emit('discover', address),
      open: (onPacket) => openMulticastSocket(place, log, onPacket),
    });
  }

  async start(): Promise<void> {
    const { libp2p } = await this.#open();
    const { maxStreamsPerPeer } = this.#options;
    libp2p.addEventListener('connection:open', ({ detail }) => this.#links.onConnection(detail));
    libp2p.addEventListener('connection:close', ({ detail }) => this.#links.onConnectionClosed(detail));
    await libp2p.handle(CONTROL_PROTOCOL, (stream, connection) => {
      this.#links.onControlStream(stream, connection);
    });
    await libp2p.handle(
      BULK_PROTOCOL,
      (stream, connection) => void this.#streams.accept(stream, connection),
      {
        maxInboundStreams: 2 * maxStreamsPerPeer,
        maxOutboundStreams: 2 * maxStreamsPerPeer,
      },
    );
    try {
      await libp2p.start();
    } catch (error) {
      this.#node = undefined;
      throw listenFailure(error);
    }
    if (this.#stopping) await libp2p.stop();
    else this.#discovery?.start();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  addresses(): string[] {
    const listening = this.#node?.transports.getAddrs() ?? [];
    const usable = listening.map(String).filter((address) => !/^\/ip6\/fe80:|^\/ip6zone\//.test(address));
    return loopbackLast([...new Set(usable)]);
  }

  connected(): PeerId[] {
    return this.#links.connected();
  }

  isConnected(peer: PeerId): boolean {
    return this.#links.isConnected(peer);
  }

  async connect(target: ConnectTarget, options: CallOptions): Promise<PeerId> {
    const addresses = loopbackLast(target.addresses.flatMap((each) => parseAddress(each).addresses));
    const known = target.peer ?? addresses.map((each) => this.#links.peerAt(each)).find(Boolean);
    const what = target.peer ?? (addresses.join(', ') || 'nowhere');
    const deadline = new Deadline(this.#clock, `Connecting to ${what}`, options);
    try {
      deadline.signal.throwIfAborted();
      if (known === this.self) throw new GismeshError('NETWORK_REFUSED', `${what} is this peer itself.`);
      if (known !== undefined && this.isConnected(known)) return known;
      if (this.#stopping || this.#dialer === undefined) throw closed('The network is not running.');
      const connection = await this.#dialer.dial(target.peer, addresses, deadline.signal);
      const peer = connection.remotePeer.toString();
      await deadline.race(this.#links.whenConnected(peer));
      return peer;
    } catch (error) {
      throw deadline.signal.aborted ? deadline.signal.reason : dialFailure(what, error);
    } finally {
      deadline.dispose();
    }
  }

  async disconnect(peer: PeerId): Promise<void> {
    await this.#links.disconnect(peer);
  }

  async call(peer: PeerId, method: string, payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    return this.#linkTo(peer).channel.call(method, payload, options);
  }

  notify(peer: PeerId, method: string, payload: Uint8Array): void {
    this.#assertSize(payload);
    this.#links.best(peer)?.channel.notify(method, payload);
  }

  onCall(method: string, handler: CallHandler): void {
    this.#calls.set(method, handler);
  }

  onNotice(method: string, handler: NoticeHandler): void {
    this.#notices.set(method, handler);
  }

  async openStream(peer: PeerId, protocol: string, options: StreamOptions): Promise<ByteStream> {
    const own = options.isLarge && (await this.#ownConnection(peer, protocol, options));
    return own || this.#streams.open(this.#linkTo(peer).connection, protocol, options);
  }

  onStream(protocol: string, handler: StreamHandler): void {
    this.#streams.handle(protocol, handler);
  }

  publish(topic: string, payload: Uint8Array): void {
    this.#assertSize(payload);
    if (!this.#stopping) this.#gossip.publish(topic, payload);
  }

  subscribe(topic: string, handler: NoticeHandler): void {
    this.#gossip.subscribe(topic, handler);
  }

  on<E extends keyof NetworkEvents>(event: E, handler: NetworkEvents[E]): void {
    this.#listeners[event].push(handler);
  }

  // --- inside ---

  async #ownConnection(
    peer: PeerId,
    protocol: string,
    options: StreamOptions,
  ): Promise<ByteStream | undefined> {
    const { connection, channel } = this.#linkTo(peer);
    const host = hostOf(connection.remoteAddr.toString());
    if (host === '' || !this.#bulk.isPossible(peer)) return undefined;
    const ask = (payload: Uint8Array) => channel.call(BULK_OFFER, payload, options);
    return this.#bulk.dial(peer, host, protocol, ask, options);
  }

  /** Loopback only where others could mean this machine by it. */
  #announcedAddresses(): string[] {
    const addresses = this.addresses();
    const outer = addresses.filter((address) => !isLoopback(address));
    return outer.length > 0 ? outer : addresses;
  }

  #linkOwner(): LinkOwner {
    return {
      handlerOf: (method) => this.#calls.get(method),
      onNotice: (method, payload, peer) => this.#deliverNotice(method, payload, peer),
      onPublication: (publication, from) => this.#gossip.receive(publication, from),
      onConnect: (peer) => this.#emit('connect', peer),
      onDisconnect: (peer) => {
        this.#bulk.abortOf(peer, closed(`The connection to ${peer} is gone.`));
        this.#emit('disconnect', peer);
      },
      streamsOn: (connection) => this.#streams.countOn(connection),
      isOpeningOn: (connection) => this.#streams.isOpeningOn(connection),
      abortStreams: (connection, reason) => this.#streams.abortOn(connection, reason),
    };
  }

  async #open(): Promise<Libp2pNode> {
    if (this.#stopping || this.#node) throw closed('A network starts once.');
    this.#node = await this.#createNode();
    this.#dialer = new ConnectionDialer(this.#node, this.#clock, this.#options);
    return this.#node;
  }

  async #stop(): Promise<void> {
    await this.#discovery?.stop();
    this.#dialer?.stop(closed('The network is stopped.'));
    await this.#bulk.stop();
    await this.#links.stop();
    await this.#node?.libp2p.stop();
  }

  #assertSize(payload: Uint8Array): void {
    const { maxMessageBytes } = this.#options;
    if (payload.length <= maxMessageBytes) return;
    const message = `A message has ${payload.length} bytes; at most ${maxMessageBytes} are allowed.`;
    throw new GismeshError('MESSAGE_TOO_LARGE', message);
  }

  #linkTo(peer: PeerId) {
    if (this.#stopping) throw closed('The network is stopped.');
    const link = this.#links.best(peer);
    if (link === undefined) throw new GismeshError('NETWORK_UNREACHABLE', `${peer} is not connected.`);
    return link;
  }

  #deliverNotice(method: string, payload: Uint8Array, peer: PeerId): void {
    try {
      this.#notices.get(method)?.(payload.slice(), peer);
    } catch (error) {
      this.#log.warn({ method, peer, error: describe(error) }, 'a handler of notices failed');
    }
  }

  #emit<E extends keyof NetworkEvents>(event: E, ...detail: Parameters<NetworkEvents[E]>): void {
    for (const listener of this.#listeners[event]) {
      try {
        (listener as (...detail: Parameters<NetworkEvents[E]>) => void)(...detail);
      } catch (error) {
        this.#log.warn({ event, error: describe(error) }, 'a listener failed');
      }
    }
  }
}

function listenFailure(error: unknown): GismeshError {
  const [reason] = /listen E[^\n]*/.exec(describe(error)) ?? [describe(error)];
  if (reason.includes('EADDRINUSE')) {
    const remedy = 'End what uses it (maybe another gismesh), or choose another with --listen.';
    return new GismeshError('PORT_TAKEN', `The port of the mesh is taken (${reason}). ${remedy}`, {
      cause: error,
    });
  }
  const remedy = 'Check --listen: is it an address of this machine, and may this user listen there?';
  return new GismeshError('CONFIG_INVALID', `Cannot listen (${reason}). ${remedy}`, { cause: error });
}
