import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { temporaryFolder } from '../../data/helpers/temporary-folder.ts';

export const PROGRAM = path.resolve(import.meta.dirname, '../../../src/cli/main.ts');

export type JsonEvent = Record<string, unknown> & { readonly event: string };

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A place of its own for peers of one test: data folders, run folder, a project, a pretended engine. */
export class Workplace {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #t: ExecutionContext;

  private constructor(t: ExecutionContext, folder: string) {
    this.#t = t;
    this.folder = folder;
    this.env = { ...process.env, XDG_RUNTIME_DIR: folder, GISMESH_DATA: path.join(folder, 'default') };
  }

  static async open(t: ExecutionContext): Promise<Workplace> {
    const folder = await temporaryFolder(t);
    await mkdir(path.join(folder, 'projects/plain'), { recursive: true });
    await writeFile(path.join(folder, 'projects/plain/project.xml'), '<Map srs="epsg:3857"></Map>');
    return new Workplace(t, folder);
  }

  /** A configuration with an engine that only pretends to draw for `serviceMs`, plus what is given. */
  async config(name: string, more = '', serviceMs = 5): Promise<string> {
    const file = path.join(this.folder, `${name}.yaml`);
    const engines = `engines: { standIn: { enabled: true, serviceMs: ${serviceMs} } }`;
    await writeFile(file, `${engines}\nprojects: { folders: [projects] }\n${more}`);
    return file;
  }

  /** Runs a command to its end. */
  async run(...words: string[]): Promise<Ended> {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout: stdout(), stderr: stderr() };
  }

  /** Runs words as they are until they print `text`, then ends them. Resolves to all that was printed. */
  async runUntil(text: string, ...words: string[]): Promise<string> {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#t.teardown(() => child.kill('SIGKILL'));
    const stdout = collect(child.stdout);
    while (!stdout().includes(text)) await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await once(child, 'close');
    return stdout();
  }

  /** Starts a peer with its data in `name`; resolves once it is ready. Gone after the test. */
  async start(name: string, { words = [] as string[], config = '', serviceMs = 5 } = {}): Promise<Peer> {
    const data = path.join(this.folder, name);
    const file = await this.config(name, config, serviceMs);
    const local = ['--no-mdns', '--listen', '127.0.0.1:0', '--port', '0', '--name', name];
    const args = [PROGRAM, 'start', '--json', '--data', data, '--config', file, ...local, ...words];
    const child = spawn(process.execPath, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#t.teardown(() => child.kill('SIGKILL'));
    const peer = new Peer(data, child);
    await peer.event('ready');
    return peer;
  }
}

/** A running `gismesh start --json`. */
export class Peer {
  readonly data: string;
  readonly process: ChildProcess;
  readonly events: JsonEvent[] = [];
  readonly #stderr: () => string;
  readonly #exit: Promise<number | string>;
  #wake = Promise.withResolvers<void>();

  constructor(data: string, child: ChildProcess) {
    this.data = data;
    this.process = child;
    this.#stderr = collect(child.stderr!);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.events.push(JSON.parse(line) as JsonEvent);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
    this.#exit = once(child, 'exit').then(([code, signal]) => code ?? signal);
  }

  get url(): string {
    return this.events[0]!.http as string;
  }

  /** The first event of that kind for which the condition holds, also one that came already. */
  async event(name: string, condition: (event: JsonEvent) => boolean = () => true): Promise<JsonEvent> {
    for (;;) {
      const found = this.events.find((event) => event.event === name && condition(event));
      if (found) return found;
      const exit = this.#exit.then((code) => {
        throw new Error(`ended (${code}) before the event "${name}": ${this.#stderr()}`);
      });
      await Promise.race([this.#wake.promise, exit]);
    }
  }

  /** Resolves to the exit code, or the signal that ended it. */
  exit(): Promise<number | string> {
    return this.#exit;
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}
