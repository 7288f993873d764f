import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How PyWPS is served: by the server of its demonstration, a thread per request, or by a process per core. */
export type PywpsKind = 'werkzeug' | 'gunicorn';

const PYTHON = '/usr/bin/python3';
const START_MS = 30_000;

/**
 * Debian's PyWPS with a process `echo`, its configuration as it comes but for the addresses and a log of requests in a
 * file, which it needs where there is more than one process.
 */
export class PywpsServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(kind: PywpsKind): Promise<PywpsServer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-pywps-'));
    const outputs = path.join(folder, 'outputs');
    await mkdir(outputs);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const configuration = path.join(folder, 'pywps.cfg');
    await writeFile(
      configuration,
      `[server]
url = ${url}/wps
outputurl = ${url}/outputs
outputpath = ${outputs}
workdir = ${folder}
[logging]
database = sqlite:///${folder}/log.sqlite
`,
    );
    const workers = String(availableParallelism());
    const [command, ...words] =
      kind === 'werkzeug'
        ? [PYTHON, 'wsgi.py']
        : ['gunicorn', '--bind', `127.0.0.1:${port}`, '--workers', workers, 'wsgi:application'];
    const child = spawn(command as string, words, {
      cwd: import.meta.dirname,
      env: {
        ...process.env,
        PATH: `/usr/bin:${process.env.PATH}`,
        PYTHONDONTWRITEBYTECODE: '1',
        PYWPS_CFG: configuration,
        PYWPS_OUTPUTS: outputs,
        PORT: String(port),
      },
      stdio: 'ignore',
    });
    const server = new PywpsServer(url, child, folder);
    await server.#answers();
    return server;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    const deadline = Date.now() + START_MS;
    const address = `${this.url}/wps?service=WPS&request=GetCapabilities&version=1.0.0`;
    while (
      !(await fetch(address).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (Date.now() > deadline || this.#child.exitCode !== null) {
        await this.stop();
        throw new Error('PyWPS does not answer: install python3-pywps and gunicorn');
      }
      await delay(100);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
