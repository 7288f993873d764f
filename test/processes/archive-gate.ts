import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { formatOf } from '../../src/ogc/processes/process-description.ts';
import { ArchiveGate } from '../../src/processes/archive-gate.ts';
import type { ComplexContent, ProcessProvider, TaskInput } from '../../src/processes/process.ts';
import { complex, errorOf, limits, literal, processes } from './helpers/tasks.ts';
import { craftZip } from './helpers/zips.ts';

const slip = craftZip([{ name: '../../home/user/.profile', data: Buffer.from('x') }]);
const good = craftZip([{ name: 'roads.shp', data: Buffer.from('x') }]);

/** Counts what gets through. */
function gated() {
  let runs = 0;
  const provider = {
    name: 'counting',
    run: async () => {
      runs += 1;
      return [];
    },
  } as unknown as ProcessProvider;
  const gate = new ArchiveGate(provider, processes.archives);
  const context = {
    signal: new AbortController().signal,
    clock: undefined as never,
    onProgress() {},
    log() {},
  };
  const run = (inputs: TaskInput[]) =>
    gate.run({ process: 'p', inputs, outputs: [], scratch: '/', limits }, context);
  return { run, runs: () => runs };
}

test('a hostile zip gets through by no media type, from memory or a file, alone or among others', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-gate-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'slip');
  await writeFile(file, slip);
  const inFile: ComplexContent = {
    kind: 'complex',
    format: formatOf('image/tiff'),
    content: { at: 'file', path: file },
  };
  const { run, runs } = gated();
  for (const value of [
    complex(slip, 'application/zip'),
    complex(slip),
    complex(slip, 'text/plain'),
    inFile,
  ]) {
    const error = await errorOf(
      run([
        { id: 'first', value: complex(good, 'application/zip') },
        { id: 'layer', value },
      ]),
    );
    t.is(error.code, 'INPUT_INVALID');
    t.is(error.locator, 'layer');
    t.regex(error.message, /"layer".*relative path/);
  }
  t.is(runs(), 0);
});

test('what is said to be a zip has to be one; all else is let through', async (t) => {
  const { run, runs } = gated();
  const error = await errorOf(run([{ id: 'layer', value: complex('{}', 'application/x-shapefile') }]));
  t.is(error.code, 'INPUT_INVALID');
  await run([
    { id: 'zip', value: complex(good, 'application/zip') },
    { id: 'json', value: complex('{}', 'application/geo+json') },
    { id: 'nothing', value: complex('') },
    { id: 'number', value: literal(1) },
  ]);
  t.is(runs(), 1);
});
