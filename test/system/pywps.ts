import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { silentLog } from '../../src/platform/log.ts';
import { systemClock } from '../../src/platform/system.ts';
import type { ApplicationSettings } from '../../src/processes/pywps/launch.ts';
import { PywpsProcesses } from '../../src/processes/pywps/provider.ts';
import { BubblewrapSandbox } from '../../src/processes/sandbox/bubblewrap.ts';
import { providerCompliance } from '../processes/compliance/provider.ts';
import { descendants } from '../processes/helpers/descendants.ts';
import {
  box,
  bytesOf,
  complex,
  errorOf,
  limits,
  literal,
  processes,
  type Ran,
  run,
  textOf,
} from '../processes/helpers/tasks.ts';
import { invitationOf, PeerProcess, runCli, startMesh, until, untilPeers } from './helpers/peer-process.ts';

const execute = promisify(execFile);
const here = import.meta.dirname;
const example = path.resolve(here, '../../examples/processes/pywps');
const odd = path.join(here, 'helpers/pywps/odd');

function application(folder: string, changes: Partial<ApplicationSettings> = {}): ApplicationSettings {
  return {
    name: path.basename(folder),
    folder,
    application: 'wsgi.py',
    config: '',
    python: '/usr/bin/python3',
    environment: {},
    network: false,
    readOnlyFolders: [],
    idempotent: true,
    expected: { cores: 1 },
    ...changes,
  };
}

/** The real PyWPS in bubblewrap; `use` begins when the application is loaded. */
async function hosted(
  settings: ApplicationSettings,
  use: (provider: PywpsProcesses) => Promise<void>,
): Promise<void> {
  const sandbox = await BubblewrapSandbox.find(process.env.PATH ?? '', []);
  if (!(sandbox instanceof BubblewrapSandbox)) throw new Error(sandbox.missing);
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-pywps-'));
  const { pywps, commands, niceness } = processes;
  const loaded = Promise.withResolvers<void>();
  const provider = new PywpsProcesses({
    applications: [settings],
    sandbox,
    folder,
    script: path.resolve(here, '../../src/processes/pywps/host.py'),
    searchPath: process.env.PATH ?? '',
    limits,
    clock: systemClock,
    log: { ...silentLog, warn: (context) => loaded.reject(new Error(JSON.stringify(context))) },
    options: { ...commands, ...pywps, niceness, maxRuns: 4, warmHosts: 0 },
  });
  provider.onChange(() => loaded.resolve());
  try {
    await loaded.promise;
    await use(provider);
    await provider.stop();
    const left = await readdir(folder);
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  } finally {
    await provider.stop();
    await rm(folder, { recursive: true });
  }
}

const literalOf = (ran: Ran, id: string) => {
  const value = ran.outputs.find((output) => output.id === id)?.value;
  return value?.kind === 'literal' ? value.value : undefined;
};

providerCompliance(test.serial, 'pywps in bubblewrap', (use) =>
  hosted(application(example), (provider) =>
    use({
      provider,
      quick: {
        process: 'greet',
        given: { name: literal('you; `id`') },
        check: (ran) => literalOf(ran, 'greeting') === 'Hello you; `id`' && literalOf(ran, 'length') === '15',
      },
      endless: { process: 'count', given: { steps: literal(1000), pause: literal(0.1) } },
      failing: { process: 'count', given: { fail: literal(0) } },
      hasSpares: true,
    }),
  ),
);

test.serial('an application is described as PyWPS has it', (t) =>
  hosted(application(example), async (provider) => {
    const of = (id: string) => provider.list().find((each) => each.id === id);
    const greet = of('greet');
    t.like(greet, { title: 'Greet', version: '1.2.0', keywords: ['literal', 'demo'], idempotent: true });
    t.deepEqual(greet?.metadata, [{ title: 'PyWPS', role: 'about', href: 'https://pywps.org/' }]);
    t.like(greet?.inputs[0], { id: 'name', abstract: 'Whom to greet.', minOccurs: 1, maxOccurs: 1 });
    t.like(greet?.inputs[1]?.data, { allowedValues: ['en', 'cs', 'de'], defaultValue: 'en' });
    t.like(greet?.inputs[2]?.data, {
      dataType: 'integer',
      allowedRanges: [{ minimum: '1', maximum: '5', closure: 'closed' }],
    });
    t.like(greet?.inputs[3]?.data, { dataType: 'double', units: ['unity'] });
    t.deepEqual(
      of('extent')?.inputs.map(({ id, data, minOccurs }) => [id, data.kind, minOccurs]),
      [
        ['layer', 'complex', 1],
        ['within', 'bbox', 0],
      ],
    );
  }),
);

/** A module with a list, and a configuration whose folders are not there. */
const oddOne = application(odd, { application: 'processes:processes', config: 'pywps.cfg' });

test.serial('every type goes in and comes out as it was; what is not set is left out', (t) =>
  hosted(oddOne, async (provider) => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, at) => at % 256);
    const ran = await run(provider, 'types', {
      string: literal('<&> žluťoučký'),
      float: literal(-2.5),
      integer: literal(-7),
      boolean: literal(false),
      anyURI: literal('https://example.org/a?b=c#d'),
      date: literal('2024-02-29'),
      time: literal('12:30:00'),
      dateTime: literal('2024-02-29T12:30:00'),
      many: [literal(1), literal(2), literal(4)],
      open: literal(2),
      box: box([50, 7], [51, 8], 'EPSG:4326'),
      bytes: complex(bytes, 'application/octet-stream'),
    });
    const expected = {
      string: '<&> žluťoučký',
      float: '-2.5',
      integer: '-7',
      boolean: 'false',
      anyURI: 'https://example.org/a?b=c#d',
      date: '2024-02-29',
      time: '12:30:00',
      dateTime: '2024-02-29T12:30:00',
      sum: '7',
      west: '7',
    };
    for (const [id, value] of Object.entries(expected)) t.is(literalOf(ran, id), value, id);
    t.like(ran.outputs.find(({ id }) => id === 'box')?.value, { lower: [50, 7], upper: [51, 8] });
    t.deepEqual(bytesOf(ran, 'bytes'), Buffer.from(bytes).reverse());
    t.is(textOf(ran, 'text'), 'by default');
    t.false(ran.outputs.some(({ id }) => id === 'positiveInteger'));
    const refused = await errorOf(run(provider, 'types', { open: literal(1) }));
    t.like(refused, { code: 'INPUT_INVALID', locator: 'open' });
  }),
);

test.serial(
  'a service is found in middleware, where a function makes it, and in a module by its name',
  async (t) => {
    for (const name of ['wrapped.py', 'wrapped.py:create', 'wrapped']) {
      await hosted(application(odd, { application: name }), async (provider) => {
        t.deepEqual(
          provider.list().map(({ id }) => id),
          ['types'],
          name,
        );
      });
    }
  },
);

test.serial('processes that misbehave are contained, and say what they did', (t) =>
  hosted(oddOne, async (provider) => {
    const act = (what: string, changes = {}) =>
      run(provider, 'act', { what: literal(what) }, { limits: { memoryBytes: 400_000_000, ...changes } });
    t.regex((await errorOf(act('raise'))).message, /^Process error: .*msg=a mistake on purpose$/);
    t.like(await errorOf(act('exit')), {
      code: 'JOB_FAILED',
      message: 'The process ended Python with exit code 3',
    });
    t.is((await errorOf(act('crash'))).code, 'PROCESS_UNAVAILABLE');
    t.is((await errorOf(act('hang', { timeoutMs: 3000 }))).code, 'DEADLINE_EXCEEDED');
    t.deepEqual(descendants(), []);
    t.true(['PROCESS_LIMIT_EXCEEDED', 'JOB_FAILED'].includes((await errorOf(act('memory'))).code));
    const busy = await act('progress');
    t.is(textOf(busy, 'result'), 'done');
    t.true(busy.progress.length < 2000, 'a tight loop of updates is thinned out');
    t.regex(
      textOf(await act('files'), 'result'),
      /'\/etc\/shadow', False\).*'\/root', False\).*'data.txt', True\).*'written', False\).*beside/s,
    );
    const printed = await act('print');
    t.is(textOf(printed, 'result'), 'nothing to read');
    t.true(printed.lines.includes('not for the peer'));
  }),
);

test.serial('an application that cannot be loaded says where', (t) => {
  const folder = path.join(here, 'helpers/pywps/broken');
  const options = { application: path.join(folder, 'wsgi.py'), name: '', folder, scratch: tmpdir() };
  const host = path.resolve('src/processes/pywps/host.py');
  const { stdout } = spawnSync('/usr/bin/python3', [host, JSON.stringify(options)], { encoding: 'utf8' });
  const said = JSON.parse(stdout) as { kind: string; message: string };
  t.is(said.kind, 'broken');
  t.regex(said.message, /^ModuleNotFoundError: .*no_such_library.* \(wsgi\.py, line 3\)$/);
});

interface Job {
  readonly id: string;
  readonly state: string;
  readonly node: string;
  readonly progress: number;
  readonly attempts: readonly unknown[];
}

/** Two peers with the example and applications that hang or are broken, and one without Python in its mind. */
async function withRoom(use: (peers: readonly PeerProcess[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-pywps-'));
  const config = path.join(folder, 'config.yaml');
  const applications = [
    { name: 'example', folder: example },
    { name: 'hanging', folder: path.join(here, 'helpers/pywps/hanging') },
    { name: 'broken', folder: path.join(here, 'helpers/pywps/broken') },
  ];
  await writeFile(config, JSON.stringify({ processes: { pywps: { applications } } }));
  const peers = await startMesh(2, { args: ['--config', config] });
  try {
    const join = await invitationOf(peers[0] as PeerProcess);
    const args = ['--no-mdns', '--listen', '127.0.0.1:0', '--join', join];
    peers.push(await PeerProcess.start({ args }));
    await Promise.all(peers.map((peer) => untilPeers(peer, 3)));
    for (const peer of peers) {
      await until(
        async () => (await fetch(`${peer.url}/ogcapi/processes/count`)).ok,
        `the processes of PyWPS at ${peer.url}`,
      );
    }
    await use(peers);
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    await rm(folder, { recursive: true });
  }
}

test.serial('a room with applications of PyWPS: every door of every peer, clients, progress, failover', (t) =>
  withRoom(async (peers) => {
    const [one, , without] = peers as [PeerProcess, PeerProcess, PeerProcess];
    const query = 'service=WPS&version=1.0.0&request=Execute&identifier=greet&DataInputs=name=Eva;times=2';
    const kvp = await (await fetch(`${without.url}/wps?${query}`)).text();
    t.regex(kvp, /<wps:LiteralData dataType="string">Hello Eva Hello Eva</);
    t.like(await post(one, 'greet', { inputs: { name: 'Eva', language: 'de' } }), { greeting: 'Hallo Eva' });
    t.is((await runCli(['execute', 'greet', 'name=Eva', 'times=6', '--url', one.url])).code, 1);

    const client = path.join(here, 'clients/owslib_pywps.py');
    for (const { url } of [one, without]) {
      const { stdout } = await execute('/usr/bin/python3', [client, `${url}/wps`], { timeout: 120_000 });
      t.regex(stdout, /^done\n$/m);
    }

    // The output of one job, asked for by reference, is the input of another at another peer.
    const asReference = { transmissionMode: 'reference' };
    const extent = { bbox: [9, 50, 10, 51] };
    const made = await post(one, 'random-points', {
      inputs: { extent, count: 20, seed: 1 },
      outputs: { result: asReference },
    });
    const layer = { href: (made.result as { href: string }).href };
    const measured = await post(without, 'extent', {
      inputs: { layer },
      outputs: { points: {}, polygon: asReference },
    });
    t.is(measured.points, 20);
    const polygon = await fetch((measured.polygon as { href: string }).href);
    t.like(await polygon.json(), { type: 'Polygon' });

    const first = await running(without);
    await runCli(['dismiss', first.id, '--url', without.url]);
    await until(async () => (await jobOf(one, first.id)).state === 'dismissed', 'the job to be dismissed');

    // The Python of a run is killed: another peer runs it, and the first goes on offering it.
    const second = await running(without);
    const executor = peers.find(({ ready }) => ready.peerId === second.node) as PeerProcess;
    for (const pid of await hostsBelow(executor.pid)) process.kill(pid, 'SIGKILL');
    await until(async () => (await jobOf(one, second.id)).state === 'successful', 'the job to succeed');
    t.true((await jobOf(one, second.id)).attempts.length > 1);
    t.like(await post(executor, 'greet', { inputs: { name: 'Eva' } }), { greeting: 'Hello Eva' });
  }),
);

async function post(peer: PeerProcess, process: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${peer.url}/ogcapi/processes/${process}/execution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response: 'document', ...body }),
  });
  return (await response.json()) as Record<string, unknown>;
}

async function running(at: PeerProcess): Promise<Job> {
  const words = ['count', 'steps=60', 'pause=0.1', '--async', '--url', at.url, '--json'];
  const { id } = JSON.parse((await runCli(['execute', ...words])).stdout) as Job;
  await until(async () => (await jobOf(at, id)).progress > 5, 'progress of the job');
  return await jobOf(at, id);
}

function jobOf(peer: PeerProcess, id: string): Promise<Job> {
  return peer.json<Job>(`/api/jobs/${id}`);
}

/** Ids of the processes in which a peer has loaded the example. */
async function hostsBelow(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  const hosts: number[] = [];
  for (const name of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const [stat, words] = (await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'latin1').catch(() => '')),
    )) as [string, string];
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    if (/^[^\0]*python[^\0]*\0[^\0]*host\.py\0/.test(words) && words.includes(example))
      hosts.push(Number(name));
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === root || isBelow(parents.get(pid)));
  return hosts.filter(isBelow);
}
