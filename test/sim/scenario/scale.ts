import test from 'ava';
import { loadScenario, parseScenario } from '../../../sim/scenario/load.ts';
import { scaled } from '../../../sim/scenario/scale.ts';

test('a scaled scenario keeps its shares', async (t) => {
  const school = scaled(await loadScenario('school-200'), { peers: 40 });
  t.is(school.peers, 40);
  t.is(
    school.sites.reduce((sum, { peers }) => sum + peers, 0),
    40,
  );
  t.is(school.projects.holders, 6);
  const ends = scaled(await loadScenario('class-ends'), { peers: 10, untilMs: 9_000 });
  t.true(ends.faults.every((fault) => 'peer' in fault && fault.peer < 10));
  t.true(ends.warmUpMs < ends.durationMs);
  t.throws(() => scaled(school, { peers: 3 }), { message: /the least is 6, one at each site$/ });
  t.throws(() => scaled(school, { peers: 5001 }), { message: /^peers: 5001 .* the most is 5000$/ });
  t.throws(() => scaled(school, { untilMs: 86_400_001 }), { message: /^until: .* at most 86400 s$/ });
});

function withJobs(peers: number, jobs: object) {
  const load = { perUserPerSecond: 1, jobs };
  return parseScenario({ name: 'own', description: 'Mine.', peers, load });
}

test('in a smaller room fewer peers execute jobs, and as many jobs are submitted for each of them', (t) => {
  const jobsOf = (scenario: Parameters<typeof scaled>[0], peers: number) => {
    const { providers, perMinute } = scaled(scenario, { peers }).load.jobs;
    return { providers, perMinute };
  };
  const all = withJobs(30, { perMinute: 90 });
  t.deepEqual(jobsOf(all, 2), { providers: 'all', perMinute: 6 });
  t.deepEqual(jobsOf(all, 60), { providers: 'all', perMinute: 180 });
  const some = withJobs(30, { perMinute: 90, providers: 3 });
  t.deepEqual(jobsOf(some, 20), { providers: 2, perMinute: 60 });
  t.deepEqual(jobsOf(some, 2), { providers: 1, perMinute: 30 });
  t.deepEqual(jobsOf(withJobs(4, { perMinute: 40, providers: 6 }), 2), { providers: 2, perMinute: 20 });
  t.is(jobsOf(withJobs(30, {}), 2).perMinute, 0);
  t.is(scaled(all, { untilMs: 9_000 }).load.jobs.perMinute, 90);
});
