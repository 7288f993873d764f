import { errorCode, GismeshError } from '../../src/core/errors.ts';
import type { MapView } from '../../src/ogc/map-request.ts';
import { stampedImage, stampOf } from '../engine/stamped-image.ts';
import type { Room, Seat } from '../room.ts';

/** People's browsers: each asks the front door on its own machine and looks at what comes. */
export class Clients {
  readonly #room: Room;
  /** Unanswered requests, by the machine that was asked. */
  readonly #pending = new Map<string, Map<number, number>>();
  #sent = 0;

  constructor(room: Room) {
    this.#room = room;
    room.observe((event) => {
      if (event.kind === 'peer-ended') this.#doorDied(event.peer);
    });
  }

  /** Requests without an answer yet. */
  get pending(): number {
    let sum = 0;
    for (const requests of this.#pending.values()) sum += requests.size;
    return sum;
  }

  /** Asks; a machine that does not run has nobody who could. Resolves when the request has ended. */
  async ask(seat: Seat, view: MapView): Promise<void> {
    const room = this.#room;
    const life = seat.peer.life;
    if (!life || !seat.peer.isServing) return;
    const { maps } = life.session;
    const door = seat.peer.name;
    this.#sent += 1;
    const id = this.#sent;
    const sentMs = room.nowMs;
    const project = view.project;
    room.emit({ kind: 'request-sent', atMs: sentMs, id, door, project });
    const hash = maps.project(project)?.hash;
    const pending = this.#pending.get(door) ?? new Map<number, number>();
    this.#pending.set(door, pending);
    pending.set(id, sentMs);
    try {
      // Nobody closes a browser; a signal of its own, as every listener of one is compared with all others of it.
      const { signal } = new AbortController();
      const answer = await maps.image(view, { signal, startedMs: life.process.clock.now() });
      if (!pending.delete(id)) return;
      const latencyMs = room.nowMs - sentMs;
      const { peer: drawnBy, cache } = answer;
      // A front door that did not know the project yet has waited for news of it.
      const right = this.#isRight(answer.body, view, hash ?? maps.project(project)?.hash ?? '');
      room.emit({ kind: 'request-answered', atMs: room.nowMs, id, door, drawnBy, cache, latencyMs, right });
    } catch (error) {
      if (!pending.delete(id)) return;
      const code = error instanceof GismeshError ? errorCode(error) : 'UNTYPED';
      room.emit({ kind: 'request-failed', atMs: room.nowMs, id, door, code, latencyMs: room.nowMs - sentMs });
    }
  }

  #isRight(body: Uint8Array, view: MapView, hash: string): boolean {
    const { bbox, crs, width, height } = view;
    const stamp = stampOf({ hash, layers: ['land'], crs, bbox, width, height });
    const expected = stampedImage(stamp, width, height, this.#room.scenario.service.tileBytes);
    return Buffer.compare(body, expected) === 0;
  }

  /** Who asked at a machine that died has nobody to wait for. */
  #doorDied(door: string): void {
    const pending = this.#pending.get(door);
    this.#pending.delete(door);
    for (const [id, sentMs] of pending ?? []) {
      pending?.delete(id);
      const { nowMs } = this.#room;
      const latencyMs = nowMs - sentMs;
      this.#room.emit({ kind: 'request-failed', atMs: nowMs, id, door, code: DOOR_DIED, latencyMs });
    }
  }
}

/** Code of requests whose own front door ended before the answer; they count neither as answered nor as errors. */
export const DOOR_DIED = 'DOOR_DIED';
