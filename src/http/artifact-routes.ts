import { type ByteRange, isArtifactId } from '../artifacts/manifest.ts';
import { GismeshError } from '../core/errors.ts';
import { parseRange } from './byte-range.ts';
import type { Call } from './call.ts';
import { ifNoneMatch } from './conditional.ts';
import { errorReply, type Reply } from './reply.ts';

/** What the routes need of the artifacts of the mesh. */
export interface ArtifactSource {
  /** Rejects `ARTIFACT_UNKNOWN` when no peer that can be reached holds it. */
  open(
    id: string,
    hints: readonly string[],
    signal: AbortSignal,
  ): Promise<{
    readonly size: number;
    read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array>;
  }>;
}

/** What jobs know of an artifact: content has no media type of its own. */
export interface ArtifactFacts {
  readonly mediaType?: string;
  /** Peers that hold it. */
  readonly holders?: readonly string[];
}

export interface ArtifactRoutesParts {
  readonly artifacts: ArtifactSource;
  /** Undefined, or no media type: it is told from the name. */
  readonly factsOf?: (id: string, name: string) => Promise<ArtifactFacts | undefined>;
}

const LONGEST_NAME = 255;
const OCTETS = 'application/octet-stream';

/** By the ends of names; the longest that fits counts. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['bin', OCTETS],
  ['csv', 'text/csv; charset=utf-8'],
  ['fgb', 'application/vnd.flatgeobuf'],
  ['geojson', 'application/geo+json'],
  ['gml', 'application/gml+xml'],
  ['gpkg', 'application/geopackage+sqlite3'],
  ['gpx', 'application/gpx+xml'],
  ['gz', 'application/gzip'],
  ['html', 'text/html; charset=utf-8'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['json', 'application/json'],
  ['kml', 'application/vnd.google-earth.kml+xml'],
  ['kmz', 'application/vnd.google-earth.kmz'],
  ['log', 'text/plain; charset=utf-8'],
  ['nc', 'application/netcdf'],
  ['parquet', 'application/vnd.apache.parquet'],
  ['pdf', 'application/pdf'],
  ['png', 'image/png'],
  ['shp.zip', 'application/zip'],
  ['svg', 'image/svg+xml'],
  ['tif', 'image/tiff; application=geotiff'],
  ['tiff', 'image/tiff; application=geotiff'],
  ['txt', 'text/plain; charset=utf-8'],
  ['vrt', 'application/xml'],
  ['webp', 'image/webp'],
  ['xml', 'application/xml'],
  ['zip', 'application/zip'],
]);

/** Shown by browsers without running anything in it; all else is saved. */
const SHOWN =
  /^(?:text\/(?:plain|csv)|image\/(?:png|jpeg|webp|gif)|application\/(?:json|geo\+json|gml\+xml|xml))\b/;

/** `/artifacts/<id>/<name>`: results of jobs, at any peer, wherever they are. */
export class ArtifactRoutes {
  readonly #artifacts: ArtifactSource;
  readonly #factsOf: NonNullable<ArtifactRoutesParts['factsOf']>;

  constructor({ artifacts, factsOf }: ArtifactRoutesParts) {
    this.#artifacts = artifacts;
    this.#factsOf = factsOf ?? (async () => undefined);
  }

  /**
   * The whole artifact or a range of it, sent while it is fetched. What breaks off on the way ends the connection:
   * the length says that something is missing. A client can then go on with a range.
   */
  async artifact(call: Call): Promise<Reply> {
    const id = call.parameter('id') ?? '';
    const name = call.parameter('name') ?? '';
    if (!isArtifactId(id)) throw unknown(id);
    if (!isName(name))
      throw new GismeshError('REQUEST_INVALID', 'The name of an artifact is one part of a path');
    const facts = await this.#factsOf(id, name);
    const etag = `"${id}"`;
    const headers: Record<string, string> = {
      etag,
      // The address says what the content is: it never changes.
      'cache-control': 'public, max-age=31536000, immutable',
    };
    const condition = call.header('if-none-match');
    if (condition !== null && ifNoneMatch(condition, etag)) return { status: 304, headers, body: null };
    const artifact = await this.#artifacts.open(id, facts?.holders ?? [], call.signal);
    const { size } = artifact;
    const mediaType = facts?.mediaType ?? mediaTypeOf(name);
    const type = isHeaderValue(mediaType) ? mediaType : OCTETS;
    Object.assign(headers, {
      'content-type': type,
      'content-disposition': disposition(SHOWN.test(type) ? 'inline' : 'attachment', name),
      // Whatever a process wrote: nothing in it runs with the rights of this page.
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'accept-ranges': 'bytes',
    });
    const range = appliesTo(call.header('if-range'), etag)
      ? parseRange(call.header('range'), size)
      : undefined;
    if (range === 'unsatisfiable') {
      return errorReply(416, 'REQUEST_INVALID', `The artifact has ${size} bytes`, {
        'content-range': `bytes */${size}`,
        'accept-ranges': 'bytes',
      });
    }
    const { from, to } = range ?? { from: 0, to: size };
    headers['content-length'] = String(to - from);
    if (range) headers['content-range'] = `bytes ${from}-${to - 1}/${size}`;
    const isHead = call.method === 'HEAD';
    return {
      status: range ? 206 : 200,
      headers,
      body: isHead || to === from ? null : streamOf((signal) => artifact.read({ from, to }, signal), call),
    };
  }
}

/** A stream that fetches when it is read, and ends what is under way when its reader leaves. */
function streamOf(
  read: (signal: AbortSignal) => AsyncGenerator<Uint8Array>,
  call: Call,
): ReadableStream<Uint8Array> {
  const left = new AbortController();
  const pieces = read(AbortSignal.any([call.signal, left.signal]));
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          controller.error(error);
          call.disconnect();
        }
      },
      async cancel() {
        left.abort();
        await pieces.return(undefined).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/** `If-Range` (RFC 9110 section 13.1.5): a strong comparison; dates are not offered and never match. */
function appliesTo(ifRange: string | null, etag: string): boolean {
  return ifRange === null || ifRange.trim() === etag;
}

function isName(name: string): boolean {
  return (
    name !== '' && name.length <= LONGEST_NAME && !/[/\\\p{Cc}]/u.test(name) && name !== '.' && name !== '..'
  );
}

function mediaTypeOf(name: string): string {
  const parts = name.toLowerCase().split('.');
  for (let at = 1; at < parts.length; at += 1) {
    const type = MEDIA_TYPES.get(parts.slice(at).join('.'));
    if (type) return type;
  }
  return OCTETS;
}

function isHeaderValue(text: string): boolean {
  return /^[\w.+-]+\/[\w.+-]+(?:\s*;\s*[\w-]+=(?:[\w.+:/-]+|"[\x20-\x21\x23-\x7e]*"))*$/.test(text);
}

/** RFC 6266, with the name in ASCII for old clients and in UTF-8 (RFC 8187) for all others. */
function disposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function unknown(id: string): GismeshError {
  return new GismeshError('ARTIFACT_UNKNOWN', `"${id.slice(0, LONGEST_NAME)}" is not the id of an artifact`);
}
