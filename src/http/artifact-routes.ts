import { isArtifactId } from '../artifacts/manifest.ts';
import { smallContent } from '../artifacts/small-content.ts';
import { GismeshError } from '../core/errors.ts';
import { mediaTypeOfName } from '../ogc/processes/file-names.ts';
import type { Call } from './call.ts';
import { contentReply, type OpenContent } from './content-reply.ts';
import type { Reply } from './reply.ts';

/** What the routes need of the artifacts of the mesh. */
export interface ArtifactSource {
  /** Rejects `ARTIFACT_UNKNOWN` when no peer that can be reached holds it. */
  open(id: string, hints: readonly string[], signal: AbortSignal): Promise<OpenContent>;
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

/** `/artifacts/<id>/<name>`: results of jobs, at any peer, wherever they are. */
export class ArtifactRoutes {
  readonly #artifacts: ArtifactSource;
  readonly #factsOf: NonNullable<ArtifactRoutesParts['factsOf']>;

  constructor({ artifacts, factsOf }: ArtifactRoutesParts) {
    this.#artifacts = artifacts;
    this.#factsOf = factsOf ?? (async () => undefined);
  }

  async artifact(call: Call): Promise<Reply> {
    const id = call.parameter('id') ?? '';
    const fileName = call.parameter('name') ?? '';
    if (!isArtifactId(id) && smallContent(id) === undefined) throw unknown(id);
    if (!isName(fileName))
      throw new GismeshError('REQUEST_INVALID', 'The name of an artifact is one part of a path');
    const facts = await this.#factsOf(id, fileName);
    const mediaType = facts?.mediaType ?? mediaTypeOfName(fileName);
    return await contentReply(
      call,
      // The address says what the content is: it never changes.
      { tag: id, mediaType, fileName, cacheControl: 'public, max-age=31536000, immutable' },
      () => this.#artifacts.open(id, facts?.holders ?? [], call.signal),
    );
  }
}

function isName(name: string): boolean {
  return (
    name !== '' && name.length <= LONGEST_NAME && !/[/\\\p{Cc}]/u.test(name) && name !== '.' && name !== '..'
  );
}

function unknown(id: string): GismeshError {
  return new GismeshError('ARTIFACT_UNKNOWN', `"${id.slice(0, LONGEST_NAME)}" is not the id of an artifact`);
}
