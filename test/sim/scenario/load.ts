import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { hashText } from '../../../sim/hash-text.ts';
import { loadScenario, parseScenario, shippedScenarios } from '../../../sim/scenario/load.ts';
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
    /^faults\.0\.peer: there is no peer 99: .* nearest is 29$/,
  ],
  [
    { faults: [{ kind: 'kil', atMs: 1, peer: 9, downMs: 3 }] },
    /^faults\.0\.kind: "kil" is not known: did you mean "kill"\?$/,
  ],
  [
    { faults: [{ kind: 'kill', atMs: 1, peer: 9, dwonMs: 3 }] },
    /^faults\.0\.dwonMs .* did you mean "downMs"\?$/,
  ],
  [
    { faults: [{ kind: 'kill', atMs: 1, peer: 9, downMs: 3, forMs: 3 }] },
    /^faults\.0\.forMs is not a known setting; "kill" has kind, atMs, peer, downMs$/,
  ],
  [{ faults: [{ atMs: 1, peer: 9 }] }, /^faults\.0\.kind: is missing: one of kill, power-loss, /],
  [{ faults: ['kill'] }, /^faults\.0: must be "key: value" lines, and is "kill"$/],
  [{ faults: [{ kind: 'stall', atMs: 1, peer: 9 }] }, /^faults\.0\.forMs: is missing: a number$/],
  [{ owners: { form: 1 } }, /^owners\.form .*; known there are share, factor, fromMs, untilMs$/],
  [{ peers: 'ten' }, /^peers: must be a number, and is "ten"$/],
  [{ peers: 1.5 }, /^peers: must be a whole number, and is 1\.5$/],
  [{ peers: 0 }, /^peers: must be more than 0, and is 0$/],
  [{ machines: [{ share: 1, speed: 1e300 }] }, /^machines\.0\.speed: must be at most 100, and is 1e\+300$/],
  [{ network: { latencyMs: 1001 } }, /^network\.latencyMs: must be at most 1000, and is 1001$/],
  [{ service: { meanMs: 1e-9 } }, /^service\.meanMs: must be at least 0\.01/],
  [
    { service: { meanMs: 0.01 } },
    /^load: 6000000 requests a second in the whole room are too many; the most is 100000$/,
  ],
  [
    { load: { kind: 'one-view', everyMs: 5 } },
    /^load: 120000 requests a second in the whole room are too many; the most is 100000$/,
  ],
  [{ load: { perUserPerSecond: 1000 }, peers: 200 }, /^load: 200000 requests a second/],
  [{ peers: 5001 }, /^peers: must be at most 5000, and is 5001$/],
  [{ peers: 1e300 }, /^peers: must be at most 5000, and is 1e\+300$/],
  [{ projects: { count: -1e300 } }, /^projects\.count: must be more than 0, and is -1e\+300$/],
  [{ service: { tileBytes: 1e300 } }, /^service\.tileBytes: must be at most 200000, /],
  [{ peers: undefined }, /^peers: is missing: a number$/],
  [{ load: null }, /^load: must be "key: value" lines, and is left empty$/],
  [{ description: '' }, /^description: is empty$/],
  [{ policy: 3 }, /^policy: 3 is not known; known are bid, /],
  [
    { projects: { holders: 'al' } },
    /^projects\.holders: "al" is neither "all" nor a whole number from 1 on$/,
  ],
  [{ machines: [] }, /^machines: must be at least 1 long, and is a list of 0$/],
  [{ 'a\n\u001b[2Jb': 1 }, /^a \[2Jb is not a known setting; known there are name, /],
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

test('the line is that of the very entry of a list', async (t) => {
  const file = path.join(folder.path, 'list.yaml');
  await writeFile(
    file,
    `name: list
description: mine
peers: 3
load: { perUserPerSecond: 1 }
faults:
  - { kind: reset, atMs: 1, peer: 2 }
  - { kind: reset, atMs: 1, peer: 3 }
`,
  );
  await t.throwsAsync(loadScenario(file), { message: /list\.yaml:7: faults\.1\.peer: there is no peer 3/ });
});

const pointless: Array<readonly [yaml: string, RegExp]> = [
  [
    'faults: [{ kind: reset, atMs: 3000, peer: 0 }]',
    /faults\.0\.atMs: 3000 is too late: from "durationMs" on, which is 3000/,
  ],
  [
    'faults: [{ kind: partition, atMs: 1, peers: [0, 1, 2, 2], forMs: 1 }]',
    /faults\.0\.peers: they are all 3: .*; at most 2$/,
  ],
  ['owners: { share: 1, fromMs: 2000, untilMs: 1000 }', /owners\.untilMs: they leave at 1000 ms, before/],
  ['boot: { fromMs: 3000 }', /boot\.fromMs: 3000 is too late: from "durationMs" on, which is 3000/],
  [
    'settings: { placement: { policy: random } }',
    /:7: settings\.placement\.policy: has no effect, .*: use "policy" beside "settings"$/,
  ],
  ['settings: { http: { port: 1 } }', /settings\.http: has no effect, .*: leave it out$/],
  [
    'settings: { network: { mdns: false } }',
    /settings\.network: has no effect, .*"network" beside "settings"/,
  ],
  [
    'settings: { engines: { queueLimit: 3, workers: 2 } }',
    /settings\.engines\.workers: has no effect, .*"machines" and "service"/,
  ],
];

for (const [yaml, message] of pointless) {
  test(`refused in a file, as it has no effect: ${yaml}`, async (t) => {
    const file = path.join(folder.path, `${hashText(yaml)}.yaml`);
    const head =
      'name: own\ndescription: mine\npeers: 3\nload: { perUserPerSecond: 1 }\nwarmUpMs: 0\ndurationMs: 3000\n';
    await writeFile(file, `${head}${yaml}\n`);
    await t.throwsAsync(loadScenario(file), { message });
  });
}

test('settings by which simulated peers go are taken', async (t) => {
  const file = path.join(folder.path, 'settings.yaml');
  await writeFile(
    file,
    `name: own
description: mine
peers: 3
load: { perUserPerSecond: 1 }
settings:
  placement: { bid: { maxAsked: 3 } }
  engines: { queueLimit: 3 }
  processes: { limits: {} }
  ogc: { processes: {} }
  maps: { maxAttempts: 2 }
`,
  );
  t.is((await loadScenario(file)).settings.engines.queueLimit, 3);
});

test('a load that nobody asks for is refused in a file', async (t) => {
  const file = path.join(folder.path, 'nobody.yaml');
  const yaml = (users: number) =>
    `name: own\ndescription: mine\npeers: 3\nload: { perUserPerSecond: 1, users: ${users} }\n`;
  for (const users of [0, 0.33]) {
    await writeFile(file, yaml(users));
    await t.throwsAsync(loadScenario(file), {
      message: /:4: load\.users: a share of .* of 3 is nobody, .*; at least 0\.3334$/,
    });
  }
  await writeFile(file, yaml(0.3334));
  t.is((await loadScenario(file)).load.users, 0.3334);
});

test('more providers than peers are refused in a file', async (t) => {
  const file = path.join(folder.path, 'providers.yaml');
  const yaml = (providers: number) =>
    `name: own\ndescription: mine\npeers: 4\nload: { perUserPerSecond: 1, jobs: { perMinute: 1, providers: ${providers} } }\n`;
  await writeFile(file, yaml(5));
  await t.throwsAsync(loadScenario(file), {
    message: /load\.jobs\.providers: 5 providers among 4 peers; at most 4/,
  });
  await writeFile(file, yaml(3));
  t.is((await loadScenario(file)).load.jobs.providers, 3);
});

test('an unknown name gets the nearest shipped one', async (t) => {
  await t.throwsAsync(loadScenario('classrom-30'), { message: /did you mean "classroom-30"\?$/ });
});
