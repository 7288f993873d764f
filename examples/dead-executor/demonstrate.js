#!/usr/bin/env node
// Three peers on this machine; the one that executes a job is killed, and the job ends all the same.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = path.resolve(fileURLToPath(import.meta.url), '../../../bin/gismesh.js');
const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-demonstration-'));
const peers = [];

async function gismesh(...words) {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...words, '--json']);
  return JSON.parse(stdout);
}

/** Starts a peer; resolves when it is ready. */
function start(name, ...words) {
  const data = path.join(folder, name);
  const local = ['--port', '0', '--no-mdns', '--listen', '127.0.0.1:0', '--name', name];
  const child = spawn(process.execPath, [program, 'start', '--json', '--data', data, ...local, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${name} did not start`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      if (event.event !== 'ready') return;
      const peer = { name, data, url: event.http, id: event.peerId, pid: event.pid, child };
      peers.push(peer);
      resolve(peer);
    });
  });
}

const job = (id, at) => gismesh('job', id, '--url', at.url);

async function until(what, condition) {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(200)) {
    const found = await condition();
    if (found) return found;
  }
  throw new Error(`waited in vain for ${what}`);
}

try {
  const anna = await start('anna');
  const { invitation } = await gismesh('invite', '--data', anna.data);
  await Promise.all(['bob', 'carla'].map((name) => start(name, '--join', invitation)));
  await until('three peers', async () => {
    const seen = await Promise.all(peers.map(({ url }) => gismesh('peers', '--url', url)));
    return seen.every((all) => all.filter(({ state }) => state === 'alive').length === 3);
  });
  console.log('three peers are together: anna, bob and carla');

  // Anna's own computer is kept busy by jobs of hers, so that one goes to somebody else.
  const submitted = await until('a job that runs elsewhere', async () => {
    const { id } = await gismesh(
      'execute',
      'echo',
      'string=survived',
      'pause=20',
      '--async',
      '--url',
      anna.url,
    );
    const running = await until('the job to run', async () => {
      const now = await job(id, anna);
      return now.state === 'running' && now;
    });
    return running.node !== anna.id && running;
  });
  const executor = peers.find(({ id }) => id === submitted.node);
  console.log(`job ${submitted.id} was submitted to anna and runs at ${executor.name}`);

  const status = `${anna.url}/jobs/${submitted.id}/status?executionId=${submitted.id}`;
  const killedAt = Date.now();
  process.kill(executor.pid, 'SIGKILL');
  console.log(`${executor.name} is killed`);

  const witness = peers.find(({ id }) => id !== anna.id && id !== executor.id);
  const taken = await until('the job to run again', async () => {
    const now = await job(submitted.id, witness);
    return now.epoch > 1 && now.state !== 'accepted' && now;
  });
  const heir = peers.find(({ id }) => id === taken.node);
  console.log(
    `${heir.name} has taken the job over after ${Date.now() - killedAt} ms: attempt ${taken.epoch}`,
  );

  const ended = await until('the end of the job', async () => {
    const now = await job(submitted.id, witness);
    return now.state !== 'running' && now.state !== 'accepted' && now;
  });
  const answer = await (await fetch(status)).text();
  const isTold = answer.includes('ProcessSucceeded') && answer.includes('survived');
  console.log(
    `the job is ${ended.state}; anna's first status address ${isTold ? 'says so too' : 'DOES NOT SAY SO'}`,
  );
  process.exitCode = ended.state === 'successful' && isTold ? 0 : 1;
} finally {
  for (const { child } of peers) child.kill('SIGTERM');
  await Promise.all(
    peers.map(
      ({ child }) => child.exitCode ?? child.signalCode ?? new Promise((done) => child.once('exit', done)),
    ),
  );
  await rm(folder, { recursive: true, force: true });
}
