import { NEXT_RELEASE, type Room, type Seat } from './room.ts';

/** Machines are switched on, people come and go, peers are upgraded: what a scenario has happen besides faults. */
export function startDay(room: Room): void {
  const { time } = room.world;
  const { owners, versions } = room.scenario;
  for (const seat of room.seats) {
    if (seat.plan.upgraded) seat.peer.install(NEXT_RELEASE);
    time.at(seat.plan.bootMs, () => start(seat));
    if (!seat.plan.owned) continue;
    time.at(owners.fromMs, () => {
      seat.condition.ownerActive = true;
    });
    if (owners.untilMs === undefined) continue;
    time.at(owners.untilMs, () => {
      seat.condition.ownerActive = false;
    });
  }
  if (versions.upgradeEveryMs > 0) startUpgrades(room, versions.upgradeEveryMs, versions.downMs);
}

/** How long a peer that leaves may take to finish what it has, ms: that of `gismesh start`. */
export const LEAVE_WITHIN_MS = 10_000;

function startUpgrades({ seats, world, scenario }: Room, everyMs: number, downMs: number): void {
  const { time } = world;
  const old = seats.filter(({ plan }) => !plan.upgraded);
  old.forEach((seat, index) => {
    const atMs = scenario.warmUpMs + (index + 1) * everyMs;
    if (atMs >= scenario.durationMs) return;
    time.at(atMs, () => {
      seat.peer.install(NEXT_RELEASE);
      void seat.peer.leave(LEAVE_WITHIN_MS).then(() => {
        time.at(time.nowMs + downMs, () => start(seat));
      });
    });
  });
}

/** A start may find its machine killed before it has got anywhere; then there is nothing to tell. */
function start({ peer }: Seat): void {
  void peer.start();
}
