import type { JobState } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { ProcessError, quote } from '../ogc/processes/problem.ts';
import type { Call } from './call.ts';
import type { JobsContext } from './front-door-context.ts';
import { JobAnswers, outputUrl } from './job-answers.ts';
import { jsonReply, type Reply } from './reply.ts';

const DEFAULT_PAGE = 100;

/** Jobs for programs of this project, `/api/jobs`, and the outputs that all doors refer to. */
export class JobRoutes {
  readonly #jobs: JobsContext;
  readonly #answers: JobAnswers;

  constructor({ jobs }: { readonly jobs: JobsContext }) {
    this.#jobs = jobs;
    this.#answers = new JobAnswers(jobs);
  }

  /** `/api/jobs`: newest first, those that match the query's `state`, `process`, `user`, `node` and `mode`. */
  async list(call: Call): Promise<Reply> {
    const query = new URLSearchParams(call.query);
    const values = (name: string) => (query.has(name) ? query.getAll(name) : undefined);
    const states = values('state') as JobState[] | undefined;
    const [processes, users, mode] = [values('process'), values('user'), query.get('mode')];
    const nodes = values('node');
    const page = await this.#jobs.service().map.list(
      {
        ...(states && { states }),
        ...(processes && { processes }),
        ...(users && { users }),
        ...(nodes && { owners: nodes }),
        ...((mode === 'sync' || mode === 'async') && { mode }),
      },
      undefined,
      { offset: whole(query.get('offset')) ?? 0, limit: whole(query.get('limit')) ?? DEFAULT_PAGE },
    );
    const reports = page.records.map((record) => this.#report(record, call));
    return jsonReply(200, reports, { 'x-total-count': String(page.total) });
  }

  /** `/api/jobs/<id>`: everything that is known of a job. */
  async job(call: Call): Promise<Reply> {
    return jsonReply(200, this.#report(await this.#jobs.service().find(call.parameter('job') ?? ''), call));
  }

  #report({ status, expiresAt }: StatusRecord, call: Call): object {
    const { owner, outputs, request: _request, seq: _seq, updated, ...rest } = status;
    return {
      ...rest,
      node: owner,
      nodeName: owner === '' ? '' : this.#jobs.peerName(owner),
      updatedAt: updated.wallMs,
      expiresAt,
      outputs: outputs.map(({ artifact, ...output }) => ({
        ...output,
        artifact,
        href: outputUrl(status.id, output, call.baseUrl),
      })),
    };
  }

  /** `/jobs/<id>/outputs/<name>`: one output as it is. */
  async output(call: Call): Promise<Reply> {
    const name = call.parameter('output') ?? '';
    const job = await this.#answers.find(call.parameter('job') ?? '');
    const reply = await this.#answers.content(job, name, call, { cacheControl: 'private, no-cache' });
    if (!reply) throw new ProcessError('output-unknown', `The job has no output ${quote(name)}`, name);
    return reply;
  }
}

/** Undefined for what is no number of entries. */
function whole(text: string | null): number | undefined {
  const value = /^\d{1,9}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}
