import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { DiskFiles } from '../../src/artifacts/disk-files.ts';
import { DiskStorage } from '../../src/platform/disk-storage.ts';
import { systemClock, systemRandom } from '../../src/platform/system.ts';
import { temporaryFolder } from '../data/helpers/temporary-folder.ts';
import { testArtifactFilesCompliance } from './compliance/artifact-files.ts';
import { testArtifactStoreCompliance } from './compliance/artifact-store.ts';

testArtifactFilesCompliance('disk', async (t) => ({
  files: await DiskFiles.open(await temporaryFolder(t)),
  run: (promise) => promise,
}));

testArtifactStoreCompliance('disk', async (t) => {
  const folder = await temporaryFolder(t);
  return {
    files: await DiskFiles.open(path.join(folder, 'files')),
    storage: await DiskStorage.open(path.join(folder, 'records')),
    clock: systemClock,
    random: systemRandom,
    run: (promise) => promise,
  };
});

test('files are for their owner only', async (t) => {
  const folder = await temporaryFolder(t);
  const files = await DiskFiles.open(path.join(folder, 'new'));
  await (await files.create('content/a')).close();
  t.is((await stat(path.join(folder, 'new/content/a'))).mode & 0o777, 0o600);
  t.is((await stat(path.join(folder, 'new/content'))).mode & 0o777, 0o700);
});

test('a folder that is a file is refused with a remedy', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'file'), '');
  const error = await t.throwsAsync(DiskFiles.open(path.join(folder, 'file')), { code: 'DATA_DIR_UNUSABLE' });
  t.regex(error.message, /file cannot be used \(E[A-Z]+\): check/);
});
