import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import test from 'ava';
import { type PeerProcess, runCli, startMesh, until } from './helpers/peer-process.ts';

const here = import.meta.dirname;
const execute = promisify(execFile);
const PYTHON = '/usr/bin/python3';

interface Job {
  readonly id: string;
  readonly state: string;
  readonly node: string;
  readonly epoch: number;
  readonly attempts: readonly unknown[];
}

let peers: PeerProcess[] = [];

test.before(async () => {
  peers = await startMesh(3);
});

test.after.always(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
});

function peer(at: number): PeerProcess {
  return peers[at] as PeerProcess;
}

/** A job of `echo` that runs at another peer than the one it was submitted to, which is kept busy. */
async function jobElsewhere(submitter: PeerProcess, seconds: number): Promise<Job> {
  for (;;) {
    const words = ['echo', 'string=again', `pause=${seconds}`, '--async', '--url', submitter.url, '--json'];
    const { id } = JSON.parse((await runCli(['execute', ...words])).stdout) as Job;
    await until(async () => (await jobAt(submitter, id)).state === 'running', 'the job to run');
    const job = await jobAt(submitter, id);
    if (job.node !== submitter.ready.peerId) return job;
  }
}

function jobAt(at: PeerProcess, id: string): Promise<Job> {
  return at.json<Job>(`/api/jobs/${id}`);
}

test.serial('OWSLib runs a process synchronously and asynchronously', async (t) => {
  const script = path.join(here, 'clients/owslib_wps.py');
  for (const words of [['sync'], ['async', '2']]) {
    const { stdout } = await execute(PYTHON, [script, `${peer(0).url}/wps`, ...words], { timeout: 120_000 });
    t.regex(stdout, /done\n$/);
  }
});

test.serial("OWSLib's client of OGC API - Processes finds its way", async (t) => {
  const script = path.join(here, 'clients/owslib_ogcapi.py');
  const { stdout } = await execute(PYTHON, [script, `${peer(0).url}/ogcapi`], { timeout: 60_000 });
  t.regex(stdout, /done\n$/);
});

test.serial('the command line executes, lists, tells and saves', async (t) => {
  const at = ['--url', peer(1).url, '--json'];
  const executed = await runCli(['execute', 'echo', 'string=hello', ...at]);
  t.is(executed.code, 0, executed.stderr);
  const { id, state, outputs } = JSON.parse(executed.stdout);
  t.is(state, 'successful');
  t.deepEqual(outputs, { string: 'hello' });
  const listed = JSON.parse((await runCli(['jobs', ...at])).stdout) as Job[];
  t.true(listed.some((job) => job.id === id));
  const told = JSON.parse((await runCli(['job', id, '--url', peer(2).url, '--json'])).stdout);
  t.like(told, { id, state: 'successful', progress: 100, epoch: 1 });
  const failed = await runCli(['execute', 'echo', 'fail=on purpose', ...at]);
  t.is(failed.code, 1);
  t.like(JSON.parse(failed.stdout), { state: 'failed', outputs: {} });
  t.regex(failed.stderr, /^gismesh: job [\w-]+ failed: on purpose\n$/);
  const named = await runCli(['jobs', '--filter', 'state=failed', '--limit', '1', ...at]);
  t.is((JSON.parse(named.stdout) as Job[]).length, 1);
});

test.serial('what the command line cannot do it says in one line, with an exit code', async (t) => {
  const at = ['--url', peer(1).url];
  const { stdout } = await runCli(['execute', 'echo', 'string=kept', '--json', ...at]);
  const { id } = JSON.parse(stdout) as { id: string };
  const cases: ReadonlyArray<readonly [words: string[], code: number, line: RegExp]> = [
    [['results', id, '-o', 'package.json', ...at], 2, /the folder package\.json cannot be made \(EEXIST/],
    [['execute', 'buffer', '--output', 'result=docx', ...at], 2, /output "result" has no format "docx"/],
    [['execute', 'buffer', '--output', 'resutl', ...at], 2, /did you mean "result"\?/],
    [['execute', 'bufer', ...at], 1, /no living peer offers a process "bufer": did you mean "buffer"\?/],
    [['execute', '', ...at], 1, /no living peer offers a process ""/],
    [['execute', 'buffer', 'distance=3', ...at], 1, /Input "features" is missing/],
    [['execute', 'buffer', 'featurs=3', ...at], 2, /did you mean "features"\?/],
    [['execute', 'buffer', 'features=@/no/such', ...at], 2, /features: the file \/no\/such cannot be read/],
    [['execute', 'echo', '--url', 'http://127.0.0.1:1'], 3, /no peer is running at http:\/\/127.0.0.1:1/],
    [['job', 'nonsense', ...at], 1, /There is no job "nonsense"/],
    [['job', '', ...at], 1, /There is no job ""/],
    [['dismiss', 'nonsense', ...at], 1, /There is no job "nonsense"/],
    [['results', 'nonsense', ...at], 1, /There is no job "nonsense"/],
    [['jobs', '--filter', 'state=lost', ...at], 1, /state is one of accepted, running/],
    [['jobs', '--filter', 'colour=red', ...at], 2, /"colour=red" is none/],
  ];
  for (const [words, code, line] of cases) {
    const ended = await runCli(words);
    t.is(ended.code, code, words.join(' '));
    t.regex(ended.stderr, line);
    t.is(ended.stderr.trim().split('\n').length, 1);
  }
});

test.serial('a job is visible by all doors of all peers, and dismissed at any of them', async (t) => {
  const job = await jobElsewhere(peer(0), 60);
  const status = await fetch(
    `${peer(2).url}/wps?service=WPS&version=2.0.0&request=GetStatus&jobId=${job.id}`,
  );
  t.is(status.headers.get('content-type'), 'text/xml');
  t.regex(await status.text(), /<wps:Status>Running</);
  const poll = await fetch(`${peer(1).url}/jobs/${job.id}/status?executionId=${job.id}`);
  t.is(poll.headers.get('content-type'), 'text/xml');
  t.regex(await poll.text(), /ProcessStarted percentCompleted/);
  const dismissed = await fetch(`${peer(1).url}/ogcapi/jobs/${job.id}`, { method: 'DELETE' });
  t.is(((await dismissed.json()) as { status: string }).status, 'dismissed');
  await until(async () => (await jobAt(peer(0), job.id)).state === 'dismissed', 'everyone to know');
  for (const other of (await peer(0).json<Job[]>('/api/jobs?state=running')).map(({ id }) => id)) {
    await runCli(['dismiss', other, '--url', peer(0).url]);
  }
});

test.serial('OWSLib polls at the first address after the executing peer was killed -9', async (t) => {
  await jobElsewhere(peer(0), 15);
  const script = path.join(here, 'clients/owslib_wps.py');
  const client = spawn(PYTHON, [script, `${peer(0).url}/wps`, 'async', '20']);
  const lines: string[] = [];
  const reader = createInterface({ input: client.stdout }).on('line', (line) => lines.push(line));
  const closed = new Promise((resolve) => reader.once('close', resolve));
  await until(() => lines.length > 0, 'the address to poll');
  const id = new URL(lines[0] as string).searchParams.get('executionId') as string;
  await until(async () => (await jobAt(peer(0), id)).state === 'running', 'the job to run');
  const { node } = await jobAt(peer(0), id);
  t.not(node, peer(0).ready.peerId);
  peers.find(({ ready }) => ready.peerId === node)?.kill('SIGKILL');
  await closed;
  t.is(lines.at(-1), 'done');
  const job = await jobAt(peer(0), id);
  t.like(job, { state: 'successful', epoch: 2 });
  t.is(job.attempts.length, 2);
});

test.serial('the demonstration in the examples ends well', async (t) => {
  const script = path.resolve(here, '../../examples/dead-executor/demonstrate.js');
  const { stdout } = await execute(process.execPath, [script], { timeout: 170_000 });
  t.regex(stdout, /has taken the job over/);
  t.regex(stdout, /says so too\n$/);
});
