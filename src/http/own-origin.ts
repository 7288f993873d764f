import type { Call } from './call.ts';
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
  return errorReply(
    403,
    'REQUEST_INVALID',
    'Pages of other sites may not do this: use the page of this peer',
  );
}
