import { JOB_LIMITS, type OutputReference } from '../core/jobs/job-status.ts';
import type { BoundingBoxValue, LiteralValue } from '../ogc/processes/execute-request.ts';
import type { PeerId } from '../platform/network.ts';
import type { Content, TaskOutput } from '../processes/process.ts';

/** An output as it is kept: bytes with the type that they are served as. */
export interface KeptOutput {
  readonly name: string;
  readonly mediaType: string;
  readonly fileName?: string;
  readonly content: Content;
}

/** Room for the outputs of a job that is about to begin. */
export interface OutputRoom {
  release(): void;
}

/** Where outputs are kept. The mesh's artifact store, or the simulator's. */
export interface OutputStore {
  /** Whether there is room for one more job, as far as is known without asking the disk. */
  hasRoom(): boolean;
  /** Rejects `STORE_FULL`. */
  reserve(): Promise<OutputRoom>;
  /**
   * Keeps an output here and on `copies` other peers, fewer where there are not so many, until `expiresAt` (ms since
   * 1970), in the `room` reserved for it and more where there is some; `replicas` is undefined for one that is held by
   * whoever knows its id, which is its content: a small one may be such where `mayBeId`. Rejects `STORE_FULL` when there
   * is no room.
   */
  keep(
    output: KeptOutput,
    options: {
      readonly job: string;
      readonly copies: number;
      readonly expiresAt: number;
      readonly room?: OutputRoom;
      readonly mayBeId: boolean;
      /** Nobody needs it any more: no further copies are made. */
      readonly signal?: AbortSignal;
    },
  ): Promise<{
    readonly artifact: string;
    readonly bytes: number;
    readonly replicas: readonly PeerId[] | undefined;
  }>;
  /** An output of any size, to be read while it is fetched. Rejects `ARTIFACT_UNKNOWN` when nobody has it. */
  open(artifact: string, peers: readonly PeerId[], signal: AbortSignal): Promise<OpenOutput>;
  /** Whether all of it is on this disk. */
  holds(artifact: string): boolean;
  /** Peers that can be reached and hold it, this one included. */
  holders(artifact: string): Promise<readonly PeerId[]>;
  /** Jobs that need it, as far as this peer knows. */
  jobsOf(artifact: string): readonly string[];
  /** All bytes of a small output, from here or one of `peers`. Rejects `ARTIFACT_UNKNOWN` when nobody has it. */
  read(
    artifact: string,
    options: { readonly peers: readonly PeerId[]; readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<Uint8Array>;
  /** The same as content for a process: where there are files, one in a folder that is made when it is not there. */
  stage(
    artifact: string,
    options: { readonly peers: readonly PeerId[]; readonly folder: string; readonly signal?: AbortSignal },
  ): Promise<Content>;
}

/** An output that can be read, wherever it is. */
export interface OpenOutput {
  readonly size: number;
  /** Bytes `from` (inclusive) to `to` (exclusive); the reader holds back whoever gives them. */
  read(
    range: { readonly from: number; readonly to: number },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array>;
}

const LITERAL = 'text/plain; charset=utf-8; kind=literal';
const BBOX = 'application/json; kind=bbox';

/** What is kept of what a process gave. Literals and boxes say by their media type what they are. */
export function keptOutput({ id, value }: TaskOutput): KeptOutput {
  switch (value.kind) {
    case 'literal': {
      const parameters = [
        ['datatype', value.dataType],
        ['uom', value.uom],
      ].flatMap(([name, each]) => (each ? [`; ${name}="${encodeURIComponent(each)}"`] : []));
      return { name: id, mediaType: LITERAL + parameters.join(''), content: textContent(value.value) };
    }
    case 'bbox':
      return { name: id, mediaType: BBOX, content: textContent(JSON.stringify(value)) };
    case 'complex':
      return { name: id, mediaType: mediaTypeOfData(value.format.mediaType), content: value.content };
  }
}

/**
 * As a status can hold it, and no literal or box: it may be what a server on the web said of data that are given
 * back as they came.
 */
function mediaTypeOfData(mediaType: string): string {
  const line = mediaType.replaceAll(/\p{Cc}+/gu, ' ').replaceAll(/\s*;\s*kind\s*=[^;]*/gi, '');
  return line.length <= JOB_LIMITS.name ? line : (line.split(';')[0] as string).slice(0, JOB_LIMITS.name);
}

/** Whether the output stands as a value in answers, whatever is asked: literals and boxes. */
export function isSimple({ mediaType }: Pick<OutputReference, 'mediaType'>): boolean {
  return mediaType === BBOX || mediaType.startsWith(LITERAL);
}

/** The value of a simple output from what is kept of it. */
export function simpleValue(mediaType: string, bytes: Uint8Array): LiteralValue | BoundingBoxValue {
  const text = new TextDecoder().decode(bytes);
  if (mediaType === BBOX) return JSON.parse(text) as BoundingBoxValue;
  const parameter = (name: string) =>
    decodeURIComponent(new RegExp(`; ${name}="([^"]*)"`).exec(mediaType)?.[1] ?? '');
  return { kind: 'literal', value: text, dataType: parameter('datatype'), uom: parameter('uom') };
}

function textContent(text: string): Content {
  return { at: 'memory', bytes: new TextEncoder().encode(text) };
}
