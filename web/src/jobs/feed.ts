import type { JobNews } from '../../../src/http/job-report.ts';
import { byId } from '../dom.ts';
import { base } from './api.ts';

/** A browser gives an event stream up for good on an HTTP error, as while the peer restarts. */
const REOPEN_MS = 2000;

/** A browser has six connections to a peer for all its pages: hidden ones give theirs up after this. */
const HIDDEN_MS = 60_000;

/**
 * Follows events of jobs for as long as the page is open: of all, or of one. `again` is called when something may
 * have been missed. Returns the end of it.
 */
export function follow(resource: string, take: (news: JobNews) => void, again: () => void): () => void {
  const box = byId('connection');
  let source: EventSource | undefined;
  let hiding: ReturnType<typeof setTimeout> | undefined;
  let wasLost = false;
  const open = () => {
    source = new EventSource(new URL(resource, base));
    const opened = source;
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
      if (opened.readyState === EventSource.CLOSED && opened === source) setTimeout(open, REOPEN_MS);
    };
  };
  const close = () => {
    source?.close();
    source = undefined;
    wasLost = true;
    delete box.dataset.state;
    box.textContent = '';
  };
  const onVisibility = () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(close, HIDDEN_MS);
    else if (!source) open();
  };
  document.addEventListener('visibilitychange', onVisibility);
  open();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    clearTimeout(hiding);
    close();
  };
}
