import type { Clock, Timer } from '../../platform/clock.ts';
import type { PeerAddress } from '../../platform/network.ts';
import type { Random } from '../../platform/random.ts';
import type { AnnouncementCodec } from './announcement.ts';
import type { MulticastSocket } from './multicast-socket.ts';

export interface LocalDiscoveryInit {
  readonly codec: AnnouncementCodec;
  readonly clock: Clock;
  readonly random: Random;
  readonly queryIntervalMs: number;
  /** This peer, as others can dial it now. */
  self(): PeerAddress;
  onPeer(address: PeerAddress): void;
  open(onPacket: (packet: Uint8Array) => void): MulticastSocket;
}

/** The first questions of a peer come fast, each some time after the one before (RFC 6762 section 5.2). */
const FIRST_DELAY_MS = 100;
const EARLY_DELAYS = [
  { untilMs: 1000, delayMs: 1000 },
  { untilMs: 4000, delayMs: 3000 },
];
/** Answers of many are spread (section 6) and not repeated within a second. */
const ANSWER_DELAY_MS = { least: 20, most: 120 };
const ANSWER_PAUSE_MS = 1000;
/** How often to look for new interfaces and addresses. */
const CHECK_MS = 5000;

/**
 * Finds the peers of the mesh on the local network by multicast DNS.
 *
 * Everybody hears every question and every answer, so one question in each interval does for all: who hears one
 * puts off his own (section 7.3). The traffic of a mesh of n peers is n answers in an interval, not n times n.
 */
export class LocalDiscovery {
  readonly #init: LocalDiscoveryInit;
  #socket: MulticastSocket | undefined;
  #startedAt = 0;
  #questionTimer: Timer | undefined;
  #answerTimer: Timer | undefined;
  #checkTimer: Timer | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #announced = '';

  constructor(init: LocalDiscoveryInit) {
    this.#init = init;
  }

  start(): void {
    this.#socket = this.#init.open((packet) => this.#onPacket(packet));
    this.#begin();
    this.#scheduleCheck();
  }

  async stop(): Promise<void> {
    for (const timer of [this.#questionTimer, this.#answerTimer, this.#checkTimer]) timer?.cancel();
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.close();
  }

  #onPacket(packet: Uint8Array): void {
    if (this.#socket === undefined) return;
    const heard = this.#init.codec.read(packet);
    if (heard?.kind === 'question') {
      this.#onQuestion();
    } else if (heard !== undefined && heard.peer !== this.#init.self().peer) {
      this.#init.onPeer({ peer: heard.peer, addresses: heard.addresses });
    }
  }

  #begin(): void {
    this.#startedAt = this.#init.clock.now();
    this.#scheduleQuestion(FIRST_DELAY_MS);
  }

  #scheduleQuestion(delayMs: number): void {
    this.#questionTimer?.cancel();
    this.#questionTimer = this.#after(delayMs, () => {
      this.#socket?.send(this.#init.codec.question());
      this.#onQuestion();
    });
  }

  /** Somebody asked, this peer or another. */
  #onQuestion(): void {
    const ageMs = this.#init.clock.now() - this.#startedAt;
    const early = EARLY_DELAYS.find(({ untilMs }) => ageMs < untilMs);
    this.#scheduleQuestion(early?.delayMs ?? this.#init.queryIntervalMs);
    this.#scheduleAnswer();
  }

  #scheduleAnswer(): void {
    if (this.#answerTimer) return;
    const { clock, random } = this.#init;
    const { least, most } = ANSWER_DELAY_MS;
    const pauseMs = this.#answeredAt + ANSWER_PAUSE_MS - clock.now();
    const delayMs = Math.max(0, pauseMs) + least + random.next() * (most - least);
    this.#answerTimer = clock.after(delayMs, () => this.#answer());
  }

  #answer(): void {
    this.#answerTimer = undefined;
    this.#answeredAt = this.#init.clock.now();
    const self = this.#init.self();
    this.#announced = self.addresses.join();
    if (self.addresses.length > 0) this.#socket?.send(this.#init.codec.announcement(self));
  }

  /** A new interface, or a new address of an old one: like starting anew. */
  #scheduleCheck(): void {
    this.#checkTimer = this.#after(CHECK_MS, () => {
      this.#socket?.refresh();
      if (this.#announced !== '' && this.#init.self().addresses.join() !== this.#announced) this.#begin();
      this.#scheduleCheck();
    });
  }

  /** Around `delayMs`, so that the peers do not keep step. */
  #after(delayMs: number, callback: () => void): Timer {
    return this.#init.clock.after(delayMs * (0.75 + this.#init.random.next() / 2), callback);
  }
}
