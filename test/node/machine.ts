import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { configSchema } from '../../src/config.ts';
import { DataDir } from '../../src/data/data-dir.ts';
import type { NodeEvent } from '../../src/http/node-event.ts';
import { NodeEvents } from '../../src/node/events.ts';
import { openMachine } from '../../src/node/machine.ts';
import { silentLog } from '../../src/platform/log.ts';
import { temporaryFolder } from '../data/helpers/temporary-folder.ts';

test('a project that cannot be served is told of once, in the log and to listeners', async (t) => {
  const folder = await temporaryFolder(t);
  const broken = path.join(folder, 'projects/broken');
  await mkdir(broken, { recursive: true });
  await writeFile(path.join(broken, 'project.xml'), '<Map');
  const config = configSchema.parse({
    engines: { standIn: { enabled: true } },
    projects: { folders: [path.join(folder, 'projects')] },
    owner: { watch: false },
  });
  const warnings: object[] = [];
  const events = new NodeEvents();
  const told: NodeEvent[] = [];
  events.on((event) => told.push(event));
  const log = { ...silentLog, warn: (context: object) => warnings.push(context) };
  // Timers of the machine keep no process running.
  const awake = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(awake));
  const machine = await openMachine(config, await DataDir.open(path.join(folder, 'data')), events, log);
  await machine.close(0);
  t.deepEqual(
    warnings.map((context) => (context as { project?: string }).project),
    ['broken'],
  );
  t.like(told, [{ event: 'project', id: 'broken', change: 'refused' }]);
});
