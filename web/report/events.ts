import type { ReportRun } from '../../sim/report/data.ts';
import { element } from '../src/dom.ts';
import { clockTime } from './clock-time.ts';

/** The timeline for reading. */
export function showEvents(container: HTMLElement, { timeline, omitted }: ReportRun): void {
  if (timeline.length === 0) {
    container.replaceChildren(element('p', { class: 'quiet' }, 'Nothing went wrong.'));
    return;
  }
  const rows = timeline.map(({ atMs, untilMs, text, isBad }) =>
    element(
      'li',
      isBad ? { class: 'bad' } : {},
      element(
        'span',
        { class: 'n' },
        untilMs === undefined ? clockTime(atMs) : `${clockTime(atMs)} – ${clockTime(untilMs)}`,
      ),
      element('span', {}, text),
    ),
  );
  container.replaceChildren(
    element('ol', { class: 'event-list', tabindex: '0', 'aria-label': 'Events' }, ...rows),
    (omitted > 0 && element('p', { class: 'quiet' }, `and ${omitted} more that are not listed`)) || '',
  );
}
