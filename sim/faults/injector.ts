import { LEAVE_WITHIN_MS } from '../day.ts';
import type { LinkTrouble } from '../fabric.ts';
import type { Room, Seat } from '../room.ts';
import type { Fault, FaultKind } from './fault.ts';
import { durationOf, peersOf } from './span.ts';

type Kind<K extends FaultKind> = Extract<Fault, { kind: K }>;

/** Faults during which a peer's process does not run. */
const DOWN: ReadonlySet<FaultKind> = new Set(['kill', 'power-loss', 'disk-loss', 'leave']);
/** Faults during which it stands still. */
const STILL: ReadonlySet<FaultKind> = new Set(['stall', 'suspend']);

/**
 * Makes faults happen to a room at their times, and ends them. Where several befall the same peer, the last one to
 * end sets it free.
 */
export class FaultInjector {
  readonly #room: Room;
  readonly #active = new Set<Fault>();
  /** Owners that had been there before the first fault brought them. */
  readonly #ownersBefore = new Map<Seat, boolean>();
  #healed = false;

  constructor(room: Room) {
    this.#room = room;
  }

  schedule(faults: readonly Fault[]): void {
    const { time } = this.#room.world;
    for (const fault of faults) time.at(fault.atMs, () => this.#happen(fault));
  }

  /** Ends every fault, lets no more happen, and starts every peer that does not run. */
  heal(): void {
    this.#healed = true;
    for (const fault of [...this.#active]) this.#finish(fault);
    for (const seat of this.#room.seats) this.#start(seat);
  }

  #happen(fault: Fault): void {
    if (this.#healed) return;
    this.#room.emit({ kind: 'fault-began', atMs: this.#room.nowMs, fault });
    this.#active.add(fault);
    for (const seat of this.#seats(fault)) this.#begin(fault, seat);
    if (fault.kind === 'partition') this.#cut(fault);
    if (fault.kind === 'project-change') this.#room.changeProject(fault.project, fault.peers);
    const { time } = this.#room.world;
    if (durationOf(fault) > 0) time.at(time.nowMs + durationOf(fault), () => this.#finish(fault));
    else this.#finish(fault);
  }

  #finish(fault: Fault): void {
    if (!this.#active.delete(fault)) return;
    for (const seat of this.#seats(fault)) this.#end(fault, seat);
    if (fault.kind === 'partition') this.#mend(fault);
    this.#room.emit({ kind: 'fault-ended', atMs: this.#room.nowMs, fault });
  }

  #begin(fault: Fault, seat: Seat): void {
    const { peer } = seat;
    const clock = peer.life?.process.clock;
    switch (fault.kind) {
      case 'kill':
        peer.kill();
        break;
      case 'power-loss':
        peer.losePower();
        break;
      case 'disk-loss':
        peer.loseDisk();
        break;
      case 'leave':
        // The rest of it, should the process not end by itself, is done at the fault's end.
        void peer.leave(LEAVE_WITHIN_MS);
        break;
      case 'stall':
        clock?.stall();
        break;
      case 'suspend':
        clock?.suspend();
        break;
      case 'clock-jump':
        peer.machine.shiftWallTime(fault.byMs);
        break;
      case 'reset':
        this.#room.world.fabric.resetAll(peer.name);
        break;
      default:
        this.#adjust(seat);
    }
  }

  #end(fault: Fault, seat: Seat): void {
    const { peer } = seat;
    if (fault.kind === 'leave' && peer.life && !peer.isServing) peer.kill();
    if (DOWN.has(fault.kind)) {
      if (!this.#has(seat, DOWN)) this.#start(seat);
    } else if (STILL.has(fault.kind)) {
      if (!this.#has(seat, STILL)) peer.life?.process.clock.resume();
    } else {
      this.#adjust(seat);
    }
  }

  #start(seat: Seat): void {
    void seat.peer.start();
  }

  /** Sets what the faults of a peer together make of its machine. */
  #adjust(seat: Seat): void {
    const { peer, condition } = seat;
    peer.machine.disk.full = this.#of(seat, 'disk-full').length > 0;
    if (peer.jobs) peer.jobs.full = peer.machine.disk.full;
    condition.failureRate = Math.max(0, ...this.#of(seat, 'engine-failure').map(({ rate }) => rate));
    const pressures = this.#of(seat, 'memory-pressure');
    const slow = [...this.#of(seat, 'engine-slow'), ...pressures];
    condition.slowFactor = Math.max(1, ...slow.map(({ factor }) => factor));
    condition.shortOfMemory = pressures.length > 0;
    peer.life?.engine.closeSurplus();
    this.#adjustOwner(seat);
    const readers = this.#of(seat, 'slow-reader').map(({ bytesPerMs }) => bytesPerMs);
    this.#room.world.fabric.readSlowly(peer.name, Math.min(Infinity, ...readers));
    const troubles = this.#of(seat, 'bad-network');
    if (troubles.length > 0) this.#room.world.fabric.trouble(peer.name, worstOf(troubles));
    else this.#room.world.fabric.relieve(peer.name);
  }

  #adjustOwner(seat: Seat): void {
    const { condition } = seat;
    if (this.#of(seat, 'owner-active').length > 0) {
      if (!this.#ownersBefore.has(seat)) this.#ownersBefore.set(seat, condition.ownerActive);
      condition.ownerActive = true;
      return;
    }
    condition.ownerActive = this.#ownersBefore.get(seat) ?? condition.ownerActive;
    this.#ownersBefore.delete(seat);
  }

  // --- who hears whom ---

  #cut(fault: Kind<'partition'>): void {
    const { inside, outside } = this.#sides(fault);
    this.#room.world.fabric.block(outside, inside);
    if (!fault.oneWay) this.#room.world.fabric.block(inside, outside);
  }

  #mend(fault: Kind<'partition'>): void {
    const { fabric } = this.#room.world;
    const { inside, outside } = this.#sides(fault);
    const others = [...this.#active].filter((active) => active.kind === 'partition');
    for (const [from, to] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      for (const peer of from)
        fabric.unblock(
          [peer],
          to.filter((other) => !this.#isCut(others, peer, other)),
        );
    }
  }

  #isCut(partitions: readonly Kind<'partition'>[], from: string, to: string): boolean {
    return partitions.some((partition) => {
      const { inside } = this.#sides(partition);
      const [fromInside, toInside] = [inside.includes(from), inside.includes(to)];
      return fromInside !== toInside && (toInside || !partition.oneWay);
    });
  }

  #sides({ peers }: Kind<'partition'>): { inside: string[]; outside: string[] } {
    const inside = new Set(peers);
    const names = (isInside: boolean) =>
      this.#room.seats.filter(({ number }) => inside.has(number) === isInside).map(({ peer }) => peer.name);
    return { inside: names(true), outside: names(false) };
  }

  // --- what befalls whom ---

  #seats(fault: Fault): Seat[] {
    if (fault.kind === 'partition' || fault.kind === 'project-change') return [];
    return peersOf(fault).flatMap((number) => this.#room.seats[number] ?? []);
  }

  #has({ number }: Seat, kinds: ReadonlySet<FaultKind>): boolean {
    return [...this.#active].some((fault) => kinds.has(fault.kind) && peersOf(fault).includes(number));
  }

  #of<K extends FaultKind>({ number }: Seat, kind: K): Kind<K>[] {
    const ofKind = [...this.#active].filter((fault): fault is Kind<K> => fault.kind === kind);
    return ofKind.filter((fault) => peersOf(fault).includes(number));
  }
}

function worstOf(troubles: readonly LinkTrouble[]): LinkTrouble {
  const worst = (figure: keyof LinkTrouble) => Math.max(...troubles.map((trouble) => trouble[figure]));
  return {
    loss: worst('loss'),
    duplication: worst('duplication'),
    extraLatencyMs: worst('extraLatencyMs'),
  };
}
