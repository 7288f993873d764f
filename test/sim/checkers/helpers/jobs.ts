import type { RoomView } from '../../../../sim/checkers/room-view.ts';
import type { JobEvent } from '../../../../sim/jobs/job-event.ts';
import type { JobStatus } from '../../../../src/core/jobs/job-status.ts';
import type { StatusRecord } from '../../../../src/core/jobs/status-record.ts';
import { writing } from '../../../../src/jobs/wire.ts';
import { START_MS } from '../../../core/jobs/helpers/statuses.ts';

type Of<K extends JobEvent['kind']> = Extract<JobEvent, { kind: K }>;

const LATER_MS = 4e12;

/** What a peer holds of `job-1` from now on. */
export function status(peer: string, given: Partial<Of<'job-status'>> = {}): Of<'job-status'> {
  const running = { state: 'running', epoch: 1, owner: 'peer-1', seq: 1, progress: 0 } as const;
  return { kind: 'job-status', atMs: 1000, peer, job: 'job-1', ...running, ...given };
}

/** Its way through the front door of `peer-1`. */
export function acceptedAt(atMs: number, given: Partial<Of<'job-accepted'>> = {}): JobEvent[] {
  const ticket = 1;
  const assignment = { workMs: 1000, bytes: 1000, word: 'word', fails: false, isOnce: false, isQuiet: false };
  return [
    { kind: 'job-submitted', atMs, ticket, door: 'peer-1' },
    { kind: 'job-accepted', atMs, ticket, door: 'peer-1', job: 'job-1', copies: 2, ...assignment, ...given },
  ];
}

export function run(kind: 'began' | 'ended', given: { atMs: number; epoch: number; peer: string }): JobEvent {
  if (kind === 'began') return { kind: 'job-run-began', job: 'job-1', ...given };
  return { kind: 'job-run-ended', job: 'job-1', end: 'done', ...given };
}

interface Held {
  readonly statuses?: readonly JobStatus[];
  /** Whether what these jobs were asked to do is on its disk as well. */
  readonly hasRequests?: boolean;
  /** Artifacts on its disk. */
  readonly artifacts?: readonly string[];
  /** Its process runs. */
  readonly isRunning?: boolean;
  /** All others hold it for dead. */
  readonly isDead?: boolean;
  readonly load?: { readonly running: number; readonly queued: number };
  readonly offersProcesses?: boolean;
  /** Its wall clock, ms. */
  readonly wallMs?: number;
}

/** A room of peers that hold these. */
export function roomOf(...held: readonly Held[]): RoomView {
  const peers = held.map((one, number) => {
    const { statuses = [], hasRequests = true, artifacts = [], isRunning = true, load } = one;
    const { offersProcesses = true, wallMs = START_MS } = one;
    const records = new Map<string, StatusRecord>(statuses.map((each) => [each.id, writing(each, LATER_MS)]));
    const requests = new Map(hasRequests ? statuses.map(({ id }) => [id, new Uint8Array()]) : []);
    const files = new Map(artifacts.map((artifact) => [`content/${artifact}`, {}]));
    const life = {
      process: { clock: { running: true, wallTime: () => wallMs } },
      membership: {
        members: () =>
          held.map(({ isDead = false }, other) => ({
            peer: `peer-${other + 1}`,
            self: other === number,
            state: isDead ? 'dead' : 'alive',
          })),
      },
      jobs: {
        artifacts: { store: { has: (artifact: string) => artifacts.includes(artifact) } },
        service: {
          load: load ?? { running: 0, queued: 0 },
          processes: { digest: offersProcesses ? 'some' : '' },
        },
      },
    };
    return {
      name: `peer-${number + 1}`,
      jobs: { statuses: { content: { records, requests } }, files: { files }, slots: 2 },
      life: isRunning ? life : undefined,
    };
  });
  return { peers, world: { fabric: { observe: () => {} } } } as unknown as RoomView;
}
