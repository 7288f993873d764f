import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions } from './conditions.ts';
import { Findings } from './findings.ts';
import type { RoomView } from './room-view.ts';

/** For an end to get around beyond the time that an abandoned drawing may go on: looks are a second apart, ms. */
const GRACE_MS = 2_500;
/** Who could not be told that nobody waits any more learns it within this, ms. */
const AFTERMATH_MS = 30_000;

/** Nobody draws on for nobody: who was slower than another one, or was asked by a front door that died, is told. */
export class WorkChecker implements Checker<RoomView> {
  readonly name = 'work';
  readonly #findings = new Findings(this.name);
  readonly #conditions = new Conditions();
  readonly #abandonedMs: number;
  /** Since when a drawing has been under way at a peer without anybody who waits for it, by both. */
  #unwanted = new Map<string, number>();

  /** @param abandonedMs how long a drawing may go on that nobody waits for */
  constructor(abandonedMs: number) {
    this.#abandonedMs = abandonedMs;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
  }

  sample({ peers }: RoomView, nowMs: number): void {
    const wanted = new Set(peers.flatMap(({ life }) => [...(life?.session.requests.keys() ?? [])]));
    const before = this.#unwanted;
    this.#unwanted = new Map();
    for (const { name, life } of peers) {
      for (const key of life?.session.drawer.keys() ?? []) {
        if (wanted.has(key)) continue;
        const place = `${name} ${key}`;
        const sinceMs = before.get(place) ?? nowMs;
        this.#unwanted.set(place, sinceMs);
        this.#judge(name, sinceMs, nowMs);
      }
    }
  }

  #judge(peer: string, sinceMs: number, nowMs: number): void {
    const unwantedMs = nowMs - sinceMs;
    if (unwantedMs <= this.#abandonedMs + GRACE_MS || !this.#conditions.allHeard(nowMs - AFTERMATH_MS))
      return;
    this.#findings.add(nowMs, `${peer} has drawn for ${unwantedMs} ms what nobody waits for`);
  }
}
