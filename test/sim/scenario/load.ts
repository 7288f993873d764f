import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { loadScenario, parseScenario, parseSeed, shippedScenarios } from '../../../sim/scenario/load.ts';
import { scaled } from '../../../sim/scenario/scale.ts';
import { errorCode } from '../../../src/core/errors.ts';
import { testFolder } from '../../engines/helpers/projects.ts';

const folder = testFolder();
test.after.always(() => folder.remove());

const base = { name: 'small', description: 'd', peers: 30, load: { ofCapacity: 0.5 } };

test('every shipped scenario is named after its file, and tells what it shows', async (t) => {
  t.true(shippedScenarios().length >= 10);
  for (const name of shippedScenarios()) {
    const scenario = await loadScenario(name);
    t.is(scenario.name, name);
    t.true(scenario.description.length > 40);
  }
});

const bad: Array<readonly [object, RegExp]> = [
  [{ peeers: 3 }, /^peeers is not a known setting: did you mean "peers"\?$/],
  [{ machines: [{ share: 1, spede: 1 }] }, /^machines\.0\.spede .* did you mean "machines\.0\.speed"\?$/],
  [{ load: { ofCapcity: 1 } }, /^load\.ofCapcity .* did you mean "load\.ofCapacity"\?$/],
  [{ load: { kind: 'brows', ofCapacity: 1 } }, /^load\.kind: "brows" .* did you mean "browse"\?$/],
  [{ load: {} }, /^load: give one of "ofCapacity" and "perUserPerSecond"/],
  [{ policy: 'bids' }, /^policy: "bids" is not known: did you mean "bid"\?$/],
  [{ settings: { maps: { stallMss: 3 } } }, /did you mean "settings\.maps\.stallMs"\?$/],
  [{ sites: [{ name: 'a', peers: 3 }] }, /^sites: their peers are 3 together, not 30/],
  [{ projects: { holders: 40 } }, /^projects\.holders: 40 holders among 30 peers; at most 30/],
  [{ machines: [{ share: 0.3, speed: 1 }] }, /^machines: the shares .* are 0\.3 together/],
  [{ warmUpMs: 40_000 }, /^warmUpMs: 40000 ms of warm-up leave nothing/],
  [
    { faults: [{ kind: 'kill', atMs: 1, peer: 99, downMs: 3 }] },
    /^faults\.0: there is no peer 99: .* nearest is 29$/,
  ],
  [
    { faults: [{ kind: 'kil', atMs: 1, peer: 9, downMs: 3 }] },
    /^faults\.0\.kind: "kil" is not known: did you mean "kill"\?$/,
  ],
  [{ faults: [{ kind: 'kill', atMs: 1, peer: 9, dwonMs: 3 }] }, /did you mean "faults\.0\.downMs"\?$/],
];

for (const [change, message] of bad) {
  test(`refused in one line: ${JSON.stringify(change)}`, (t) => {
    const error = t.throws(() => parseScenario({ ...base, ...change }), { message });
    t.is(errorCode(error), 'CONFIG_INVALID');
    t.notRegex(error?.message ?? '', /\n/);
  });
}

test('a file’s problem is told with its line', async (t) => {
  const file = path.join(folder.path, 'own.yaml');
  await writeFile(file, 'name: own\ndescription: mine\npeers: 3\nlod: 1\n');
  await t.throwsAsync(loadScenario(file), { message: /own\.yaml:4: lod .* did you mean "load"\?$/ });
});

test('an unknown name gets the nearest shipped one', async (t) => {
  await t.throwsAsync(loadScenario('classrom-30'), { message: /did you mean "classroom-30"\?$/ });
});

test('a seed is a whole number', (t) => {
  t.is(parseSeed('42'), 42);
  for (const text of ['', 'x', '-1', '1.5', '1e3', '99999999999999999999']) {
    t.throws(() => parseSeed(text), { message: /^seed: / }, text);
  }
});

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
  t.throws(() => scaled(school, { peers: 3 }), { message: /the least is 6$/ });
});
