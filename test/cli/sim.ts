import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, readFile, symlink, watch, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { CONTENDERS } from '../../sim/result.ts';
import { shippedScenarios } from '../../sim/scenario/load.ts';
import { PROGRAM, Workplace } from './helpers/cli.ts';

const SMALL = ['classroom-30', '--peers', '3', '--until', '3'];

test('without a scenario it lists those that come along, each with what it shows', async (t) => {
  const place = await Workplace.open(t);
  for (const words of [['sim'], ['sim', '--list']]) {
    const { code, stdout } = await place.run(...words);
    t.is(code, 0);
    for (const name of shippedScenarios()) t.regex(stdout, new RegExp(`^${name} +\\d+ +\\S.+`, 'm'));
  }
  const { stdout } = await place.run('sim', '--list', '--json');
  for (const one of JSON.parse(stdout)) t.deepEqual(Object.keys(one), ['name', 'description', 'peers']);
});

test('--json ends with one object; the same seed gives the same course of events', async (t) => {
  const place = await Workplace.open(t);
  const [first, again, other] = await Promise.all([
    place.run('sim', ...SMALL, '--seed', '5', '--json'),
    place.run('sim', ...SMALL, '--seed', '5', '--json'),
    place.run('sim', ...SMALL, '--seed', '-6', '--json'),
  ]);
  t.is(first.code, 0);
  t.is(first.stderr, '');
  t.is(first.stdout, again.stdout);
  const run = JSON.parse(first.stdout);
  t.like(run, { scenario: 'classroom-30', seed: 5, peers: 3, policy: 'bid', violations: [], partial: false });
  for (const figure of ['requests', 'errors', 'p50', 'p95', 'p99', 'messagesPerRequest']) {
    t.is(typeof run[figure], 'number', figure);
  }
  t.true(run.requests > 0 && run.p50 > 0 && run.p50 <= run.p95 && run.p95 <= run.p99);
  t.regex(run.traceHash, /^[0-9a-f]+$/);
  t.not(JSON.parse(other.stdout).traceHash, run.traceHash);
  t.is(JSON.parse(other.stdout).seed, -6);
  t.is(run.command, 'gismesh sim classroom-30 --seed 5 --peers 3 --until 3s');
});

test('--compare plays every policy on the same seeds', async (t) => {
  const place = await Workplace.open(t);
  const report = path.join(place.folder, 'report.html');
  const words = ['--compare', '--seeds', '2', '--json'];
  const { code, stdout } = await place.run('sim', ...SMALL, ...words, '--report', report);
  t.is(code, 0);
  const compared = JSON.parse(stdout);
  const own = compared.policies.find(({ policy }: { policy: string }) => policy === 'bid');
  for (const key of ['scenario', 'peers', 'policy', 'traceHash', 'requests', 'errors', 'p99']) {
    t.is(compared[key], own[key], key);
  }
  t.deepEqual(
    compared.policies.map(({ policy }: { policy: string }) => policy).sort(),
    [...CONTENDERS].sort(),
  );
  t.is(new Set(compared.policies.map(({ requests }: { requests: number }) => requests)).size, 1);
  for (const run of compared.policies) {
    t.deepEqual(run.seeds, [1, 2]);
    t.is(run.traceHashes.length, 2);
    t.true(Array.isArray(run.violations));
  }
  const page = await readFile(report, 'utf8');
  for (const policy of CONTENDERS) t.true(page.includes(`data-policy="${policy}"`), policy);
});

test('people get a table, in which names cannot steer the terminal', async (t) => {
  const place = await Workplace.open(t);
  const { code, stdout, stderr } = await place.run('sim', ...SMALL);
  t.is(code, 0);
  t.is(stderr, '');
  t.regex(stdout, /^classroom-30: 3 peers, .* simulated, seed 1$/m);
  t.regex(stdout, /^POLICY +P50 +P95 +P99 /m);
  t.regex(stdout, /^bid +[\d.]+ ms /m);
});

test('a scenario of one’s own is named by its path', async (t) => {
  const place = await Workplace.open(t);
  const file = path.join(place.folder, 'mine.yaml');
  await writeFile(
    file,
    'name: mine\ndescription: Two peers.\npeers: 2\nload: { perUserPerSecond: 2 }\nwarmUpMs: 1000\ndurationMs: 3000\n',
  );
  const { code, stdout } = await place.run('sim', file, '--json');
  t.is(code, 0);
  t.like(JSON.parse(stdout), { scenario: 'mine', peers: 2 });
  await writeFile(file, 'name: mine\ndescription: Two peers.\npeer: 2\n');
  const wrong = await place.run('sim', file);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /mine\.yaml:3.*peer/);
  const { stdout: told } = await place.run('sim', file, '--json');
  t.like(JSON.parse(told), { event: 'error', code: 'CONFIG_INVALID' });
});

test('where nothing was asked for in the end, it is said', async (t) => {
  const place = await Workplace.open(t);
  const { code, stdout, stderr } = await place.run(
    'sim',
    'school-200',
    '--peers',
    '6',
    '--until',
    '50ms',
    '--json',
  );
  t.is(code, 0);
  t.is(JSON.parse(stdout).requests, 0);
  t.regex(stderr, /^gismesh: no request was sent after the warm-up, .*\n$/);
});

test('a key that is no text is one line', async (t) => {
  const place = await Workplace.open(t);
  const file = path.join(place.folder, 'mine.yaml');
  await writeFile(file, 'name: mine\n? [a, b]\n: 1\ndescription: Two peers.\npeers: 2\n');
  const { code, stderr } = await place.run('sim', file);
  t.is(code, 2);
  t.regex(stderr, /^gismesh: .*mine\.yaml:2: \[ a, b \] is not a known setting.*\n$/);
});

test('a broken promise ends with 1, with what was seen and the command line that shows it again', async (t) => {
  const place = await Workplace.open(t);
  const file = path.join(place.folder, 'hopeless.yaml');
  await writeFile(
    file,
    `name: hopeless
description: A peer comes back, and nobody has the time to notice.
peers: 3
load: { perUserPerSecond: 2 }
warmUpMs: 1000
durationMs: 9000
convergenceMs: 10
faults: [{ kind: kill, peer: 1, atMs: 2000, downMs: 60000 }]
`,
  );
  const { code, stdout, stderr } = await place.run('sim', file, '--seed', '4', '--json');
  t.is(code, 1);
  const { violations } = JSON.parse(stdout);
  t.true(violations.length > 0);
  t.true(violations.some(({ checker }: { checker: string }) => checker === 'convergence'));
  t.deepEqual(Object.keys(violations[0]).sort(), ['atMs', 'checker', 'message', 'seed']);
  t.true(stderr.includes(violations[0].message));
  t.true(stderr.includes(`replay: gismesh sim ${file} --seed 4 --policy bid\n`));
});

test('a wrong command line is one line that names the remedy, and ends with 2', async (t) => {
  const place = await Workplace.open(t);
  const wrong: [string[], RegExp][] = [
    [['clasroom-30'], /no scenario "clasroom-30": did you mean "classroom-30"\?/],
    [['class-computer'], /did you mean "class-computes"/],
    [['./nowhere.yaml'], /there is no file \.\/nowhere\.yaml/],
    [['campus-800.yaml'], /there is no file campus-800\.yaml: did you mean "campus-800"\?/],
    [['.'], /^gismesh: \. cannot be read: it is a folder$/m],
    [['/dev/zero'], /cannot be read: larger than/],
    [['classroom-30', '--policy', 'bit'], /no policy "bit": did you mean "bid"\?/],
    [['classroom-30', '--seed', 'x'], /--seed.*'x'.*whole number/],
    [['classroom-30', '--seed', '1.5'], /--seed.*whole number; the nearest is 2\./],
    [['classroom-30', '--seed', '0x10'], /--seed.*whole number; the nearest is 16\./],
    [['classroom-30', '--seed', ''], /--seed.*whole number, such as 1\./],
    [['classroom-30', '--seed', '9007199254740991', '--seeds', '2'], /nearest is --seed 9007199254740990$/m],
    [['classroom-30', '--seeds', '10001'], /the most is 10000$/m],
    [['classroom-30', '--peers', '-3'], /--peers.*from 1 on; the nearest is 1\./],
    [['classroom-30', '--peers', '1e1'], /--peers.*from 1 on; the nearest is 10\./],
    [['classroom-30', '--peers', '5001'], /^gismesh: peers: 5001 are too many; the most is 5000$/m],
    [['school-200', '--peers', '5'], /^gismesh: peers: 5 are too few; the least is 6/m],
    [['classroom-30', '--compare', '--policy', 'bit'], /no policy "bit": did you mean "bid"\?/],
    [
      ['--report', 'x.html'],
      /^gismesh: --report is of a scenario, and none is named: .* "gismesh sim --list" shows all$/m,
    ],
    [['--seed', '1'], /^gismesh: --seed is of a scenario, and none is named/],
    [['--compare'], /^gismesh: --compare is of a scenario, and none is named/],
    [['classroom-30', '--until', '25h'], /--until.*up to 24h/],
    [['classroom-30', '--report', ''], /--report.*empty/],
    [
      ['classroom-30', '--report', '/nowhere/report.html'],
      /to \/nowhere\/report\.html: there is no such folder$/m,
    ],
    [['classroom-30', '--report', '.'], /it is a folder/],
    [['classroom-30', '--seed', '9'.repeat(30)], /--seed.*whole number/],
    [['classroom-30', '--seeds', '0'], /--seeds.*from 1 on/],
    [['classroom-30', '--peers', '0'], /--peers.*from 1 on/],
    [['classroom-30', '--until', 'soon'], /--until.*90s or 10m/],
    [['classroom-30', '--until', '0'], /--until.*above 0/],
    [['classroom-30', '--untill', '9'], /unknown option '--untill' \(Did you mean --until\?\)/],
  ];
  for (const [words, message] of wrong) {
    const { code, stdout, stderr } = await place.run('sim', ...words);
    t.is(code, 2, words.join(' '));
    t.is(stdout, '');
    t.regex(stderr, message);
    const lines = stderr.trimEnd().split('\n');
    t.is(lines.length, 1, stderr);
  }
});

test('without a scenario, what is asked of one is an error for scripts as well', async (t) => {
  const place = await Workplace.open(t);
  const { code, stdout, stderr } = await place.run('sim', '--peers', '5', '--json');
  t.is(code, 2);
  t.like(JSON.parse(stdout), { event: 'error', code: 'USAGE' });
  t.regex(stderr, /^gismesh: --peers is of a scenario, and none is named: .*\n$/);
});

test('a report never takes the place of the scenario', async (t) => {
  const place = await Workplace.open(t);
  const file = path.join(place.folder, 'mine.yaml');
  const yaml = 'name: mine\ndescription: Two peers.\npeers: 2\nload: { perUserPerSecond: 2 }\n';
  await writeFile(file, yaml);
  const [symbolic, hard] = [path.join(place.folder, 'symbolic.html'), path.join(place.folder, 'hard.html')];
  await symlink(file, symbolic);
  await link(file, hard);
  for (const report of [file, symbolic, hard]) {
    const { code, stderr } = await place.run('sim', file, '--report', report);
    t.is(code, 2, report);
    t.regex(stderr, /^gismesh: the report would overwrite the scenario .*: name another file\n$/);
    t.is(await readFile(file, 'utf8'), yaml);
  }
});

test('when a report cannot be written in the end, the figures are told all the same', async (t) => {
  const place = await Workplace.open(t);
  const { code, stdout, stderr } = await place.run('sim', ...SMALL, '--json', '--report', '/dev/full');
  t.is(code, 1);
  t.like(JSON.parse(stdout), { scenario: 'classroom-30', partial: false });
  t.regex(stderr, /^gismesh: The report cannot be written to \/dev\/full: there is no space left$/m);
});

test('a result that cannot be written is a failure; a reader that has seen enough is none', async (t) => {
  const place = await Workplace.open(t);
  const small = SMALL.join(' ');
  const into = async (words: string, target: string) => {
    const child = spawn(
      'bash',
      ['-o', 'pipefail', '-c', `"$0" "$1" sim ${words} ${target}`, process.execPath, PROGRAM],
      {
        env: place.env,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    return { code, stderr };
  };
  const lost = 'gismesh: The result cannot be written to standard output: there is no space left\n';
  for (const words of [`${small} --json`, small, '--list', '--list --json']) {
    t.deepEqual(await into(words, '>/dev/full'), { code: 1, stderr: lost }, words);
  }
  const wrong = await into('classroom-30 --peers x --json', '>/dev/full');
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /^error: option '--peers <count>' argument 'x' is invalid.*\n$/);
  for (const words of [`${small} --json`, small, '--list']) {
    t.deepEqual(await into(words, '| true'), { code: 0, stderr: '' }, words);
  }
});

test('Ctrl+C ends with what there was, says that it is partial, and 130', async (t) => {
  const place = await Workplace.open(t);
  const report = path.join(place.folder, 'report.html');
  const words = ['classroom-30', '--until', '10h', '--peers', '3', '--json', '--report', report];
  const child = spawn(process.execPath, [PROGRAM, 'sim', ...words], {
    env: place.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  // The command listens to signals before it makes the file.
  for await (const { filename } of watch(place.folder)) if (filename === 'report.html') break;
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  t.is(code, 130);
  t.like(JSON.parse(stdout), { scenario: 'classroom-30', partial: true });
  t.regex(await readFile(report, 'utf8'), /<strong>Partial\.<\/strong>/);
});
