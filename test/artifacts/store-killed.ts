import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { DiskFiles } from '../../src/artifacts/disk-files.ts';
import { chunkCount } from '../../src/artifacts/manifest.ts';
import { ArtifactStore } from '../../src/artifacts/store.ts';
import { DiskStorage } from '../../src/platform/disk-storage.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemClock, systemRandom } from '../../src/platform/system.ts';
import { temporaryFolder } from '../data/helpers/temporary-folder.ts';
import { storeOptions } from './helpers/artifact-room.ts';

const WRITER = fileURLToPath(new URL('fixtures/artifact-writer.ts', import.meta.url));

for (const how of ['write', 'fetch'] as const) {
  test(`kill -9 in the middle of a ${how}: what was held is whole, and nothing else is there`, async (t) => {
    const folder = await temporaryFolder(t);
    const held = new Set<string>();
    // Each life goes on where the one before has ended, at another moment.
    for (let life = 1; life <= 4; life += 1) {
      const writer = spawn(process.execPath, [WRITER, folder, how], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(writer, 'exit');
      let seen = 0;
      for await (const line of createInterface(writer.stdout)) {
        held.add(line);
        seen += 1;
        if (seen === 3 * life) writer.kill('SIGKILL');
        if (seen > 3 * life + 50) break;
      }
      t.is((await ended)[1], 'SIGKILL');

      const files = await DiskFiles.open(path.join(folder, 'files'));
      const storage = await DiskStorage.open(path.join(folder, 'records'));
      const world = { clock: systemClock, random: systemRandom, log: silentLog };
      const options = { ...storeOptions, chunkBytes: 10_000 };
      const store = new ArtifactStore({ ...world, files, storage, options });
      await store.open();
      for (const id of held) t.true(store.has(id), id);
      const found = [...store.holdings()];
      // One more may have been held when its line was not out yet.
      t.true(found.length <= held.size + 1);
      for (const { id } of found) {
        const reader = await store.read(id);
        for (let index = 0; index < chunkCount(reader.manifest); index += 1) await reader.chunk(index);
        await reader.close();
      }
      const names = (await files.list()).map(({ name }) => name);
      t.false(names.some((name) => name.startsWith('incoming/')));
      t.is(names.filter((name) => name.startsWith('content/')).length, found.length);
      t.true(names.filter((name) => name.startsWith('partial/')).length <= (how === 'fetch' ? 1 : 0));
      for (const { id } of found) held.add(id);
      if (how === 'write') {
        t.is(store.usage().usedBytes, found.length * 200_000);
      }
      // The next life would find them held already.
      await store.releaseOwner('job');
      held.clear();
    }
  });
}
