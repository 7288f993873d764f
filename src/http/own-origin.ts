import type { Call } from './call.ts';
import { isLoopbackName } from './host.ts';
import { errorReply, type Reply } from './reply.ts';

/**
 * The refusal of what the page of another site asks for behind its reader's back; undefined for this front door's
 * own pages, and for programs, which name no origin.
 */
export function refusalOfOtherOrigin(call: Call): Reply | undefined {
  const site = call.header('sec-fetch-site') ?? 'none';
  const origin = call.header('origin');
  const isOwn =
    (site === 'none' || site === 'same-origin') &&
    (origin === null || origin === new URL(call.baseUrl).origin);
  if (isOwn) return undefined;
  return errorReply(403, 'ORIGIN_REFUSED', 'Pages of other sites may not do this: use the page of this peer');
}

/**
 * Why the page of another site may not do this behind its reader's back; undefined where it may: this front door's own
 * pages, those of this machine, of the origins `allowed` (`*`: any), programs, which name no origin, and readers who
 * follow a link. See RFC 6454 and the W3C's Fetch Metadata Request Headers.
 */
export function problemOfOrigin(call: Call, allowed: readonly string[]): string | undefined {
  if (allowed.includes('*')) return undefined;
  const origin = call.header('origin');
  if (origin !== null) {
    const isKnown = origin === new URL(call.baseUrl).origin || isOfThisMachine(origin);
    const isAllowed = isKnown || allowed.some((site) => URL.parse(site)?.origin === origin);
    return isAllowed ? undefined : notAllowed(origin.slice(0, 200));
  }
  if (call.header('sec-fetch-site') !== 'cross-site') return undefined;
  const isLink = call.header('sec-fetch-mode') === 'navigate' && call.header('sec-fetch-dest') === 'document';
  return isLink ? undefined : notAllowed('another site');
}

function isOfThisMachine(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackName(new URL(origin).hostname.replace(/^\[|\]$/g, ''));
}

function notAllowed(who: string): string {
  return `Pages of ${who} may not use the processes here: add the origin to http.allowedOrigins if they are meant to`;
}
