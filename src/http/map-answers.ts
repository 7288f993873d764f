import type { CacheOutcome, ImageAnswer, Provenance } from '../maps/map-service.ts';
import type { WrittenDocument } from '../ogc/service.ts';
import { documentTag } from './page.ts';
import type { Reply } from './reply.ts';

/** What is the same in all answers with one image: built once, since a cached image is answered often. */
interface ImageHeaders {
  readonly common: Readonly<Record<string, string>>;
  /** `Server-Timing` but for the total. */
  readonly steps: string;
}

/** What projects' data say is text to look at: as HTML it gets styles, no scripts and no origin of its own. */
const FOREIGN_CONTENT = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Turns what the map service found into replies. */
export class MapAnswers {
  readonly #cacheControl: string;
  readonly #images = new WeakMap<ImageAnswer, ImageHeaders>();

  constructor(options: { mapMaxAgeSeconds: number }) {
    this.#cacheControl = `public, max-age=${options.mapMaxAgeSeconds}, must-revalidate`;
  }

  image(answer: ImageAnswer, totalMs: number): Reply {
    const { common, steps } = this.#imageHeaders(answer);
    const headers = { ...common, 'server-timing': `${steps}total;dur=${totalMs.toFixed(2)}` };
    return { status: 200, headers, body: answer.body, cache: answer.cache };
  }

  /** What was found under a pixel: it may change with its data, so it is asked for each time. */
  features(answer: Provenance, document: WrittenDocument, totalMs: number): Reply {
    const { status, contentType, body } = document;
    const headers = {
      'content-type': withCharset(contentType),
      'content-security-policy': FOREIGN_CONTENT,
      'cache-control': 'no-cache',
      etag: documentTag(body),
      ...provenanceHeaders(answer),
      'server-timing': `${timingSteps(answer)}total;dur=${totalMs.toFixed(2)}`,
    };
    return { status, headers, body, cache: answer.cache };
  }

  #imageHeaders(answer: ImageAnswer): ImageHeaders {
    let known = this.#images.get(answer);
    if (known === undefined) {
      const common = {
        'content-type': answer.contentType,
        'cache-control': this.#cacheControl,
        etag: answer.etag,
        ...provenanceHeaders(answer),
      };
      known = { common, steps: timingSteps(answer) };
      this.#images.set(answer, known);
    }
    return known;
  }
}

/**
 * Capabilities: the document depends on the host and the proxies a client came through, so `Vary` names what
 * the URL does not show.
 */
export function capabilitiesReply({ status, contentType, body }: WrittenDocument): Reply {
  const headers = {
    'content-type': withCharset(contentType),
    'cache-control': 'no-cache',
    etag: documentTag(body),
    vary: 'Forwarded, X-Forwarded-Host, X-Forwarded-Proto, X-Forwarded-Port, X-Forwarded-Prefix',
  };
  return { status, headers, body };
}

/** Our documents are UTF-8; a media type that says nothing would leave that to guessing. */
export function withCharset(contentType: string): string {
  return /;\s*charset=/i.test(contentType) ? contentType : `${contentType}; charset=utf-8`;
}

function provenanceHeaders({ peer, peerName, cache, reason }: Provenance): {
  'x-gismesh-peer': string;
  'x-gismesh-peer-name': string;
  'x-gismesh-cache': CacheOutcome;
  'x-gismesh-reason': string;
} {
  return {
    'x-gismesh-peer': headerText(peer),
    'x-gismesh-peer-name': headerText(peerName),
    'x-gismesh-cache': cache,
    'x-gismesh-reason': headerText(reason),
  };
}

/** Names and reasons come from other peers: printable ASCII passes, the rest is percent-encoded. */
function headerText(text: string): string {
  return text.slice(0, 256).replace(/[^\x20-\x7e]+/gu, (part) => encodeURIComponent(part.toWellFormed()));
}

function timingSteps({ timing }: Provenance): string {
  let steps = '';
  for (const name of ['bid', 'forward', 'render'] as const) {
    const ms = timing[name];
    if (ms !== undefined) steps += `${name};dur=${ms.toFixed(2)}, `;
  }
  return steps;
}
