import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog } from '../../../src/platform/log.ts';
import { systemClock } from '../../../src/platform/system.ts';
import { type QgisOptions, QgisProcesses } from '../../../src/processes/qgis/provider.ts';
import { unsandboxed } from '../../../src/processes/sandbox/plain.ts';
import { processes } from './tasks.ts';

const fixtures = path.resolve(import.meta.dirname, '../qgis/fixtures');

interface FakeParameter {
  readonly name: string;
  readonly type: string;
  readonly is_destination?: boolean;
}

/** What `qgis_process --json help` says of an algorithm, as newer versions do: with more than is needed. */
export function help(
  id: string,
  parameters: readonly FakeParameter[],
  outputs: Record<string, string> = {},
): string {
  return JSON.stringify({
    algorithm_details: { id, name: `The algorithm ${id}`, flags: ['hide_from_modeler'], group: null },
    parameters: Object.fromEntries(
      parameters.map(({ name, type, is_destination = false }) => [
        name,
        {
          name,
          description: name,
          type: { id: type, name: type, metadata: {} },
          optional: false,
          is_destination,
          default_value: null,
          help: null,
          raw_definition: {},
        },
      ]),
    ),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, type]) => [name, { description: name, type }]),
    ),
    qgis_version: '3.40.1-Bratislava',
  });
}

export const FAKE: Readonly<Record<string, string>> = {
  'test:greet': help('test:greet', [{ name: 'NAME', type: 'string' }], { GREETING: 'outputString' }),
  'test:count': help('test:count', [], { COUNT: 'outputNumber' }),
  'test:fail': help('test:fail', []),
};

/** Says what QGIS says, as it is in `PATH`; each question is a line of the file `asked`. */
function script(folder: string): string {
  return `#!/bin/sh
echo "$*" >> ${folder}/asked
case "$1 $2" in
  "--json list") cat ${folder}/list.json ;;
  "--json help") cat ${folder}/$(echo "$3" | tr : _).json || { echo "no such algorithm $3" >&2; exit 1; } ;;
  "run test:greet") printf '\\nInputs\\n\\nNAME:\\tyou\\n\\n0...10...20...30..\\n\\nResults\\n\\nGREETING:\\thello %s\\n' "\${4#NAME=}" ;;
  "run test:count")
    printf '\\nInputs\\n\\n0.'
    while true; do sleep 0.05; printf '..'; sleep 0.05; printf '.10.'; done ;;
  "run test:fail") printf 'ERROR:\\tit failed on purpose\\n' >&2; exit 1 ;;
esac
`;
}

interface FakeQgis {
  readonly folder: string;
  readonly program: string;
  /** Which questions it was asked. */
  readonly asked: string;
}

/** A program that answers as `qgis_process` does: recorded answers of a real one, and algorithms of its own. */
export async function withFakeQgis(
  algorithms: Readonly<Record<string, string>>,
  use: (fake: FakeQgis) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-qgis-'));
  const program = path.join(folder, 'qgis_process');
  const providers = {
    test: { algorithms: Object.fromEntries(Object.keys(algorithms).map((id) => [id, {}])) },
  };
  const list = { qgis_version: '3.40.1-Bratislava', providers };
  await writeFile(path.join(folder, 'list.json'), `a plugin says something\n${JSON.stringify(list)}`);
  for (const [id, text] of Object.entries(algorithms)) {
    if (text !== '') await writeFile(path.join(folder, `${id.replace(':', '_')}.json`), text);
  }
  await writeFile(program, script(folder));
  await chmod(program, 0o755);
  try {
    await use({ folder, program, asked: path.join(folder, 'asked') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Recorded of QGIS 3.22.16. */
export function recorded(name: string): string {
  return path.join(fixtures, name);
}

export function openQgis(
  { folder, program }: FakeQgis,
  changes: Partial<QgisOptions> = {},
): Promise<QgisProcesses> {
  const { commands, qgis, niceness } = processes;
  return QgisProcesses.open({
    sandbox: unsandboxed,
    searchPath: '/nowhere',
    script: path.join(folder, 'describe.py'),
    folder: path.join(folder, 'scratch'),
    listFolder: path.join(folder, 'data'),
    clock: systemClock,
    log: silentLog,
    options: {
      ...commands,
      ...qgis,
      niceness,
      maxRuns: 2,
      program,
      listDelayMs: 1,
      announceMs: 1,
      ...changes,
    },
  });
}

/** Waits until so many algorithms are offered. */
export async function untilKnown(provider: QgisProcesses, count: number): Promise<void> {
  if (provider.list().length >= count) return;
  using _awake = awake();
  const known = Promise.withResolvers<void>();
  const end = provider.onChange(() => {
    if (provider.list().length >= count) known.resolve();
  });
  await known.promise;
  end();
}

/** Timers of the product do not keep a process alive; a test that waits for them has to. */
export function awake(): Disposable {
  const timer = setInterval(() => {}, 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
