import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { silentLog } from '../../../src/platform/log.ts';
import { systemClock } from '../../../src/platform/system.ts';
import type { ApplicationSettings } from '../../../src/processes/pywps/launch.ts';
import { type PywpsOptions, PywpsProcesses } from '../../../src/processes/pywps/provider.ts';
import { unsandboxed } from '../../../src/processes/sandbox/plain.ts';
import { providerCompliance } from '../compliance/provider.ts';
import { descendants } from '../helpers/descendants.ts';
import { complex, errorOf, limits, literal, processes, run, textOf } from '../helpers/tasks.ts';

/** Answers as Python does when it is asked what it is; otherwise it is Node. */
const fakePython = fileURLToPath(new URL('fixtures/fake-python', import.meta.url));
const script = fileURLToPath(new URL('fixtures/fake-host.js', import.meta.url));

interface Hosted {
  readonly provider: PywpsProcesses;
  /** Where the folders of hosts are. */
  readonly hosts: string;
  /** The reason of the first warning. */
  readonly warned: Promise<string>;
  /** Changes the application. */
  change(settings: object): Promise<void>;
}

/** Hosts one application of the fake host, whose file says what it has; `use` begins when it is loaded or given up. */
async function withApplication(
  settings: object,
  use: (hosted: Hosted) => Promise<void>,
  changes: Partial<PywpsOptions> = {},
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-pywps-'));
  const hosts = path.join(folder, 'hosts');
  await mkdir(hosts);
  await mkdir(path.join(folder, 'application'));
  const change = (to: object) =>
    writeFile(path.join(folder, 'application', 'application.json'), JSON.stringify(to));
  await change(settings);
  const application: ApplicationSettings = {
    name: 'demo',
    folder: path.join(folder, 'application'),
    application: 'application.json',
    config: '',
    python: fakePython,
    environment: { NODE: process.execPath },
    network: false,
    readOnlyFolders: [],
    idempotent: false,
    expected: { cores: 2, seconds: 3, memoryMiB: 1 },
  };
  const { pywps, commands, niceness } = processes;
  const warned = Promise.withResolvers<string>();
  const warn = (fields: { readonly reason?: string }) => warned.resolve(fields.reason ?? '');
  const provider = new PywpsProcesses({
    applications: [{ ...application, application: path.join(folder, 'application', 'application.json') }],
    sandbox: unsandboxed,
    folder: hosts,
    script,
    searchPath: process.env.PATH ?? '',
    limits,
    clock: systemClock,
    log: { ...silentLog, warn },
    options: { ...commands, ...pywps, niceness, maxRuns: 4, warmHosts: 0, ...changes },
  });
  try {
    if (!('broken' in settings || 'hangs' in settings)) await changed(provider);
    await use({ provider, hosts, warned: warned.promise, change });
  } finally {
    await provider.stop();
    await rm(folder, { recursive: true });
  }
}

/** The next time that the list has changed; the timers of the provider alone would not keep a test waiting. */
function changed(provider: PywpsProcesses): Promise<void> {
  return patiently(
    new Promise((resolve) => {
      const end = provider.onChange(() => {
        end();
        resolve();
      });
    }),
  );
}

async function patiently<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('it did not come')), 60_000);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const ids = (provider: PywpsProcesses) => provider.list().map(({ id }) => id);

providerCompliance(test.serial, 'pywps', (use) =>
  withApplication({}, ({ provider }) =>
    use({
      provider,
      quick: {
        process: 'say',
        given: { name: literal('you; echo $HOME'), file: complex('some\ntext', 'text/plain') },
        check: (ran) =>
          textOf(ran, 'copy') === 'some\ntext' &&
          ran.outputs.some(
            ({ value }) => value.kind === 'literal' && value.value === 'hello you; echo $HOME',
          ),
      },
      endless: { process: 'count', given: {} },
      failing: { process: 'fail', given: {} },
      hasSpares: true,
    }),
  ),
);

test.serial('what the owner and the application say is offered', (t) =>
  withApplication({}, async ({ provider }) => {
    const [say] = provider.list();
    t.like(say, { id: 'say', title: 'say', version: '2.1.0', idempotent: false });
    t.deepEqual(provider.expectation('say'), { cores: 2, durationMs: 3000, memoryBytes: 2 ** 20 });
  }),
);

test.serial('a host is ready before it is needed, runs one task, and is followed by another', (t) =>
  withApplication(
    {},
    async ({ provider, hosts }) => {
      const folders = new Set<string>();
      for (let round = 0; round < 3; round += 1) {
        t.is((await run(provider, 'say', {})).outputs.length, 2);
        for (const folder of await readdir(hosts)) folders.add(folder);
      }
      t.true(folders.size >= 2);
      await provider.stop();
      t.deepEqual(await readdir(hosts), []);
      t.deepEqual(descendants(), []);
    },
    { warmHosts: 1 },
  ),
);

test.serial(
  'a run takes the host that is on its way; one that is cancelled meanwhile does not wait for it',
  (t) =>
    withApplication(
      {},
      async ({ provider, hosts }) => {
        await run(provider, 'say', {});
        const abort = new AbortController();
        const cancelled = errorOf(run(provider, 'say', {}, { signal: abort.signal }));
        await new Promise((resolve) => setImmediate(resolve));
        abort.abort();
        t.is((await cancelled).code, 'CANCELLED');
        t.is((await run(provider, 'say', {})).outputs.length, 2);
        await provider.stop();
        t.deepEqual(await readdir(hosts), []);
        t.deepEqual(descendants(), []);
      },
      { warmHosts: 1 },
    ),
);

test.serial('a process whose Python dies is not available, and the application goes on', (t) =>
  withApplication(
    {},
    async ({ provider }) => {
      const died = await errorOf(run(provider, 'die', {}));
      t.is(died.code, 'PROCESS_UNAVAILABLE');
      t.regex(died.message, /demo.*died \(exit code 7\).*Fatal Python error/);
      t.is((await errorOf(run(provider, 'babble', {}))).code, 'PROCESS_UNAVAILABLE');
      t.is((await run(provider, 'say', {})).outputs.length, 2);
    },
    { warmHosts: 1 },
  ),
);

test.serial('an input that PyWPS refuses is named; its words are those of the error', (t) =>
  withApplication({}, async ({ provider }) => {
    t.like(await errorOf(run(provider, 'refuse', {})), {
      code: 'INPUT_INVALID',
      locator: 'name',
      message: 'It is no name',
    });
    t.is((await errorOf(run(provider, 'fail', {}))).message, 'Process error: it failed on purpose');
  }),
);

test.serial('outputs that are not set are left out; a host that goes on after its answer is ended', (t) =>
  withApplication({}, async ({ provider }) => {
    const { outputs } = await run(provider, 'stay', {});
    t.deepEqual(
      outputs.map(({ id }) => id),
      ['greeting'],
    );
    t.deepEqual(descendants(), []);
  }),
);

test.serial('an output that is a link, or lies elsewhere, fails the run', (t) =>
  withApplication({}, async ({ provider }) => {
    for (const process of ['escape', 'climb']) {
      const error = await errorOf(run(provider, process, {}));
      t.is(error.code, 'JOB_FAILED', process);
      t.regex(error.message, /no plain file/, process);
    }
  }),
);

test.serial('more runs than are allowed wait for their turn', (t) =>
  withApplication(
    {},
    async ({ provider }) => {
      const abort = new AbortController();
      const began = Promise.withResolvers<void>();
      const onProgress = () => began.resolve();
      const first = errorOf(run(provider, 'count', {}, { signal: abort.signal, onProgress }));
      await began.promise;
      const second = run(provider, 'say', {});
      abort.abort();
      t.is((await first).code, 'CANCELLED');
      t.is((await second).outputs.length, 2);
    },
    { maxRuns: 1 },
  ),
);

test.serial('an application that cannot be loaded is not offered, and tried again', (t) =>
  withApplication(
    { broken: 'ModuleNotFoundError: no rasterio' },
    async ({ provider, change, warned }) => {
      t.regex(await patiently(warned), /demo: ModuleNotFoundError: no rasterio/);
      t.deepEqual(provider.list(), []);
      await Promise.all([changed(provider), change({ processes: ['say'] })]);
      t.deepEqual(ids(provider), ['say']);
    },
    { retryMs: 100 },
  ),
);

test.serial('an application that hangs while it is loaded delays nobody, and is ended', (t) =>
  withApplication(
    { hangs: true },
    async ({ provider, change, hosts, warned }) => {
      t.is((await errorOf(run(provider, 'say', {}))).code, 'PROCESS_UNKNOWN');
      t.regex(await patiently(warned), /not loaded within/);
      await Promise.all([changed(provider), change({})]);
      t.true(ids(provider).includes('say'));
      await provider.stop();
      t.deepEqual(await readdir(hosts), []);
    },
    { startTimeoutMs: 2000, retryMs: 50 },
  ),
);

test.serial('what was changed in an application is noticed, and so is what does not work any more', (t) =>
  withApplication(
    { processes: ['say', 'fail'] },
    async ({ provider, change }) => {
      await Promise.all([changed(provider), change({ processes: ['say', 'die', 'count'] })]);
      t.deepEqual(ids(provider), ['say', 'die', 'count']);
      await Promise.all([changed(provider), change({ broken: 'SyntaxError' })]);
      t.deepEqual(ids(provider), []);
    },
    { rescanMs: 50, warmHosts: 1 },
  ),
);

test.serial('a Python that is not there is no reason to fail', async (t) => {
  const { pywps, commands, niceness } = processes;
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-pywps-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const warned = Promise.withResolvers<unknown>();
  const provider = new PywpsProcesses({
    applications: [
      {
        name: 'demo',
        folder,
        application: 'wsgi.py',
        config: '',
        python: 'no-such-python',
        environment: {},
        network: false,
        readOnlyFolders: [],
        idempotent: true,
        expected: { cores: 1 },
      },
    ],
    sandbox: unsandboxed,
    folder,
    script,
    searchPath: '/usr/bin',
    limits,
    clock: systemClock,
    log: { ...silentLog, warn: (fields: object) => warned.resolve(fields) },
    options: { ...commands, ...pywps, niceness, maxRuns: 1 },
  });
  t.like(await patiently(warned.promise), {
    reason: 'The PyWPS application demo: there is no no-such-python',
  });
  await provider.stop();
});
