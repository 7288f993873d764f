import path from 'node:path';
import type { JobReport } from '../http/job-report.ts';
import { fileNameOf } from '../ogc/processes/file-names.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { jobOf, jobPath, listedProcesses } from './execute.ts';
import { UsageError } from './failure.ts';
import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';
import { printable, table } from './table.ts';

type Options = Target & { readonly json?: true };

/** Every process that some peer of the mesh offers. */
export async function processes(options: Options): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const found = await listedProcesses(client);
  if (options.json) output.json(found);
  else {
    const rows = found.map(({ id, version, title }) => [id, version, title]);
    output.line(table(['PROCESS', 'VERSION', 'TITLE'], rows));
  }
}

const FILTERS = ['state', 'process', 'user', 'node', 'mode', 'chained'] as const;
const DEFAULT_LIMIT = 100;
/** What a peer gives at a time. */
const PAGE = 1000;

/** The jobs that the mesh knows, newest first. */
export async function jobs(
  options: Options & { readonly filter?: readonly string[]; readonly limit?: number },
): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const query = queryOf(options.filter ?? []);
  const { limit = DEFAULT_LIMIT } = options;
  const found: JobReport[] = [];
  let total = Number.POSITIVE_INFINITY;
  while (found.length < Math.min(limit, total)) {
    query.set('offset', String(found.length));
    query.set('limit', String(Math.min(PAGE, limit - found.length)));
    const page = await client.list<JobReport>(`/api/jobs?${query}`);
    found.push(...page.items);
    total = page.items.length > 0 ? page.total : 0;
  }
  if (options.json) {
    output.json(found);
    return;
  }
  const header = ['JOB', 'PROCESS', 'STATE', 'DONE', 'NODE', 'ATTEMPT', 'USER', 'SUBMITTED', 'MESSAGE'];
  output.line(table(header, found.map(row)));
  if (total > found.length) output.line(`... and ${total - found.length} more: use --limit, or --filter`);
}

/** All that is known of one job. */
export async function job(id: string, options: Options & { readonly log?: true }): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const report = await jobOf(client, id);
  const log = options.log ? await client.get<JobLogReport>(`${jobPath('/api', id)}/log`) : undefined;
  if (options.json) {
    output.json({ ...report, ...(log && { log: log.lines }) });
    return;
  }
  const facts = factsOf(report);
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) output.line(`${name.padEnd(width)}  ${printable(value)}`);
  for (const { at, text } of log?.lines ?? []) output.line(`${moment(at)}  ${printable(text)}`);
  for (const { name, peer } of log?.unreachable ?? [])
    output.line(`the log of ${printable(name) || peer} cannot be had: it is gone`);
}

interface JobLogReport {
  readonly lines: ReadonlyArray<{ readonly epoch: number; readonly at: number; readonly text: string }>;
  readonly unreachable: ReadonlyArray<{ readonly peer: string; readonly name: string }>;
}

function factsOf(job: JobReport): Array<readonly [name: string, value: string]> {
  const { state, progress, message, chained, attempts, outputs, startedAt, finishedAt } = job;
  const peer = (name: string, id: string) => (name === '' ? id : `${name} (${id})`);
  return [
    ['job', job.id],
    ['process', job.process],
    ['state', `${state}, ${progress} %${message === '' || message === state ? '' : `, ${message}`}`],
    ['user', job.user],
    ['mode', `${job.mode}, by ${job.door}`],
    ['submitted', `${moment(job.submittedAt)} at ${peer(job.submitterName, job.submitter)}`],
    ...(job.node === '' ? [] : [['node', peer(job.nodeName, job.node)] as const]),
    ...(startedAt === undefined ? [] : [['started', moment(startedAt)] as const]),
    ...(finishedAt === undefined ? [] : [['ended', moment(finishedAt)] as const]),
    ...chained.map((input) => ['uses', `${input.output} of job ${input.job}`] as const),
    ...attempts.map(({ epoch, owner, ownerName, claimedAt, reason }) => {
      const why = reason === undefined ? '' : `: ${reason}`;
      return [`attempt ${epoch}`, `${moment(claimedAt)} at ${ownerName || owner}${why}`] as const;
    }),
    ...outputs.map(({ name, mediaType, bytes, href }) => {
      return ['output', `${name}: ${mediaType}, ${bytes} bytes, ${href}`] as const;
    }),
    ['forgotten', moment(job.expiresAt)],
  ];
}

/** Ends a job, wherever it runs. */
export async function dismiss(id: string, options: Options): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  await client.send('DELETE', jobPath('/ogcapi', id));
  const report = await jobOf(client, id);
  if (options.json) output.json(report);
  else output.line(`job ${report.id}: ${report.state}`);
}

/** Saves the outputs of a job as files. */
export async function results(id: string, options: Options & { readonly output: string }): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const { outputs, state } = await jobOf(client, id);
  // Says why there is nothing to be saved.
  if (state !== 'successful') await client.get(`${jobPath('/ogcapi', id)}/results`);
  await makeFolder(path.resolve(options.output)).catch((cause) => {
    throw new UsageError(`the folder ${options.output} cannot be made (${(cause as Error).message})`);
  });
  const files: string[] = [];
  for (const { name, mediaType, fileName, href } of outputs) {
    const file = path.join(options.output, safeName(fileName ?? fileNameOf(name, mediaType)));
    await client.save(new URL(href).pathname, file);
    files.push(file);
  }
  if (options.json) output.json({ id, files });
  else for (const file of files) output.line(file);
}

/** Names come from other machines: no path. */
function safeName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_').replace(/^\.+/, '_') || 'output';
}

function queryOf(filters: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const filter of filters) {
    const [name = '', ...rest] = filter.split('=');
    if (!FILTERS.some((each) => each === name) || rest.length === 0) {
      throw new UsageError(`--filter: "${filter}" is none; write one of ${FILTERS.join(', ')} with =value`);
    }
    query.append(name, rest.join('='));
  }
  return query;
}

function row(job: JobReport): string[] {
  return [
    job.id,
    job.process,
    job.state,
    `${job.progress} %`,
    job.nodeName || job.node.slice(-8) || '-',
    String(job.epoch),
    job.user,
    moment(job.submittedAt),
    job.message,
  ];
}

/** UTC, to the second. */
function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
