import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { type PeerProcess, runCli, startMesh, until } from './helpers/peer-process.ts';

const execute = promisify(execFile);
const MEBIBYTE = 1024 * 1024;

/** Writes so many MiB that no two runs have in common. */
const NOISE = `id: noise
title: Noise
program: dd
arguments: [if=/dev/urandom, 'of={noise}', bs=1M, 'count={mib}', status=none]
inputs:
  mib: { type: integer, title: Size in MiB, minimum: 1, maximum: 1000 }
outputs:
  noise: { type: file, title: Random bytes, formats: [{ mediaType: application/octet-stream, extension: bin }] }
`;

/** Copies a file. */
const COPY = `id: copy
title: Copy
program: cp
arguments: ['{file}', '{out}']
inputs:
  file: { type: file, title: A file, formats: [{ mediaType: application/octet-stream, extension: bin }] }
outputs:
  out: { type: file, title: The same, formats: [{ mediaType: application/octet-stream, extension: bin }] }
`;

interface Output {
  readonly name: string;
  readonly artifact: string;
  readonly bytes: number;
  readonly href: string;
}

interface Job {
  readonly id: string;
  readonly state: string;
  readonly message: string;
  readonly node: string;
  readonly outputs: readonly Output[];
  readonly replicas: readonly string[];
  readonly chainedTo: ReadonlyArray<{ readonly job: string; readonly output: string }>;
  readonly chained: ReadonlyArray<{ readonly job: string; readonly output: string }>;
}

interface Counts {
  readonly damagedChunks: number;
  readonly mendedChunks: number;
  readonly spoiltArtifacts: number;
}

let folder = '';
let peers: PeerProcess[] = [];

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-artifacts-'));
  await mkdir(path.join(folder, 'processes'));
  await writeFile(path.join(folder, 'processes/noise.yaml'), NOISE);
  await writeFile(path.join(folder, 'processes/copy.yaml'), COPY);
  const config = path.join(folder, 'config.yaml');
  const commands = { folders: [path.join(folder, 'processes')] };
  await writeFile(config, JSON.stringify({ processes: { commands, allowUnsandboxed: true } }));
  peers = await startMesh(4, { args: ['--config', config] });
});

test.after.always(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  await rm(folder, { recursive: true, force: true });
});

const living = () => peers.filter(({ running }) => running);

/** Runs a process at a peer to its end. */
async function run(at: PeerProcess, words: readonly string[]): Promise<Job> {
  const { stdout, stderr } = await runCli([
    'execute',
    ...words,
    '--async',
    '--wait',
    '--url',
    at.url,
    '--json',
  ]);
  if (stdout === '') throw new Error(stderr);
  const job = await at.json<Job>(`/api/jobs/${(JSON.parse(stdout) as Job).id}`);
  if (job.state !== 'successful') throw new Error(job.message);
  return job;
}

function contentFile(peer: PeerProcess, { artifact }: Output): string {
  return path.join(peer.ready.data, 'artifacts/content', artifact);
}

async function holders(output: Output): Promise<PeerProcess[]> {
  const sizes = await Promise.all(
    living().map(async (peer) => (await stat(contentFile(peer, output)).catch(() => undefined))?.size),
  );
  return living().filter((_, at) => sizes[at] === output.bytes);
}

function digestOf(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(file)
      .on('data', (piece) => hash.update(piece))
      .on('end', () => resolve(hash.digest('hex')))
      .on('error', reject);
  });
}

/** What curl saves, and the headers it got. */
async function curl(...words: string[]): Promise<{ file: string; headers: string }> {
  const file = path.join(folder, 'download');
  const { stdout } = await execute('curl', ['-sS', '-D', '-', '-o', file, ...words]);
  return { file, headers: stdout };
}

test.serial('every peer gives an output, whole and in ranges, also one that does not hold it', async (t) => {
  const [first] = peers as [PeerProcess];
  const job = await run(first, ['noise', 'mib=20']);
  const [output] = job.outputs as [Output];
  t.is(output.bytes, 20 * MEBIBYTE);
  const holding = await holders(output);
  t.is(holding.length, 3);
  const original = await readFile(contentFile(holding[0] as PeerProcess, output));
  for (const peer of peers) {
    for (const address of [
      `${peer.url}/jobs/${job.id}/outputs/${output.name}`,
      `${peer.url}/artifacts/${output.artifact}/noise.bin`,
    ]) {
      const whole = await curl(address);
      t.regex(whole.headers, /^HTTP\/1\.1 200/);
      t.regex(whole.headers, new RegExp(`etag: "${output.artifact}"`, 'i'));
      t.regex(whole.headers, /content-disposition: attachment; filename="noise(\.bin)?"/i);
      t.regex(whole.headers, /content-type: application\/octet-stream/i);
      t.true(original.equals(await readFile(whole.file)), address);
      const part = await curl('-r', '5000000-5999999', address);
      t.regex(part.headers, /^HTTP\/1\.1 206/);
      t.regex(part.headers, /content-range: bytes 5000000-5999999\/20971520/i);
      t.true(original.subarray(5_000_000, 6_000_000).equals(await readFile(part.file)));
      const again = await curl('-H', `If-None-Match: "${output.artifact}"`, address);
      t.regex(again.headers, /^HTTP\/1\.1 304/);
    }
  }
  const beyond = await curl('-r', '30000000-', `${first.url}/artifacts/${output.artifact}/noise.bin`);
  t.regex(beyond.headers, /^HTTP\/1\.1 416/);
  const results = path.join(folder, 'results');
  const saved = await runCli(['results', job.id, '-o', results, '--url', (peers[3] as PeerProcess).url]);
  t.is(saved.code, 0, saved.stderr);
  t.true(original.equals(await readFile(path.join(results, 'noise'))));
});

test.serial('a large output neither blocks a peer nor makes it swell', async (t) => {
  const [first] = peers as [PeerProcess];
  const memory = async (peer: PeerProcess) =>
    (await peer.json<{ memoryBytes: number }>('/api/status')).memoryBytes;
  await run(first, ['noise', 'mib=10']);
  const before = await Promise.all(peers.map(memory));
  const job = await run(first, ['noise', 'mib=300']);
  const [output] = job.outputs as [Output];
  const away = (
    await Promise.all(peers.map(async (peer) => [peer, (await holders(output)).includes(peer)] as const))
  ).find(([, holds]) => !holds)?.[0] as PeerProcess;
  const { file } = await curl(`${away.url}/jobs/${job.id}/outputs/${output.name}`);
  const [holder] = await holders(output);
  t.is(await digestOf(file), await digestOf(contentFile(holder as PeerProcess, output)));
  const after = await Promise.all(peers.map(memory));
  for (const [at, bytes] of after.entries()) {
    const growth = (bytes - (before[at] as number)) / MEBIBYTE;
    t.true(growth < 128, `${peers[at]?.url} grew by ${growth} MiB`);
  }
  await runCli(['dismiss', job.id, '--url', first.url]);
});

test.serial('an output is the input of the next job by its address at any peer, and by job id', async (t) => {
  const [first, second] = peers as [PeerProcess, PeerProcess];
  const source = await run(first, ['noise', 'mib=3']);
  const [output] = source.outputs as [Output];
  for (const address of [
    `job:${source.id}/${output.name}`,
    output.href,
    // Nobody has ever listened there.
    `http://192.0.2.7:8080/jobs/${source.id}/outputs/${output.name}`,
    `http://192.0.2.7:8080/artifacts/${output.artifact}/noise.bin`,
  ]) {
    const job = await run(second, ['copy', `file=@${address}`]);
    t.is(job.outputs[0]?.artifact, output.artifact, address);
    if (address.includes('/artifacts/')) continue;
    t.deepEqual(job.chained, [{ job: source.id, output: output.name }]);
    const { chainedTo } = await first.json<Job>(`/api/jobs/${source.id}`);
    t.deepEqual(chainedTo[0], { job: job.id, output: output.name });
  }
});

test.serial('a chunk that is damaged on a disk is fetched anew, said in the log and counted', async (t) => {
  const [first] = peers as [PeerProcess];
  const job = await run(first, ['noise', 'mib=5']);
  const [output] = job.outputs as [Output];
  const [holder] = (await holders(output)) as [PeerProcess];
  const original = await digestOf(contentFile(holder, output));
  const content = await open(contentFile(holder, output), 'r+');
  await content.write(Buffer.alloc(1000, 7), 0, 1000, 2 * MEBIBYTE + 5);
  await content.close();
  const { file } = await curl(`${holder.url}/jobs/${job.id}/outputs/${output.name}`);
  t.is(await digestOf(file), original);
  t.is(await digestOf(contentFile(holder, output)), original);
  t.regex(holder.stderr, /an artifact is damaged on this disk/);
  const metrics = await (await fetch(`${holder.url}/metrics`)).text();
  t.regex(metrics, /gismesh_artifact_chunks_damaged_total 1\n/);
  t.regex(metrics, /gismesh_artifact_chunks_mended_total 1\n/);
});

test.serial('what a disk has spoilt is found and fetched anew without anybody reading it', async (t) => {
  const config = path.join(folder, 'scrubbing.yaml');
  const commands = { folders: [path.join(folder, 'processes')] };
  const scrubbing = { bytesPerSecond: 100 * MEBIBYTE, everyMs: 1000, idlePollMs: 100 };
  const processes = { commands, allowUnsandboxed: true };
  await writeFile(config, JSON.stringify({ processes, artifacts: { scrubbing } }));
  const pair = await startMesh(2, { args: ['--config', config] });
  t.teardown(() => Promise.all(pair.map((peer) => peer.stop())));
  const [one] = pair as [PeerProcess];
  const [output] = (await run(one, ['noise', 'mib=3'])).outputs as [Output];
  const file = contentFile(one, output);
  const original = await digestOf(file);
  const content = await open(file, 'r+');
  for (const at of [0, 2 * MEBIBYTE + 5]) await content.write(Buffer.alloc(10, 7), 0, 10, at);
  await content.close();
  t.not(await digestOf(file), original);
  const counts = async () => (await one.json<{ artifacts: Counts }>('/api/status')).artifacts;
  await until(async () => (await counts()).mendedChunks === 2, 'two chunks to be mended', 30_000);
  t.like(await counts(), { damagedChunks: 2, spoiltArtifacts: 0 });
  t.is(await digestOf(file), original);
});

test.serial('holders are killed one by one, and the output is still there', async (t) => {
  const job = await run(peers[0] as PeerProcess, ['noise', 'mib=8']);
  const [output] = job.outputs as [Output];
  const original = await digestOf(contentFile((await holders(output))[0] as PeerProcess, output));
  // Three copies in a mesh of four: the first that goes is replaced, then all that live hold one.
  for (const left of [3, 2, 1]) {
    const [victim] = (await holders(output)) as [PeerProcess];
    victim.kill('SIGKILL');
    await victim.exited();
    await until(async () => (await holders(output)).length === left, `${left} copies`, 90_000);
    const [one] = living() as [PeerProcess];
    const { file } = await curl(`${one.url}/jobs/${job.id}/outputs/${output.name}`);
    t.is(await digestOf(file), original);
  }
});
