import { setTimeout as sleep } from 'node:timers/promises';
import { GismeshError } from '../core/errors.ts';
import type { JobReport } from '../http/job-report.ts';
import { UsageError } from './failure.ts';
import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';
import { ProgressBar } from './progress-bar.ts';
import { printable } from './table.ts';

/** What the command needs of a process's description in OGC API - Processes. */
interface DescribedInput {
  readonly maxOccurs?: number | 'unbounded';
  readonly schema?: { readonly type?: string; readonly oneOf?: unknown };
}

export interface ExecuteOptions extends Target {
  readonly json?: true;
  readonly async?: true;
  readonly wait?: true;
}

const POLL_MS = 250;

/** Submits a job and, unless told otherwise, waits for its end. */
export async function execute(
  process: string,
  inputs: readonly string[],
  options: ExecuteOptions,
): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const place = `/ogcapi/processes/${encodeURIComponent(process)}`;
  const { inputs: described } = await client.get<{ inputs: Record<string, DescribedInput> }>(place);
  const body = JSON.stringify({ inputs: inputsOf(inputs, described), response: 'document' });
  const submitted = await client.send<{ jobID: string }>('POST', `${place}/execution`, body, {
    prefer: 'respond-async',
  });
  const wait = options.wait ?? !options.async;
  const job = wait
    ? await untilEnded(client, submitted.jobID, options.json ? undefined : new ProgressBar())
    : await jobOf(client, submitted.jobID);
  const outputs = job.state === 'successful' ? await resultsOf(client, job.id) : undefined;
  if (options.json) output.json({ id: job.id, state: job.state, outputs: outputs ?? {} });
  else tell(output, job, outputs);
  if (job.state === 'failed') throw new GismeshError('JOB_FAILED', `job ${job.id} failed: ${job.message}`);
  if (job.state === 'dismissed') throw new GismeshError('CANCELLED', `job ${job.id} was dismissed`);
}

export function jobOf(client: PeerClient, id: string): Promise<JobReport> {
  return client.get<JobReport>(`/api/jobs/${encodeURIComponent(id)}`);
}

function resultsOf(client: PeerClient, id: string): Promise<Record<string, unknown>> {
  return client.get(`/ogcapi/jobs/${encodeURIComponent(id)}/results`);
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

/** `key=value` pairs as the JSON that the process wants; `key=@address` is fetched by who executes it. */
function inputsOf(
  pairs: readonly string[],
  described: Readonly<Record<string, DescribedInput>>,
): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`"${pair}" is no input: write key=value`);
    const [key, text] = [pair.slice(0, at), pair.slice(at + 1)];
    const value = inputValue(text, described[key]);
    const before = inputs[key];
    inputs[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return inputs;
}

function inputValue(text: string, input: DescribedInput | undefined): unknown {
  if (/^@(?:https?:\/\/|job:)/.test(text)) return { href: text.slice(1) };
  if (input?.schema?.type === 'string') return text;
  try {
    const value: unknown = JSON.parse(text);
    const isBox = typeof value === 'object' && value !== null && 'bbox' in value;
    // An object that is meant as data has to be marked as such (OGC 18-062r2 section 7.11.2.2).
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isBox) {
      return 'value' in value || 'href' in value ? value : { value };
    }
    return value;
  } catch {
    return text;
  }
}
