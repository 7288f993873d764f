import { GismeshError } from '../src/core/errors.ts';
import type {
  ByteStream,
  CallHandler,
  CallOptions,
  Network,
  NetworkEvents,
  NoticeHandler,
  PeerId,
  StreamHandler,
} from '../src/platform/network.ts';
import { Calls } from './calls.ts';
import type { MachineClock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { Fabric } from './fabric.ts';
import { Gossip, type Neighbour } from './gossip.ts';
import { knockInVain, type Party, refused, shakeHands } from './handshake.ts';
import { Streams } from './streams.ts';
import { cancelled, within } from './within.ts';

/** Where a network lives: the wires, and who listens at which address. */
export interface Surroundings {
  readonly fabric: Fabric;
  readonly listening: Map<string, SimulatedNetwork>;
  /** Whose machine has, or last had, which address, whether anything listens there or not. */
  readonly machines: Map<string, PeerId>;
}

/** Peers whose `mesh` differs refuse each other in the handshake. */
export interface SimulatedIdentity {
  readonly peer: PeerId;
  readonly mesh: string;
}

/** One peer's network in a simulated world. */
export class SimulatedNetwork implements Network, Party<SimulatedNetwork> {
  readonly self: PeerId;
  readonly clock: MachineClock;
  readonly #fabric: Fabric;
  readonly #listening: Map<string, SimulatedNetwork>;
  readonly #machines: Map<string, PeerId>;
  readonly mesh: string;
  #addresses: readonly string[];
  #state: 'new' | 'started' | 'stopped' = 'new';
  readonly #connections = new Map<PeerId, Array<Connection<SimulatedNetwork>>>();
  readonly #listeners: { [E in keyof NetworkEvents]: Array<NetworkEvents[E]> } = {
    connect: [],
    disconnect: [],
    discover: [],
  };
  readonly #calls: Calls;
  readonly #gossip: Gossip;
  /** Kept until a connection comes or goes. */
  #neighbours: Neighbour[] | undefined;
  readonly #noticeHandlers = new Map<string, NoticeHandler>();
  readonly #streams: Streams;

  constructor(
    surroundings: Surroundings,
    clock: MachineClock,
    identity: SimulatedIdentity,
    addresses: readonly string[],
  ) {
    this.#fabric = surroundings.fabric;
    this.#listening = surroundings.listening;
    this.#machines = surroundings.machines;
    this.clock = clock;
    this.self = identity.peer;
    this.mesh = identity.mesh;
    this.#addresses = addresses;
    this.#calls = new Calls(this, this.#fabric.options);
    this.#streams = new Streams(this, this.#fabric);
    this.#gossip = new Gossip(this, this.#fabric.random, this.#fabric.options, () => this.#neighbourhood());
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') throw new GismeshError('NETWORK_CLOSED', 'a network starts only once');
    this.#state = 'started';
    this.#listen();
  }

  async stop(): Promise<void> {
    this.#leave();
  }

  addresses(): string[] {
    return [...this.#addresses];
  }

  connected(): PeerId[] {
    return [...this.#connections.keys()];
  }

  get isStarted(): boolean {
    return this.#state === 'started';
  }

  isConnected(peer: PeerId): boolean {
    return this.#connections.has(peer);
  }

  async connect(
    target: { peer?: PeerId; addresses: readonly string[] },
    options: CallOptions,
  ): Promise<PeerId> {
    this.#assertUsable(options.signal);
    if (target.peer === this.self) throw refused('this peer does not connect to itself');
    if (target.peer !== undefined && this.isConnected(target.peer)) return target.peer;
    const listeners = target.addresses.map((address) => this.#listening.get(address));
    if (listeners.includes(this)) throw refused('the address is of this very peer');
    const remote = listeners.find((listener) => listener !== undefined);
    const silent = target.addresses.map((address) => this.#machines.get(address));
    const machine = silent.find((peer) => peer !== undefined);
    const where = target.addresses.join(', ');
    const attempt = { givenUp: false };
    return within<PeerId>(
      this.clock,
      options,
      `connecting to ${where}`,
      (resolve, reject) => {
        if (remote) shakeHands(this.#fabric, this, remote, target.peer, attempt, { resolve, reject });
        else knockInVain(this.#fabric, this, machine, where, reject);
      },
      () => {
        attempt.givenUp = true;
      },
    );
  }

  async disconnect(peer: PeerId): Promise<void> {
    for (const connection of [...(this.#connections.get(peer) ?? [])]) connection.close(this);
  }

  call(peer: PeerId, method: string, payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    try {
      this.#assertUsable(options.signal);
      this.#assertSize(payload);
      const connection = this.#connectionTo(peer);
      if (!this.#hasRoomFor(connection, payload)) throw new GismeshError('BUSY', `${peer} does not read`);
      return this.#calls.call(connection, connection.opposite(this).#calls, method, payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  notify(peer: PeerId, method: string, payload: Uint8Array): void {
    this.#assertSize(payload);
    const connection = this.#connections.get(peer)?.[0];
    if (connection === undefined || !this.#hasRoomFor(connection, payload)) return;
    if (this.#fabric.random.chance(this.#fabric.options.noticeLoss)) return;
    const remote = connection.opposite(this);
    connection.send(this, payload.length, `notice ${method}`, () => remote.#hear(method, payload, this.self));
  }

  onCall(method: string, handler: CallHandler): void {
    this.#calls.handle(method, handler);
  }

  onNotice(method: string, handler: NoticeHandler): void {
    this.#noticeHandlers.set(method, handler);
  }

  async openStream(peer: PeerId, protocol: string, options: CallOptions): Promise<ByteStream> {
    this.#assertUsable(options.signal);
    const connection = this.#connectionTo(peer);
    return this.#streams.openTo(connection, connection.opposite(this).#streams, protocol, options);
  }

  onStream(protocol: string, handler: StreamHandler): void {
    this.#streams.handle(protocol, handler);
  }

  publish(topic: string, payload: Uint8Array): void {
    this.#assertSize(payload);
    if (this.#state === 'started') this.#gossip.publish(topic, payload);
  }

  subscribe(topic: string, handler: NoticeHandler): void {
    this.#gossip.subscribe(topic, handler);
  }

  on<E extends keyof NetworkEvents>(event: E, handler: NetworkEvents[E]): void {
    this.#listeners[event].push(handler);
  }

  // --- looking ---

  /** Streams of which at least one direction is open. */
  get openStreams(): number {
    return this.#streams.open;
  }

  /** Calls without an answer, made and served. */
  get openCalls(): number {
    return this.#calls.open;
  }

  /** The most that one stream has been given to send and its reader has not consumed. */
  get unreadStreamBytes(): number {
    return this.#streams.unreadBytes;
  }

  // --- what the world does to it ---

  /** Announces this peer to another one, as multicast DNS would. */
  announceTo(other: SimulatedNetwork): void {
    const address = { peer: this.self, addresses: this.addresses() };
    this.#fabric.announcement(this.self, other.self, () =>
      other.clock.deliver(() => {
        if (other.#state !== 'started') return;
        for (const handler of other.#listeners.discover) handler(address);
      }),
    );
  }

  /** Moves to other addresses, as when the machine changes its network: every connection breaks. */
  move(addresses: readonly string[]): void {
    this.#unlisten();
    this.#addresses = addresses;
    if (this.#state === 'started') this.#listen();
    for (const connection of this.#all()) connection.reset();
  }

  /** The process dies; its kernel closes its connections, as far as the cable lets it. */
  kill(): void {
    this.clock.end();
    this.#leave();
  }

  // --- connections ---

  opened(peer: PeerId, connection: Connection<SimulatedNetwork>): void {
    const connections = this.#connections.get(peer);
    if (connections) {
      connections.push(connection);
      return;
    }
    this.#connections.set(peer, [connection]);
    this.#neighbours = undefined;
    for (const handler of this.#listeners.connect) handler(peer);
  }

  closed(connection: Connection<SimulatedNetwork>): void {
    const peer = connection.opposite(this).self;
    const connections = this.#connections.get(peer);
    const index = connections?.indexOf(connection) ?? -1;
    if (!connections || index < 0) return;
    connections.splice(index, 1);
    this.#neighbours = undefined;
    if (connections.length === 0) this.#connections.delete(peer);
    this.#calls.lose(connection);
    this.#streams.lose(connection);
    if (connections.length > 0) return;
    for (const handler of this.#listeners.disconnect) handler(peer);
  }

  #leave(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#unlisten();
    for (const connection of this.#all()) connection.close(this);
  }

  #listen(): void {
    for (const address of this.#addresses) {
      this.#listening.set(address, this);
      this.#machines.set(address, this.self);
    }
  }

  #unlisten(): void {
    for (const address of this.#addresses) {
      if (this.#listening.get(address) === this) this.#listening.delete(address);
    }
  }

  #all(): Array<Connection<SimulatedNetwork>> {
    return [...this.#connections.values()].flat();
  }

  #neighbourhood(): Neighbour[] {
    this.#neighbours ??= [...this.#connections.values()].map(([connection]) => ({
      connection: connection!,
      gossip: connection!.opposite(this).#gossip,
      hasRoomFor: (payload) => this.#hasRoomFor(connection!, payload),
    }));
    return this.#neighbours;
  }

  #connectionTo(peer: PeerId): Connection<SimulatedNetwork> {
    const connection = this.#connections.get(peer)?.[0];
    if (connection === undefined) throw new GismeshError('NETWORK_UNREACHABLE', `${peer} is not connected`);
    return connection;
  }

  // --- what comes over them ---

  #hear(method: string, payload: Uint8Array, from: PeerId): void {
    try {
      this.#noticeHandlers.get(method)?.(payload, from);
    } catch {
      // A broken handler harms nobody else: as over a real network.
    }
  }

  #assertUsable(signal: AbortSignal | undefined): void {
    if (this.#state !== 'started') throw new GismeshError('NETWORK_CLOSED', 'the network is not running');
    if (signal?.aborted) throw cancelled(signal);
  }

  /** Whether the other end reads what it is sent, or not too much of it waits. */
  #hasRoomFor(connection: Connection<SimulatedNetwork>, payload: Uint8Array): boolean {
    return connection.unreadBytes(this) + payload.length <= this.#fabric.options.maxQueuedBytes;
  }

  #assertSize(payload: Uint8Array): void {
    const limit = this.#fabric.options.maxMessageBytes;
    if (payload.length > limit) {
      throw new GismeshError('MESSAGE_TOO_LARGE', `${payload.length} bytes exceed the limit of ${limit}`);
    }
  }
}
