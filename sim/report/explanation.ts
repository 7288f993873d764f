import type { PolicyFigures } from '../comparison.ts';
import type { ReportData, TimelineItem } from './data.ts';
import { counted, digits, duration, longTime, share, whole } from './numbers.ts';
import { isBound, POLICY_WORDS } from './policies.ts';

/** What is to be seen in a report, a paragraph each, for somebody who teaches maps and not networks. */
export function explanation(data: ReportData, policies: readonly PolicyFigures[]): string[] {
  const shown = policies.find(({ policy }) => policy === 'bid') ?? policies[0];
  if (!shown) return ['Nothing was played to its end: there is nothing to see yet.'];
  const room = theRoom(data, shown);
  if (policies.length === 1) {
    const how =
      shown.policy === 'bid' ? HOW : `Who draws was chosen like this: ${POLICY_WORDS[shown.policy]}.`;
    return [
      `${room} ${how}`,
      howFast(data, shown),
      howWell(shown),
      whatJobs(shown),
      whatHappened(data),
    ].filter(Boolean);
  }
  return [
    `${room} ${HOW}`,
    `The same people asked for the same maps on the same computers ${counted(policies.length, 'time')}, ` +
      'and only the way of choosing the computer that draws was another one.',
    whoWon(policies),
    whatJobs(shown),
    whatHappened(data),
  ].filter(Boolean);
}

/** What a mesh is, for somebody who hears of it for the first time. */
const HOW =
  'Every computer runs the same program. Whoever wants a map asks his own computer; it asks a few others how soon ' +
  'each could have it drawn, and has the soonest draw it. Nobody is in charge: when one goes off, the others go on.';

function theRoom(data: ReportData, { peers, simulatedMs }: PolicyFigures): string {
  const sites = new Set(data.runs[0]?.machines.map(({ site }) => site)).size;
  const where = sites > 1 ? ` at ${sites} sites` : '';
  return `${counted(peers, 'computer')}${where} drew maps for each other for ${longTime(simulatedMs)}, with no server.`;
}

function howFast(
  { partial }: ReportData,
  { requests, errors, throughput, p50, p95, p99 }: PolicyFigures,
): string {
  if (requests === 0) {
    return partial
      ? 'It was not played long enough for requests to be counted.'
      : 'Nobody asked for a map in the time that counts.';
  }
  if (errors >= requests) return `People asked for ${counted(requests, 'map image')}, and none came.`;
  return (
    `People asked for ${counted(requests, 'map image')}, ${digits(throughput)} in every second. Half of them came ` +
    `within ${duration(p50)}, 95 of 100 within ${duration(p95)}, and 99 of 100 within ${duration(p99)}. ` +
    (p99 <= 400
      ? 'Nobody would notice that no server is there.'
      : p99 <= 2000
        ? 'Now and then somebody has to wait for a moment.'
        : 'Some people had to wait: the room was short of computers for a while.')
  );
}

function howWell({ requests, errors, violations }: PolicyFigures): string {
  if (requests === 0) return '';
  const promises = violations.length === 0 ? 'Every promise that was watched was kept.' : '';
  if (errors === 0) return `Not one request failed. ${promises}`;
  return `${counted(errors, 'request')} failed (${share(errors, requests)}). ${promises}`;
}

function whatJobs({ jobs }: PolicyFigures): string {
  if (!jobs) return '';
  const { accepted, successful, failed, dismissed, moved, p50, p95 } = jobs;
  const ends = [
    `${whole(successful)} succeeded`,
    failed > 0 && `${whole(failed)} failed`,
    dismissed > 0 && `${whole(dismissed)} were dismissed by their users`,
  ].filter(Boolean);
  const missing = accepted - successful - failed - dismissed;
  return (
    `They also computed: of ${counted(accepted, 'job')} ${ends.join(', ')}; half of them had ended after ` +
    `${duration(p50)}, 95 of 100 after ${duration(p95)}. ` +
    (moved > 0
      ? `${counted(moved, 'time')} a job went on at another computer because its own was gone. `
      : '') +
    (missing > 0 ? `${counted(missing, 'job')} had not ended when the run did.` : 'Not one was lost.')
  );
}

function whoWon(policies: readonly PolicyFigures[]): string {
  const real = policies.filter(({ policy, requests }) => !isBound(policy) && requests > 0);
  const ours = real.find(({ policy }) => policy === 'bid');
  const others = real.filter((other) => other !== ours);
  const best = others[0];
  const worst = others.at(-1);
  if (!ours || !best || !worst) return '';
  const ahead =
    ours.p99 <= best.p99
      ? `The next best, “${best.policy}”, needs ${duration(best.p99)}`
      : `Better here was “${best.policy}” with ${duration(best.p99)}`;
  return [
    `Look at the unlucky ones: with “bid”, the way gismesh does it, 99 of 100 images came within ` +
      `${duration(ours.p99)}. ${ahead}${worst === best ? '' : `; ${comparedTo(worst, ours)}`}.`,
    ours.p99 <= best.p99 && WHY,
    howFarFromBest(policies),
    whoFailed(real),
  ]
    .filter(Boolean)
    .join(' ');
}

const WHY =
  'Why: it asks before it gives work away. So it knows who is slow, who has a queue and at whose computer somebody ' +
  'works, at this very moment and not a second ago.';

function howFarFromBest(policies: readonly PolicyFigures[]): string {
  const bound = policies.find(({ policy, requests }) => policy === 'omniscient' && requests > 0);
  return bound
    ? `Who could look into every computer at every moment would need ${duration(bound.p99)} (“omniscient”).`
    : '';
}

function whoFailed(policies: readonly PolicyFigures[]): string {
  const failing = policies.filter(({ errors }) => errors > 0);
  if (failing.length === 0) return '';
  const parts = failing.map(({ policy, errors, requests }) => `${share(errors, requests)} with “${policy}”`);
  return `Times are of those that came: ${parts.join(', ')} failed.`;
}

function comparedTo(worst: PolicyFigures, ours: PolicyFigures): string {
  const times = worst.p99 / ours.p99;
  return `with “${worst.policy}” it takes ${duration(worst.p99)}${times >= 1.5 ? `, ${times < 10 ? digits(times) : whole(times)} times as long` : ''}`;
}

function whatHappened({ runs }: ReportData): string {
  const timeline = runs[0]?.timeline ?? [];
  const planned = timeline.filter(({ lane }) => !CONSEQUENCES.has(lane));
  if (planned.length === 0) return 'Nothing was broken on purpose in this run.';
  const parts = [...Map.groupBy(planned, ({ lane }) => lane)].map(
    ([lane, items]) => `${LANE_WORDS[lane]} (${whole(items.length)})`,
  );
  return `Meanwhile, on purpose: ${parts.join(', ')}. ${deaths(timeline)}`;
}

/** What came of the faults. */
const CONSEQUENCES: ReadonlySet<TimelineItem['lane']> = new Set(['Taken for dead', 'Jobs taken over']);

const LANE_WORDS: Readonly<Record<TimelineItem['lane'], string>> = {
  'Machines off': 'computers went off',
  'Asleep or frozen': 'computers slept or froze',
  Network: 'the network broke or stuttered',
  'Disk and engine': 'disks filled up or drawing failed',
  'People at work': 'people came to work at their computers',
  Projects: 'projects changed',
  'Taken for dead': 'computers were taken for dead',
  'Jobs taken over': 'jobs changed computers',
};

function deaths(timeline: readonly TimelineItem[]): string {
  const found = timeline.filter(({ lane }) => lane === 'Taken for dead');
  if (found.length === 0) return '';
  const wrong = found.filter(({ isBad }) => isBad).length;
  const noticed = `The others noticed ${counted(found.length, 'loss', 'losses')}`;
  return wrong === 0 ? `${noticed}, each of them rightly.` : `${noticed}, ${whole(wrong)} of them wrongly.`;
}
