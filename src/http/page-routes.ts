import type { Call } from './call.ts';
import type { Page } from './page.ts';
import { errorReply, type Reply, textReply } from './reply.ts';

/**
 * The page runs nothing but its own files and shows images from anywhere on its own origin, blobs and data
 * URLs. Styles set by scripts on single elements are not covered by style-src.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'self'",
    "img-src 'self' blob: data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
};

const NOT_BUILT = `gismesh runs, but its page was not built.

Build it with "npm run build" and start gismesh again. The maps are there without it:
  /wms?SERVICE=WMS&REQUEST=GetCapabilities
  /wmts/1.0.0/WMTSCapabilities.xml
  /api/status
`;

/** The page's files, and the answer for everything that is not there. */
export function pageReply(call: Call, page: Page | undefined): Reply {
  const { path } = call;
  if (page === undefined && path === '/') return textReply(200, NOT_BUILT);
  const found = page?.reply(path);
  if (found === undefined) return notFound(call);
  Object.assign(found.headers, PAGE_HEADERS);
  return found;
}

/** For browsers a page, for programs JSON. */
function notFound(call: Call): Reply {
  if (!/\btext\/html\b/i.test(call.header('accept') ?? '')) {
    return errorReply(
      404,
      'REQUEST_INVALID',
      'Nothing is here; the map is at /, its services at /wms and /wmts',
    );
  }
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Not found</title></head>
<body><h1>Nothing is here</h1><p><a href="/">To the map</a></p></body></html>
`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    ...PAGE_HEADERS,
  };
  return { status: 404, headers, body };
}
