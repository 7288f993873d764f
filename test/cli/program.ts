import path from 'node:path';
import test from 'ava';
import { version } from '../../src/version.ts';
import { Workplace } from './helpers/cli.ts';

const COMMANDS = ['start', 'stop', 'drain', 'invite', 'join', 'peers', 'status', 'doctor'];

test('the help names every command and the exit codes', async (t) => {
  const place = await Workplace.open(t);
  const { code, stdout, stderr } = await place.run('--help');
  t.is(code, 0);
  t.is(stderr, '');
  for (const command of COMMANDS) t.regex(stdout, new RegExp(`^ {2}${command} `, 'm'));
  t.regex(stdout, /0 done, 1 failed, 2 wrong usage, 3 no peer running there/);
});

test('each command has help with an example and takes --json', async (t) => {
  const place = await Workplace.open(t);
  for (const command of COMMANDS) {
    const { code, stdout } = await place.run(command, '--help');
    t.is(code, 0);
    t.regex(stdout, new RegExp(`Example: gismesh ${command}`));
    t.regex(stdout, /--json/);
  }
});

test('--version', async (t) => {
  const place = await Workplace.open(t);
  t.like(await place.run('--version'), { code: 0, stdout: `${version()}\n` });
});

test('wrong usage ends with 2 and a line that says what is wrong', async (t) => {
  const place = await Workplace.open(t);
  const wrong: [string[], RegExp][] = [
    [['strat'], /unknown command 'strat'.*\n.*start/],
    [['start', '--prot', '1'], /unknown option '--prot'/],
    [['start', '--port', '65536'], /0 to 65535/],
    [['start', '--port', '80x'], /0 to 65535/],
    [['start', '--workers', '0'], /from 1 on/],
    [['start', '--join', ''], /empty/],
    [['start', 'extra'], /too many arguments/],
    [['join'], /missing required argument/],
    [['peers', '--url', 'ftp://x'], /not an HTTP address/],
    [['peers', '--url', 'http://127.0.0.1:1', '--data', 'x'], /cannot be used with/],
  ];
  for (const [words, message] of wrong) {
    const { code, stderr } = await place.run(...words);
    t.is(code, 2, words.join(' '));
    t.regex(stderr, message);
  }
});

test('no command prints the help and ends with 2', async (t) => {
  const place = await Workplace.open(t);
  const { code, stderr } = await place.run();
  t.is(code, 2);
  t.regex(stderr, /Usage: gismesh/);
});

test('where no peer runs every command about one ends with 3', async (t) => {
  const place = await Workplace.open(t);
  const nobody = path.join(place.folder, 'nobody');
  for (const command of ['stop', 'drain', 'invite', 'peers', 'status']) {
    const { code, stdout, stderr } = await place.run(command, '--data', nobody);
    t.is(code, 3, command);
    t.is(stdout, '');
    t.is(stderr, `gismesh: no peer is running in ${nobody}: start one with "gismesh start"\n`);
  }
  const byUrl = await place.run('peers', '--url', 'http://127.0.0.1:1');
  t.is(byUrl.code, 3);
});

test('with --json an error is an object on stdout, too', async (t) => {
  const place = await Workplace.open(t);
  const nobody = await place.run('peers', '--json');
  t.like(JSON.parse(nobody.stdout), { event: 'error', code: 'NO_PEER_RUNNING' });
  const usage = await place.run('start', '--json', '--port', 'x');
  t.like(JSON.parse(usage.stdout), { event: 'error', code: 'USAGE' });
  const help = await place.run('start', '--json', '--help');
  t.regex(help.stdout, /^Usage/);
});
