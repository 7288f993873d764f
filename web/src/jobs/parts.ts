import type { JobReport } from '../../../src/http/job-report.ts';
import { element } from '../dom.ts';
import { isOpen, moment } from './words.ts';

/** Pieces that several pages of jobs show. */

export function stateBadge(state: string): HTMLElement {
  return element('span', { class: 'badge', 'data-state': state }, state);
}

/** A bar with the percent beside it; its message for who points at it, and for screen readers. */
export function progressBar({ state, progress, message, process }: JobReport): HTMLElement {
  const bar = element('progress', { max: '100', 'aria-label': `Progress of ${process}: ${message}` });
  // Without a value the browser shows that something goes on.
  if (!isOpen(state) || state === 'accepted' || progress > 0) bar.value = progress;
  return element(
    'span',
    { class: 'progress', 'data-state': state, title: message },
    bar,
    element('span', { class: 'percent' }, `${progress} %`),
  );
}

export function time(ms: number): HTMLElement {
  const iso = new Date(ms).toISOString();
  return element('time', { datetime: iso, title: iso.replace('T', ' ').slice(0, 19) }, moment(ms));
}

export function nodeName(id: string, name: string): HTMLElement {
  return element('span', { title: id }, name || id.slice(-8) || '–');
}

export function failure(error: unknown): HTMLElement {
  return element('p', { class: 'problem', role: 'alert' }, (error as Error).message);
}
