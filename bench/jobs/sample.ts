import type { JobStatus } from '../../src/core/jobs/job-status.ts';
import { accepted, claimed, ended, progressed } from '../../src/core/jobs/transitions.ts';
import { writing } from '../../src/jobs/wire.ts';

const PROCESSES = ['buffer', 'echo', 'gdal:hillshade', 'gdal:slope', 'native:dissolve', 'statistics-by-zone'];
const USERS = ['ada', 'bob', 'carol', 'dora', 'emil', 'frida', 'gustav', 'hanna'];
const PEERS = Array.from(
  { length: 30 },
  (_, i) => `12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nX${i + 10}`,
);

/** The `number`th of a series of jobs as they are met in practice: most have ended, some were taken over. */
export function sampleRecord(number: number, nowMs: number) {
  const at = (seconds: number) => ({
    wallMs: nowMs - 3_600_000 + number * 30 + seconds * 1000,
    counter: number % 5,
  });
  const submission = {
    id: `${((number * 2654435761) % 2 ** 32).toString(16).padStart(8, '0')}-4c1e-4a53-8c8f-${number.toString(16).padStart(12, '0')}`,
    process: of(PROCESSES, number),
    user: of(USERS, number * 7),
    mode: number % 3 === 0 ? 'sync' : 'async',
    door: 'ogcapi',
    submitter: of(PEERS, number),
    request: { digest: number.toString(16).padStart(64, '0'), bytes: 900 },
    chained: [],
  } as const;
  let status: JobStatus = accepted(submission, at(0));
  if (number % 10 > 0) status = claimed(status, of(PEERS, number * 3), at(1));
  if (number % 10 > 1) status = progressed(status, { progress: number % 100, message: 'warping' }, at(2));
  if (number % 20 === 3)
    status = claimed(status, of(PEERS, number * 5), at(20), { reason: 'the peer is gone' });
  if (number % 10 > 2) status = ended(status, ending(number), at(30));
  return writing(status, nowMs + 6 * 86_400_000);
}

function ending(number: number) {
  if (number % 17 === 0)
    return { state: 'failed', failure: 'PROCESS_FAILED', message: 'exit code 1' } as const;
  const output = {
    name: 'result',
    mediaType: 'image/tiff',
    artifact: number.toString(16).padStart(68, '0'),
    bytes: 1e6,
  };
  const replicas = [of(PEERS, number), of(PEERS, number + 1)];
  return { state: 'successful', outputs: [{ ...output, fileName: 'result.tif' }], replicas } as const;
}

function of<T>(values: readonly T[], number: number): T {
  return values[number % values.length] as T;
}
