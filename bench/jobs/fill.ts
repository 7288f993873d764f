// Fills a database with sample statuses: node fill.ts FILE COUNT NOW_MS
import { SqliteStatusStore } from '../../src/jobs/sqlite-status-store.ts';
import { silentLog } from '../../src/platform/log.ts';
import { sampleRecord } from './sample.ts';

const [file, count, nowMs] = process.argv.slice(2) as [string, string, string];
const store = SqliteStatusStore.open(file, silentLog);
for (let number = 0; number < Number(count); number += 500) {
  await store.put(
    Array.from({ length: 500 }, (_, i) => ({ record: sampleRecord(number + i, Number(nowMs)) })),
  );
}
await store.close();
