import { GismeshError } from '../core/errors.ts';
import { ProcessError, quote } from '../ogc/processes/problem.ts';
import { eventStreamReply } from './api-routes.ts';
import type { Call } from './call.ts';
import type { EventStreams } from './event-streams.ts';
import type { JobsContext } from './front-door-context.ts';
import { JobAnswers } from './job-answers.ts';
import { readJobQuery } from './job-query.ts';
import type { JobNews } from './job-report.ts';
import { refusalOfOtherOrigin } from './own-origin.ts';
import { jsonReply, type Reply } from './reply.ts';
import { jobReport, requestReport } from './write-job-report.ts';

/** Jobs for programs of this project and its page, `/api/jobs`, and the outputs that all doors refer to. */
export class JobRoutes {
  readonly #jobs: JobsContext;
  readonly #events: EventStreams<JobNews>;
  readonly #answers: JobAnswers;

  constructor(parts: { readonly jobs: JobsContext; readonly jobEvents: EventStreams<JobNews> }) {
    this.#jobs = parts.jobs;
    this.#events = parts.jobEvents;
    this.#answers = new JobAnswers(parts.jobs);
  }

  /** `/api/jobs`: those that match the query, see `readJobQuery`; how many there are in all is a header. */
  async list(call: Call): Promise<Reply> {
    const { filter, sort, page } = readJobQuery(call.query, this.#jobs.peersNamed);
    const { records, total } = await this.#jobs.service().map.list(filter, sort, page);
    const reports = records.map((record) => jobReport(record, this.#jobs, call.baseUrl));
    return jsonReply(200, reports, { 'x-total-count': String(total) });
  }

  /** `/api/jobs/<id>`: everything that is known of a job; with DELETE its end, which other sites may not ask for. */
  async job(call: Call): Promise<Reply> {
    const id = call.parameter('job') ?? '';
    const service = this.#jobs.service();
    if (call.method !== 'DELETE') {
      const record = await service.find(id);
      const chainedTo = await service.takers(record.status);
      return jsonReply(200, { ...jobReport(record, this.#jobs, call.baseUrl), chainedTo });
    }
    const refusal = refusalOfOtherOrigin(call);
    if (refusal) return refusal;
    const record = await service.dismiss(id, `${this.#jobs.user}, on the page`);
    return jsonReply(200, jobReport(record, this.#jobs, call.baseUrl));
  }

  /** `/api/jobs/<id>/request`: what the job was asked to do. */
  async request(call: Call): Promise<Reply> {
    const { status } = await this.#jobs.service().find(call.parameter('job') ?? '');
    return jsonReply(200, requestReport(await this.#jobs.service().submission(status.id)));
  }

  /** `/api/jobs/<id>/log`: the ends of the logs of its attempts, of the peers that made them or have copies. */
  async log(call: Call): Promise<Reply> {
    const service = this.#jobs.service();
    const { status } = await service.find(call.parameter('job') ?? '');
    const { lines, unreachable } = await service.logs.of(status);
    return jsonReply(200, {
      lines,
      unreachable: unreachable.map((peer) => ({ peer, name: this.#jobs.peerName(peer) })),
    });
  }

  /** `/api/jobs/events`: what becomes of all jobs from now on. */
  events(call: Call): Reply {
    return this.#stream(call, [], () => true);
  }

  /** `/api/jobs/<id>/events`: the job as it is, then what becomes of it. */
  async jobEvents(call: Call): Promise<Reply> {
    const record = await this.#jobs.service().find(call.parameter('job') ?? '');
    const { id } = record.status;
    const now = { event: 'progress', job: jobReport(record, this.#jobs, '') };
    return this.#stream(call, [now], (news) => news.event === 'overflow' || news.job.id === id);
  }

  /** `/jobs/<id>/outputs/<name>`: one output as it is. */
  async output(call: Call): Promise<Reply> {
    const name = call.parameter('output') ?? '';
    const job = await this.#answers.find(call.parameter('job') ?? '');
    const reply = await this.#answers.content(job, name, call, { cacheControl: 'private, no-cache' });
    if (!reply) throw new ProcessError('resource-unknown', `The job has no output ${quote(name)}`, name);
    return reply;
  }

  #stream(call: Call, state: readonly object[], wants: (news: JobNews) => boolean): Reply {
    if (call.method === 'HEAD') return eventStreamReply(null);
    const body = this.#events.open(state, () => call.disconnect(), wants);
    if (body) return eventStreamReply(body);
    throw new GismeshError('BUSY', 'As many clients as may be listen to jobs already: try again later');
  }
}
