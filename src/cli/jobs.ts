import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { JobReport } from '../http/job-report.ts';
import { fileNameOf } from '../ogc/processes/file-names.ts';
import { jobOf } from './execute.ts';
import { UsageError } from './failure.ts';
import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';
import { table } from './table.ts';

type Options = Target & { readonly json?: true };

interface ListedProcess {
  readonly id: string;
  readonly version: string;
  readonly title: string;
}

/** Every process that some peer of the mesh offers. */
export async function processes(options: Options): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const found: ListedProcess[] = [];
  for (let more = true; more; ) {
    const page = await client.get<{ processes: ListedProcess[]; links: Array<{ rel: string }> }>(
      `/ogcapi/processes?limit=1000&offset=${found.length}`,
    );
    found.push(...page.processes);
    more = page.processes.length > 0 && page.links.some(({ rel }) => rel === 'next');
  }
  if (options.json) output.json(found);
  else {
    const rows = found.map(({ id, version, title }) => [id, version, title]);
    output.line(table(['PROCESS', 'VERSION', 'TITLE'], rows));
  }
}

const FILTERS = ['state', 'process', 'user', 'node', 'mode'] as const;

/** The jobs that the mesh knows, newest first. */
export async function jobs(options: Options & { readonly filter?: readonly string[] }): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const found = await client.get<JobReport[]>(`/api/jobs?${queryOf(options.filter ?? [])}`);
  if (options.json) output.json(found);
  else {
    const header = ['JOB', 'PROCESS', 'STATE', 'DONE', 'NODE', 'ATTEMPT', 'USER', 'SUBMITTED', 'MESSAGE'];
    output.line(table(header, found.map(row)));
  }
}

/** All that is known of one job. */
export async function job(id: string, options: Options): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const report = await jobOf(client, id);
  if (options.json) {
    output.json(report);
    return;
  }
  const { attempts, outputs, ...facts } = report;
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value !== 'object') output.line(`${name}: ${value}`);
  }
  for (const { epoch, owner, reason } of attempts) {
    output.line(`attempt ${epoch}: ${owner}${reason ? ` (${reason})` : ''}`);
  }
  for (const { name, mediaType, bytes, href } of outputs) {
    output.line(`output ${name}: ${mediaType}, ${bytes} bytes, ${href}`);
  }
}

/** Ends a job, wherever it runs. */
export async function dismiss(id: string, options: Options): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  await client.send('DELETE', `/ogcapi/jobs/${encodeURIComponent(id)}`);
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
  if (state !== 'successful') await client.get(`/ogcapi/jobs/${encodeURIComponent(id)}/results`);
  await mkdir(options.output, { recursive: true });
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

function queryOf(filters: readonly string[]): string {
  const query = new URLSearchParams();
  for (const filter of filters) {
    const [name = '', ...rest] = filter.split('=');
    if (!FILTERS.some((each) => each === name) || rest.length === 0) {
      throw new UsageError(`--filter: "${filter}" is none; write one of ${FILTERS.join(', ')} with =value`);
    }
    query.append(name, rest.join('='));
  }
  return query.toString();
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
    new Date(job.submittedAt).toISOString().slice(0, 19).replace('T', ' '),
    job.message,
  ];
}
