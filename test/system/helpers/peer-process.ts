import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '../../..');

/** Of a peer's stderr, in errors of tests. */
const STDERR_LINES = 15;

/** What `gismesh start --json` prints first. */
export interface Ready {
  readonly event: 'ready';
  readonly http: string;
  readonly peerId: string;
  readonly listen: readonly string[];
  readonly data: string;
  readonly pid: number;
}

export interface StartOptions {
  /** Folder to keep; without it a new one that goes with the peer. */
  readonly data?: string;
  /** Further words of the command line. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Words before the command, e.g. `ip netns exec blue`. */
  readonly prefix?: readonly string[];
}

/** A real peer: `gismesh start --json` of the build in `dist/`, in a process of its own. */
export class PeerProcess {
  readonly ready: Ready;
  /** Every event printed so far. */
  readonly events: Array<Record<string, unknown>>;
  readonly #child: ChildProcess;
  readonly #errors: string[];
  readonly #temporary: string | undefined;

  private constructor(
    child: ChildProcess,
    ready: Ready,
    events: Array<Record<string, unknown>>,
    errors: string[],
    temporary: string | undefined,
  ) {
    this.#child = child;
    this.ready = ready;
    this.events = events;
    this.#errors = errors;
    this.#temporary = temporary;
  }

  static async start(options: StartOptions = {}): Promise<PeerProcess> {
    const temporary = options.data ? undefined : await mkdtemp(path.join(tmpdir(), 'gismesh-peer-'));
    const data = options.data ?? (temporary as string);
    const program = path.join(root, 'dist/src/cli/main.js');
    const words = [
      ...(options.prefix ?? []),
      process.execPath,
      program,
      'start',
      '--json',
      '--data',
      data,
      '--port',
      '0',
      ...(options.args ?? []),
    ];
    const child = spawn(words[0] as string, words.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    const events: Array<Record<string, unknown>> = [];
    const errors: string[] = [];
    child.stderr.on('data', (chunk) => errors.push(String(chunk)));
    const ready = new Promise<Ready>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const event = JSON.parse(line) as Record<string, unknown>;
        events.push(event);
        if (event.event === 'ready') resolve(event as unknown as Ready);
      });
      child.once('exit', (code, signal) => {
        reject(new Error(`the peer ended (${code ?? signal}) before it was ready: ${errors.join('')}`));
      });
    });
    return new PeerProcess(child, await ready, events, errors, temporary);
  }

  get url(): string {
    return this.ready.http;
  }

  get pid(): number {
    return this.ready.pid;
  }

  get stderr(): string {
    return this.#errors.join('');
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal to the peer itself. */
  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Resolves to the exit code, or the name of the signal that ended it. */
  async exited(): Promise<number | string> {
    if (this.running) await once(this.#child, 'exit');
    return this.#child.exitCode ?? (this.#child.signalCode as string);
  }

  /** Ends the peer gracefully, and kills it when that takes more than half a minute. */
  async stop(): Promise<void> {
    if (this.running) {
      this.#child.kill('SIGCONT');
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
      await this.exited();
      clearTimeout(timer);
    }
    if (this.#temporary) await rm(this.#temporary, { recursive: true, force: true });
  }

  async json<T = unknown>(route: string): Promise<T> {
    const response = await fetch(this.url + route);
    if (!response.ok) throw new Error(`${route} answered ${response.status}`);
    return (await response.json()) as T;
  }
}

interface PeerSummary {
  readonly peerId: string;
  readonly state: string;
  readonly projects: ReadonlyArray<{ id: string; hash: string }>;
  readonly load: { readonly slots: number };
}

/**
 * Starts peers of one mesh on this machine: the first one makes it, the others join by its invitation. When
 * they do not come together every one of them is stopped, and the error tells what each of them saw.
 */
export async function startMesh(count: number, options: StartOptions = {}): Promise<PeerProcess[]> {
  const local = ['--no-mdns', '--listen', '127.0.0.1:0'];
  const args = [...local, ...(options.args ?? [])];
  const peers: PeerProcess[] = [];
  try {
    const first = await PeerProcess.start({ ...options, args });
    peers.push(first);
    const invitation = await invitationOf(first);
    const others = Array.from({ length: count - 1 }, () =>
      PeerProcess.start({ ...options, args: [...args, '--join', invitation] }),
    );
    // All settled, so that none is still starting when the others are stopped.
    const settled = await Promise.allSettled(others);
    for (const one of settled) if (one.status === 'fulfilled') peers.push(one.value);
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    await Promise.all(peers.map((peer) => untilPeers(peer, count)));
    return peers;
  } catch (cause) {
    const views = await Promise.all(peers.map(viewOf));
    await Promise.all(peers.map((peer) => peer.stop()));
    throw new Error([`a mesh of ${count} did not come about: ${String(cause)}`, ...views].join('\n'), {
      cause,
    });
  }
}

/** What a peer knows of the mesh, and the end of what it wrote to stderr: for errors of tests. */
async function viewOf(peer: PeerProcess): Promise<string> {
  const seen = await peer
    .json<PeerSummary[]>('/api/peers')
    .then((all) => all.map(({ peerId, state, load }) => `${peerId.slice(-8)} ${state} ${load.slots} slots`))
    .catch((error: unknown) => [String(error)]);
  const lines = peer.stderr.trimEnd().split('\n').slice(-STDERR_LINES);
  return [`${peer.url} (${peer.ready.peerId.slice(-8)}) sees: ${seen.join(', ')}`, ...lines].join('\n    ');
}

/** What `gismesh invite --json` prints for a running peer. */
export async function invitationOf(peer: PeerProcess): Promise<string> {
  const { stdout } = await runCli(['invite', '--json', '--data', peer.ready.data]);
  return (JSON.parse(stdout) as { invitation: string }).invitation;
}

/** Waits until a peer sees so many living peers that can draw, itself included. */
export async function untilPeers(peer: PeerProcess, count: number, withinMs = 60_000): Promise<void> {
  await until(
    async () => {
      const peers = await peer.json<PeerSummary[]>('/api/peers');
      return peers.filter(({ state, load }) => state === 'alive' && load.slots > 0).length === count;
    },
    `${count} living peers as seen from ${peer.url}`,
    withinMs,
  );
}

/** Asks again and again; fails with what was awaited when it does not come. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  awaited: string,
  withinMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${awaited}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs one command of the command line to its end, behind the words of `prefix`. */
export async function runCli(
  words: readonly string[],
  prefix: readonly string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = [...prefix, process.execPath, path.join(root, 'dist/src/cli/main.js'), ...words];
  const child = spawn(all[0] as string, all.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}
