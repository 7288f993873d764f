import { setTimeout as sleep } from 'node:timers/promises';
import { closest } from 'fastest-levenshtein';
import { errorCode, GismeshError } from '../core/errors.ts';
import type { JobReport } from '../http/job-report.ts';
import { ExitCode } from './exit-codes.ts';
import { reportToPeople } from './failure.ts';
import { type DescribedInput, inputsOf } from './job-inputs.ts';
import { outputsOf } from './job-outputs.ts';
import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';
import { ProgressBar } from './progress-bar.ts';
import { printable } from './table.ts';

export interface ExecuteOptions extends Target {
  readonly json?: true;
  readonly async?: true;
  readonly wait?: true;
  /** `name` or `name=format`, those alone that are wanted. */
  readonly output?: readonly string[];
}

const POLL_MS = 250;

/** Submits a job and, unless told otherwise, waits for its end. */
export async function execute(
  name: string,
  inputs: readonly string[],
  options: ExecuteOptions,
): Promise<void> {
  const told = new Output();
  const client = await PeerClient.find(options);
  const described = await describedProcess(client, name).catch((error) => raiseWithName(error, name, client));
  const body = JSON.stringify({
    inputs: await inputsOf(inputs, described.inputs),
    outputs: outputsOf(options.output ?? [], described.outputs),
    response: 'document',
  });
  const submitted = await client.send<{ jobID: string }>('POST', `${processPath(name)}/execution`, body, {
    prefer: 'respond-async',
  });
  const wait = options.wait ?? !options.async;
  const job = wait
    ? await untilEnded(client, submitted.jobID, options.json ? undefined : new ProgressBar()).catch((error) =>
        raiseWithJob(error, submitted.jobID),
      )
    : await jobOf(client, submitted.jobID);
  const outputs = job.state === 'successful' ? await resultsOf(client, job.id) : undefined;
  if (options.json) told.json({ id: job.id, state: job.state, outputs: outputs ?? {} });
  else tell(told, job, outputs);
  const failure = failureOf(job);
  if (!failure) return;
  if (!options.json) throw failure;
  // The one object on stdout is the job.
  reportToPeople(failure);
  process.exitCode = ExitCode.failed;
}

function failureOf({ id, state, message }: JobReport): GismeshError | undefined {
  if (state === 'failed') return new GismeshError('JOB_FAILED', `job ${id} failed: ${message}`);
  if (state === 'dismissed') return new GismeshError('CANCELLED', `job ${id} was dismissed`);
  return undefined;
}

interface DescribedProcess {
  readonly inputs: Record<string, DescribedInput>;
  readonly outputs: Record<string, DescribedInput>;
}

async function describedProcess(client: PeerClient, name: string): Promise<DescribedProcess> {
  return await client.get<DescribedProcess>(processPath(name));
}

/** Throws `PROCESS_UNKNOWN` for what would make another address. */
function processPath(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw new GismeshError('PROCESS_UNKNOWN', `there is no process "${name}"`);
  return `/ogcapi/processes/${encodeURIComponent(name)}`;
}

/** The job goes on without this command: whoever waited for it can ask for it by its id. */
function raiseWithJob(error: unknown, id: string): never {
  if (!(error instanceof GismeshError)) throw error;
  throw new GismeshError(error.code, `job ${id} goes on, but ${error.message}`, { cause: error });
}

/** An unknown process with the known one that is written most like it. */
async function raiseWithName(error: unknown, name: string, client: PeerClient): Promise<never> {
  if (errorCode(error) !== 'PROCESS_UNKNOWN') throw error;
  const known = (await listedProcesses(client)).map(({ id }) => id);
  const nearest = known.length > 0 ? `: did you mean "${closest(name, known)}"?` : '';
  const remedy = nearest === '' ? ': no peer offers any' : `${nearest} "gismesh processes" lists them`;
  throw new GismeshError('PROCESS_UNKNOWN', `no living peer offers a process "${printable(name)}"${remedy}`);
}

export interface ListedProcess {
  readonly id: string;
  readonly version: string;
  readonly title: string;
}

/** Every process that some peer of the mesh offers. */
export async function listedProcesses(client: PeerClient): Promise<ListedProcess[]> {
  const found: ListedProcess[] = [];
  for (let more = true; more; ) {
    const page = await client.get<{ processes: ListedProcess[]; links: Array<{ rel: string }> }>(
      `/ogcapi/processes?limit=1000&offset=${found.length}`,
    );
    found.push(...page.processes);
    more = page.processes.length > 0 && page.links.some(({ rel }) => rel === 'next');
  }
  return found;
}

export async function jobOf(client: PeerClient, id: string): Promise<JobReport> {
  return await client.get<JobReport>(jobPath('/api', id));
}

/** Where a job is at one of the two. Throws `JOB_UNKNOWN` for what is no id: it could make another address. */
export function jobPath(at: '/api' | '/ogcapi', id: string): string {
  if (/^[\w-]+$/.test(id)) return `${at}/jobs/${id}`;
  throw new GismeshError(
    'JOB_UNKNOWN',
    `There is no job "${printable(id).slice(0, 60)}": it has expired, or never was`,
  );
}

function resultsOf(client: PeerClient, id: string): Promise<Record<string, unknown>> {
  return client.get(`${jobPath('/ogcapi', id)}/results`);
}

async function untilEnded(client: PeerClient, id: string, bar: ProgressBar | undefined): Promise<JobReport> {
  for (;;) {
    const job = await jobOf(client, id);
    bar?.show(job.progress, job.message);
    if (job.state !== 'accepted' && job.state !== 'running') {
      bar?.end();
      return job;
    }
    await sleep(POLL_MS);
  }
}

function tell(output: Output, job: JobReport, outputs: Record<string, unknown> | undefined): void {
  output.line(`job ${job.id}: ${job.state}${job.nodeName === '' ? '' : ` at ${printable(job.nodeName)}`}`);
  for (const [name, value] of Object.entries(outputs ?? {})) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const shown = text.length > 300 ? `${text.slice(0, 300)}... (gismesh results ${job.id} -o folder)` : text;
    output.line(`  ${printable(name)} = ${printable(shown)}`);
  }
}
