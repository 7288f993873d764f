import type { JobReport, RequestReport } from '../../../src/http/job-report.ts';
import { element } from '../dom.ts';
import { dismiss, formPage, jobOf, jobPage, type LogReport, logOf, requestOf } from './api.ts';
import { follow } from './feed.ts';
import { OutputsPanel } from './outputs-panel.ts';
import { failure, nodeName, progressBar, stateBadge, time } from './parts.ts';
import { duration, isOpen } from './words.ts';

/** How often the log is asked for while the job goes on. */
const LOG_MS = 2000;

/** `/jobs/<id>`: everything that is known of one job, as it is now. */
export class JobView {
  readonly #id: string;
  readonly #main: HTMLElement;
  readonly #head = element('header', { class: 'title' });
  readonly #problem = element('div');
  readonly #now = section('State');
  readonly #outputs = new OutputsPanel();
  readonly #inputs = section('Inputs');
  readonly #attempts = section('Attempts and peers');
  readonly #log = element('pre', { class: 'log', tabindex: '0', 'aria-label': 'End of the log' });
  #job: JobReport | undefined;
  #takers: NonNullable<JobReport['chainedTo']> = [];

  constructor(main: HTMLElement, id: string) {
    this.#main = main;
    this.#id = id;
    const log = section('Log');
    log.append(this.#log);
    this.#main.replaceChildren(
      this.#head,
      this.#problem,
      this.#now,
      this.#outputs.element,
      this.#inputs,
      this.#attempts,
      log,
    );
    void this.#begin();
  }

  async #begin(): Promise<void> {
    try {
      this.#show(await jobOf(this.#id));
      this.#showInputs(await requestOf(this.#id));
    } catch (error) {
      if (this.#job) this.#problem.replaceChildren(failure(error));
      else this.#main.replaceChildren(element('h2', {}, 'No such job'), failure(error));
      if (!this.#job) return;
    }
    void this.#followLog();
    if (!this.#job || !isOpen(this.#job.state)) return;
    const stop = follow(
      `api/jobs/${encodeURIComponent(this.#id)}/events`,
      (news) => {
        if (!('job' in news)) return;
        this.#show(news.job);
        if (!isOpen(news.job.state)) stop();
      },
      // The stream begins with the job as it is.
      () => {},
    );
  }

  #show(job: JobReport): void {
    // Events do not tell it.
    this.#takers = job.chainedTo ?? this.#takers;
    this.#job = job;
    document.title = `${job.process}: ${job.state} – gismesh`;
    this.#showHead(job);
    this.#showState(job);
    this.#outputs.show(job);
    this.#showAttempts(job);
  }

  #showHead(job: JobReport): void {
    const button = this.#head.querySelector('button') ?? this.#dismissButton();
    button.hidden = job.state === 'dismissed';
    button.textContent = isOpen(job.state) ? 'Dismiss' : 'Remove the outputs';
    if (this.#head.firstChild) return;
    this.#head.append(
      element('h2', {}, job.process),
      element('a', { class: 'button', href: formPage({ process: job.process }) }, 'Run again'),
      button,
    );
  }

  #dismissButton(): HTMLButtonElement {
    const button = element('button', { type: 'button', class: 'danger' });
    button.addEventListener('click', async () => {
      const what = this.#job && isOpen(this.#job.state) ? 'End this job?' : 'Remove the outputs of this job?';
      if (!confirm(what)) return;
      button.disabled = true;
      try {
        this.#show(await dismiss(this.#id));
        this.#problem.replaceChildren();
      } catch (error) {
        this.#problem.replaceChildren(failure(error));
      }
      button.disabled = false;
    });
    return button;
  }

  #showState(job: JobReport): void {
    const { state, message, startedAt, finishedAt, expectedFinishAt, chained } = job;
    const facts: Array<readonly [string, ...(Node | string)[]]> = [
      ['Job', element('code', {}, job.id)],
      ['Message', message],
      ['User', job.user || '–'],
      ['Mode', `${job.mode}, by ${job.door}`],
      ['Submitted', time(job.submittedAt), ' at ', nodeName(job.submitter, job.submitterName)],
    ];
    if (job.node !== '') facts.push(['Node', nodeName(job.node, job.nodeName)]);
    if (startedAt !== undefined) facts.push(['Started', time(startedAt)]);
    if (finishedAt !== undefined) facts.push(['Ended', time(finishedAt)]);
    if (startedAt !== undefined && finishedAt !== undefined)
      facts.push(['Took', duration(finishedAt - startedAt)]);
    if (isOpen(state) && expectedFinishAt !== undefined && expectedFinishAt > Date.now())
      facts.push(['Expected', `in about ${duration(expectedFinishAt - Date.now())}`]);
    if (chained.length > 0) facts.push(['Uses', ...chained.flatMap(chainLink)]);
    if (this.#takers.length > 0) facts.push(['Used by', ...this.#takers.flatMap(takerLink)]);
    facts.push(['Forgotten', time(job.expiresAt)]);
    const list = element(
      'dl',
      { class: 'facts' },
      ...facts.flatMap(([name, ...values]) => [element('dt', {}, name), element('dd', {}, ...values)]),
    );
    const line = element('p', { class: 'state-line', role: 'status' }, stateBadge(state), progressBar(job));
    replaceContent(this.#now, line, list);
  }

  #showInputs(request: RequestReport): void {
    if (!request.known) {
      replaceContent(this.#inputs, element('p', { class: 'quiet' }, 'No peer that lives holds the request.'));
      return;
    }
    if (request.inputs.length === 0) {
      replaceContent(this.#inputs, element('p', { class: 'quiet' }, 'None.'));
      return;
    }
    const list = element(
      'dl',
      { class: 'facts' },
      ...request.inputs.flatMap(({ id, kind, text, isCut, of }) => [
        element('dt', {}, id),
        element('dd', {}, ...inputContent(kind, text, isCut, of)),
      ]),
    );
    replaceContent(this.#inputs, list);
  }

  #showAttempts({ attempts, replicas, replicaNames, state }: JobReport): void {
    const items = attempts.map(({ epoch, owner, ownerName, claimedAt, endedAt, reason }) =>
      element(
        'li',
        {},
        element('strong', {}, `Attempt ${epoch}`),
        ' at ',
        nodeName(owner, ownerName),
        ', from ',
        time(claimedAt),
        endedAt === undefined ? ', goes on' : ` for ${duration(endedAt - claimedAt)}`,
        reason !== undefined && element('span', { class: 'reason' }, ` – ${reason}`),
      ),
    );
    const holders = replicas.map((peer, index) => replicaNames[index] || peer.slice(-8)).join(', ');
    replaceContent(
      this.#attempts,
      items.length > 0
        ? element('ol', { class: 'attempts' }, ...items)
        : element('p', { class: 'quiet' }, 'No peer has taken it yet.'),
      state === 'successful' &&
        holders !== '' &&
        element('p', { class: 'quiet' }, `Outputs are kept at ${holders}.`),
    );
  }

  /** Asks for the log until the job has ended, and once more then. */
  async #followLog(): Promise<void> {
    for (;;) {
      const isLast = this.#job !== undefined && !isOpen(this.#job.state);
      if (!document.hidden || isLast) {
        const log = await logOf(this.#id).catch(() => undefined);
        if (log) this.#showLog(log);
      }
      if (isLast) return;
      await new Promise((resolve) => setTimeout(resolve, LOG_MS));
    }
  }

  #showLog({ lines, unreachable }: LogReport): void {
    const isAtEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 20;
    const several = new Set(lines.map(({ epoch }) => epoch)).size > 1;
    const text = lines.map(({ epoch, at, text: line }) => {
      const clock = new Date(at).toLocaleTimeString();
      return several ? `${clock}  ${epoch}: ${line}` : `${clock}  ${line}`;
    });
    for (const { name, peer } of unreachable)
      text.push(`(the log of ${name || peer.slice(-8)} cannot be had: it is gone)`);
    this.#log.textContent = text.join('\n') || 'Nothing is noted of it any more.';
    if (isAtEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }
}

function section(title: string): HTMLElement {
  return element('section', { class: 'card', 'aria-label': title }, element('h3', {}, title));
}

/** All but the heading. */
function replaceContent(card: HTMLElement, ...content: (Node | false)[]): void {
  const kept = card.querySelector('h3') as HTMLElement;
  card.replaceChildren(kept, ...content.filter((each): each is Node => each !== false));
}

function chainLink({ job, output }: JobReport['chained'][number]): (Node | string)[] {
  return [element('a', { href: jobPage(job) }, `${output} of ${job.slice(0, 8)}`), ' '];
}

function takerLink({ job, output }: { readonly job: string; readonly output: string }): (Node | string)[] {
  return [element('a', { href: jobPage(job) }, job.slice(0, 8)), ` (takes ${output}) `];
}

function inputContent(kind: string, text: string, isCut: boolean, of: string): (Node | string)[] {
  const about = element('span', { class: 'quiet' }, of === '' ? '' : ` ${of}`);
  if (kind === 'reference') {
    const isWeb = /^https?:/.test(text);
    return [isWeb ? element('a', { href: text, rel: 'noreferrer' }, text) : text, about];
  }
  if (kind === 'job') {
    const [job = '', output = ''] = text.split('/');
    return [element('a', { href: jobPage(job) }, `${output} of ${job.slice(0, 8)}`), about];
  }
  if (kind !== 'complex') return [text, about];
  const shown =
    text === '' && isCut ? 'kept apart from the request, as it is large' : `${text}${isCut ? ' …' : ''}`;
  return [element('pre', { class: 'preview', tabindex: '0' }, shown), about];
}
