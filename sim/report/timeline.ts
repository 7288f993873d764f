import type { Fault } from '../faults/fault.ts';
import type { RunResult } from '../result.ts';
import type { RunEvent } from '../run-event.ts';
import type { TimelineItem } from './data.ts';

/** More than this cannot be told apart on a screen; deaths and short lanes are kept before owners at work. */
const MAX_ITEMS = 1200;

/** Verdicts on one peer that come within this time are one entry. */
const SAME_DEATH_MS = 60_000;

/** Faults, deaths and jobs taken over of a run in words, in order; bounded. */
export function timelineOf({ timeline, machines, simulatedMs }: RunResult): {
  readonly items: TimelineItem[];
  readonly omitted: number;
} {
  const nameOf = (peer: number) => machines[peer]?.peer ?? `number ${peer}`;
  const ends = endsOf(timeline);
  const faults = timeline.flatMap((event) =>
    event.kind === 'fault-began'
      ? [faultItem(event.fault, nameOf, ends.get(JSON.stringify(event.fault)) ?? simulatedMs)]
      : [],
  );
  const all = [...faults, ...deathItems(timeline), ...takeoverItems(timeline)];
  const kept = all
    .sort((a, b) => Number(isOrdinary(a)) - Number(isOrdinary(b)) || a.atMs - b.atMs)
    .slice(0, MAX_ITEMS)
    .sort((a, b) => a.atMs - b.atMs);
  return { items: kept, omitted: all.length - kept.length };
}

function isOrdinary({ lane }: TimelineItem): boolean {
  return lane === 'People at work';
}

/** When each fault ended; the last moment of the run may come before, and so may the healing. */
export function endsOf(timeline: readonly RunEvent[]): Map<string, number> {
  return new Map(
    timeline.flatMap((event) =>
      event.kind === 'fault-ended' ? [[JSON.stringify(event.fault), event.atMs] as const] : [],
    ),
  );
}

function faultItem(fault: Fault, nameOf: (peer: number) => string, lastMs: number): TimelineItem {
  const { lane, text, forMs } = inWords(fault, nameOf);
  if (forMs === undefined) return { lane, text, atMs: fault.atMs };
  return { lane, text, atMs: fault.atMs, untilMs: Math.min(fault.atMs + forMs, lastMs) };
}

type Words = Pick<TimelineItem, 'lane' | 'text'> & { readonly forMs?: number };

function inWords(fault: Fault, nameOf: (peer: number) => string): Words {
  switch (fault.kind) {
    case 'kill':
      return off(`${nameOf(fault.peer)}: its process is killed`, fault.downMs);
    case 'power-loss':
      return off(`${nameOf(fault.peer)}: the plug is pulled`, fault.downMs);
    case 'disk-loss':
      return off(`${nameOf(fault.peer)} loses its disk`, fault.downMs);
    case 'leave':
      return off(`${nameOf(fault.peer)} says goodbye and is switched off`, fault.downMs);
    case 'stall':
      return frozen(`${nameOf(fault.peer)} stands still`, fault.forMs);
    case 'suspend':
      return frozen(`${nameOf(fault.peer)}: the lid is closed`, fault.forMs);
    case 'clock-jump':
      return frozen(`${nameOf(fault.peer)}: its clock jumps by ${seconds(fault.byMs)}`);
    case 'partition':
      return network(
        `${names(fault.peers, nameOf)} cut off${fault.oneWay ? ' in one direction' : ''}`,
        fault.forMs,
      );
    case 'bad-network':
      return network(`${names(fault.peers, nameOf)}: ${networkTrouble(fault)}`, fault.forMs);
    case 'slow-reader':
      return network(`${nameOf(fault.peer)} reads ${fault.bytesPerMs} kB/s at most`, fault.forMs);
    case 'reset':
      return network(`${nameOf(fault.peer)}: all its connections break`);
    case 'disk-full':
      return engine(`${nameOf(fault.peer)}: its disk is full`, fault.forMs);
    case 'engine-failure':
      return engine(`${nameOf(fault.peer)} fails ${percent(fault.rate)} of its drawings`, fault.forMs);
    case 'engine-slow':
      return engine(`${nameOf(fault.peer)} draws ${fault.factor} times slower`, fault.forMs);
    case 'memory-pressure':
      return engine(`${nameOf(fault.peer)} is short of memory`, fault.forMs);
    case 'owner-active':
      return { lane: 'People at work', text: `Somebody works at ${nameOf(fault.peer)}`, forMs: fault.forMs };
    case 'project-change':
      return {
        lane: 'Projects',
        text: `Another version of project ${fault.project} at ${names(fault.peers, nameOf)}`,
      };
  }
}

const off = (text: string, forMs: number): Words => ({ lane: 'Machines off', text, forMs });
const engine = (text: string, forMs: number): Words => ({ lane: 'Disk and engine', text, forMs });
const frozen = (text: string, forMs?: number): Words => ({
  lane: 'Asleep or frozen',
  text,
  ...lasting(forMs),
});
const network = (text: string, forMs?: number): Words => ({ lane: 'Network', text, ...lasting(forMs) });
const lasting = (forMs?: number) => (forMs === undefined ? {} : { forMs });

function networkTrouble({ loss, duplication, extraLatencyMs }: Extract<Fault, { kind: 'bad-network' }>) {
  const troubles = [
    loss > 0 && `${percent(loss)} of packets lost`,
    duplication > 0 && `${percent(duplication)} doubled`,
    extraLatencyMs > 0 && `${extraLatencyMs} ms late`,
  ];
  return troubles.filter(Boolean).join(', ') || 'a bad network';
}

/** One entry per death, with how many noticed it: in a big room hundreds do. */
function deathItems(timeline: readonly RunEvent[]): TimelineItem[] {
  interface Death {
    readonly peer: string;
    readonly atMs: number;
    readonly rightly: boolean;
    witnesses: number;
  }
  const deaths: Death[] = [];
  const latest = new Map<string, Death>();
  for (const event of timeline) {
    if (event.kind !== 'declared-dead') continue;
    const known = latest.get(event.peer);
    if (known && known.rightly === event.rightly && event.atMs - known.atMs < SAME_DEATH_MS) {
      known.witnesses += 1;
      continue;
    }
    const death = { peer: event.peer, atMs: event.atMs, rightly: event.rightly, witnesses: 1 };
    deaths.push(death);
    latest.set(event.peer, death);
  }
  return deaths.map(({ peer, atMs, rightly, witnesses }) => ({
    lane: 'Taken for dead',
    atMs,
    text:
      `${peer} is taken for dead by ${witnesses} ${witnesses === 1 ? 'peer' : 'peers'}` +
      (rightly ? '; others take over its work' : ', though it lives'),
    ...(rightly ? {} : { isBad: true as const }),
  }));
}

function takeoverItems(timeline: readonly RunEvent[]): TimelineItem[] {
  return timeline.flatMap((event) => {
    if (event.kind !== 'job-moved') return [];
    const { atMs, from, by, epoch, reason } = event;
    const why = reason === '' ? '' : `: ${reason}`;
    const text =
      from === by
        ? `${by} begins a job anew, attempt ${epoch}${why}`
        : `${by} takes over a job of ${from}, attempt ${epoch}${why}`;
    return [{ lane: 'Jobs taken over' as const, atMs, text }];
  });
}

function names(peers: readonly number[], nameOf: (peer: number) => string): string {
  if (peers.length <= 3) return peers.map(nameOf).join(', ');
  return `${peers.length} machines (${nameOf(peers[0]!)}, …)`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(3))} s`;
}
