import type { JobStatus } from '../../src/core/jobs/job-status.ts';
import type { Condition } from '../engine/condition.ts';
import type { PeerPlan } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { Room } from '../room.ts';
import { JobPlace } from './job-place.ts';
import { SIMULATED_PROCESSES } from './processes.ts';
import { type RunEnd, SimulatedProcesses } from './provider.ts';
import type { AttemptName } from './scratch.ts';

interface Situation {
  readonly number: number;
  readonly machine: Machine;
  readonly plan: PeerPlan;
  readonly condition: Condition;
}

/** What a machine of the room has for jobs; nothing in a room without jobs, which then cost nothing. */
export function jobPlaceFor(
  room: Pick<Room, 'scenario' | 'world' | 'config' | 'nowMs' | 'emit'>,
  { number, machine, plan, condition }: Situation,
): JobPlace | undefined {
  const { perMinute, providers } = room.scenario.load.jobs;
  if (perMinute === 0) return undefined;
  const { peer } = machine;
  const offers = providers === 'all' || number < providers ? SIMULATED_PROCESSES : [];
  const began = (attempt: AttemptName) =>
    room.emit({ kind: 'job-run-began', atMs: room.nowMs, peer, ...attempt });
  const ended = (attempt: AttemptName, end: RunEnd) =>
    room.emit({ kind: 'job-run-ended', atMs: room.nowMs, peer, ...attempt, end });
  return new JobPlace({
    random: room.world.random.split(`jobs of ${peer}`),
    config: room.config,
    slots: Math.ceil(plan.slots / 2),
    provider: () => new SimulatedProcesses({ peer, condition, offers, onBegan: began, onEnded: ended }),
    onStatus: ({ status }) => tellStatus(room, peer, status),
  });
}

function tellStatus(room: Pick<Room, 'nowMs' | 'emit'>, peer: string, status: JobStatus): void {
  const { id: job, state, epoch, owner, seq, progress, attempts } = status;
  const atMs = room.nowMs;
  room.emit({ kind: 'job-status', atMs, peer, job, state, epoch, owner, seq, progress });
  if (owner !== peer || epoch < 2 || seq > 0 || state !== 'running') return;
  const { owner: from = '', reason = '' } = attempts.at(-2) ?? {};
  room.emit({ kind: 'job-moved', atMs, job, epoch, from, by: peer, reason });
}
