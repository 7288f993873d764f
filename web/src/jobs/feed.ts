import type { JobNews } from '../../../src/http/job-report.ts';
import { byId } from '../dom.ts';
import { base } from './api.ts';

/** A browser gives an event stream up for good on an HTTP error, as while the peer restarts. */
const REOPEN_MS = 2000;

/**
 * Follows events of jobs for as long as the page is open: of all, or of one. `again` is called when something may
 * have been missed.
 */
export function follow(resource: string, take: (news: JobNews) => void, again: () => void): void {
  const box = byId('connection');
  let wasLost = false;
  const open = () => {
    const source = new EventSource(new URL(resource, base));
    source.onopen = () => {
      box.dataset.state = 'live';
      box.textContent = 'Live';
      if (wasLost) again();
      wasLost = false;
    };
    source.onmessage = ({ data }) => {
      const news = JSON.parse(data) as JobNews;
      if (news.event === 'overflow') again();
      else take(news);
    };
    source.onerror = () => {
      wasLost = true;
      box.dataset.state = 'lost';
      box.textContent = 'Connection to this peer lost, trying again …';
      if (source.readyState === EventSource.CLOSED) setTimeout(open, REOPEN_MS);
    };
  };
  open();
}
