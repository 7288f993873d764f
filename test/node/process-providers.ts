import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { processesConfig } from '../../src/config/processes.ts';
import { DataDir } from '../../src/data/data-dir.ts';
import { openProviders } from '../../src/node/process-providers.ts';
import { silentLog } from '../../src/platform/log.ts';
import { ProcessCatalogue } from '../../src/processes/catalogue.ts';

/** What a machine offers whose PATH holds only some programs. */
async function catalogue(t: ExecutionContext, own: Record<string, string>, config: object) {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-providers-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const programs = path.join(folder, 'bin');
  await mkdir(programs);
  await writeFile(path.join(programs, 'gdaldem'), '#!/bin/sh\n', { mode: 0o755 });
  await mkdir(path.join(folder, 'data', 'processes'), { recursive: true });
  for (const [name, text] of Object.entries(own)) {
    await writeFile(path.join(folder, 'data', 'processes', name), text);
  }
  const before = process.env.PATH;
  process.env.PATH = programs;
  try {
    const data = await DataDir.open(path.join(folder, 'data'));
    const providers = await openProviders(processesConfig.parse(config), {
      data,
      projDatabase: undefined,
      slots: 1,
      log: silentLog,
    });
    const all = new ProcessCatalogue(providers);
    t.teardown(() => all.stop());
    return all;
  } finally {
    process.env.PATH = before;
  }
}

test.serial('without a sandbox a machine offers what is built in, and nothing else', async (t) => {
  const all = await catalogue(t, {}, {});
  t.truthy(all.find('echo'));
  t.is(all.find('gdal-hillshade'), undefined);
});

test.serial(
  "the owner's descriptions in the data folder go before those that come with gismesh",
  async (t) => {
    const own = `id: gdal-hillshade
title: My own
program: gdaldem
arguments: []
outputs: { words: { type: words, title: Words } }
`;
    const all = await catalogue(t, { 'own.yaml': own }, { allowUnsandboxed: true });
    t.is(all.find('gdal-hillshade')?.title, 'My own');
    t.is(all.find('gdal-slope')?.title, 'Slope');
    t.is(all.find('gdal-warp'), undefined);
  },
);

test.serial('what comes with gismesh can be switched off', async (t) => {
  const all = await catalogue(t, {}, { allowUnsandboxed: true, commands: { shipped: false } });
  t.is(all.find('gdal-slope'), undefined);
});
