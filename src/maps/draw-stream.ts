import { create, toBinary } from '@bufbuild/protobuf';
import {
  type DrawReply,
  DrawReplySchema,
  type DrawRequest,
  DrawRequestSchema,
} from '../../protocols/maps/maps_pb.js';
import { type ErrorCode, errorCode, GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { decodeMessage } from '../platform/messages.ts';
import type { ByteStream, PeerId } from '../platform/network.ts';
import { ByteReader, framed, readFrame } from '../platform/stream-frames.ts';
import type { CacheOutcome } from './map-service.ts';
import { type PartPack, packBytes } from './part-pack.ts';

/** See protocols/maps/README.md for the exchange. */
export const DRAW_PROTOCOL = '/gismesh/maps/draw/1';

export interface DrawStreamLimits {
  /** A request's protobuf. */
  readonly maxRequestBytes: number;
  /** All parts of one reply together. */
  readonly maxPackBytes: number;
}

export interface RemotePack {
  readonly pack: PartPack;
  readonly cache: CacheOutcome;
}

/** What the asking side wants to know of an exchange while it goes on. */
export interface Asking {
  readonly contentType: string;
  /** Sees what the peer says before its parts; throws when that cannot be. */
  readonly onReply: (reply: DrawReply) => void;
  /** Sees each part as soon as it has arrived, the wanted one first. */
  readonly onPart: (index: number, part: Uint8Array) => void;
}

/** The asking side of a draw stream: one exchange after another. */
export class DrawStream {
  readonly #stream: ByteStream;
  readonly #reader: ByteReader;
  readonly #limits: DrawStreamLimits;
  #answered = false;
  #clean = true;

  constructor(stream: ByteStream, limits: DrawStreamLimits) {
    this.#stream = stream;
    this.#reader = new ByteReader(stream);
    this.#limits = limits;
  }

  get closed(): AbortSignal {
    return this.#stream.closed;
  }

  /** The last exchange went to its end, so that another one may follow. */
  get reusable(): boolean {
    return this.#clean && !this.closed.aborted;
  }

  /** Something was heard in answer to the last request. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Asks for one drawing. Aborting `signal` resets the stream, which cancels the drawing over there. */
  async ask(request: DrawRequest, asking: Asking, signal: AbortSignal): Promise<RemotePack> {
    const cancel = () => this.#stream.abort(asError(signal.reason));
    signal.addEventListener('abort', cancel, { once: true });
    this.#answered = false;
    this.#clean = false;
    try {
      signal.throwIfAborted();
      await this.#stream.write(framed(toBinary(DrawRequestSchema, request)));
      return await this.#readReply(request, asking);
    } catch (error) {
      if (!this.#clean) this.#stream.abort(asError(error));
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Ends the stream when nothing is under way on it. */
  close(): void {
    this.#stream.closeWrite().catch((error) => this.#stream.abort(asError(error)));
  }

  async #readReply(request: DrawRequest, asking: Asking): Promise<RemotePack> {
    const frame = await readFrame(this.#reader, this.#limits.maxRequestBytes);
    this.#answered = true;
    const reply = decodeMessage(DrawReplySchema, frame);
    if (reply.errorCode !== '') {
      this.#clean = !this.#reader.hasRest;
      throw remoteError(reply);
    }
    asking.onReply(reply);
    const parts = await this.#readParts(reply, request.firstPart, asking);
    if (this.#reader.hasRest) {
      throw new GismeshError('MESSAGE_MALFORMED', 'A draw stream goes on after the last part of its reply');
    }
    this.#clean = true;
    const { cache, ...made } = saidBy(this.#stream.peer, reply);
    return { pack: { parts, contentType: asking.contentType, ...made }, cache };
  }

  async #readParts({ partBytes }: DrawReply, firstPart: number, { onPart }: Asking): Promise<Uint8Array[]> {
    const total = partBytes.reduce((sum, size) => sum + size, 0);
    if (total > this.#limits.maxPackBytes) {
      throw new GismeshError('MESSAGE_TOO_LARGE', `A peer wants to send a drawing of ${total} bytes`);
    }
    const parts: Uint8Array[] = new Array(partBytes.length);
    for (const index of sendingOrder(parts.length, firstPart)) {
      parts[index] = await this.#reader.read(partBytes[index] as number);
      onPart(index, parts[index]);
    }
    return parts;
  }
}

/** What a reply says of the drawing's making. */
export interface Making {
  readonly drawnBy: PeerId;
  readonly drawnByName: string;
  readonly renderMs: number;
  readonly cache: CacheOutcome;
}

const MAX_NAME_LENGTH = 128;

/** Another peer's words in the bounds of this one's. */
export function saidBy(peer: PeerId, reply: DrawReply): Making {
  return {
    drawnBy: (reply.drawnBy || peer).slice(0, MAX_NAME_LENGTH),
    drawnByName: reply.drawnByName.slice(0, MAX_NAME_LENGTH),
    renderMs: Number.isFinite(reply.renderMs) ? Math.max(0, reply.renderMs) : 0,
    cache: reply.cache === 'hit' || reply.cache === 'joined' ? reply.cache : 'miss',
  };
}

/** The wanted part first, then the others as they come. */
function sendingOrder(count: number, first: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  return first < count ? [first, ...order.filter((index) => index !== first)] : order;
}

/** The signal aborts when the asking side is gone. */
export type AnswerDrawing = (request: DrawRequest, signal: AbortSignal) => Promise<RemotePack>;

/** What serves draw streams. */
export interface DrawService {
  readonly limits: DrawStreamLimits;
  readonly clock: Clock;
  /** For a request to come, and again for its answer to its last byte. */
  readonly timeoutMs: number;
  readonly answer: AnswerDrawing;
  /** Told when an exchange begins and ends. */
  readonly onBusy: (change: 1 | -1) => void;
}

/** Serves one draw stream: reads a request, has it answered, writes the parts, until the asking side ends it. */
export async function serveDrawings(stream: ByteStream, service: DrawService): Promise<void> {
  const reader = new ByteReader(stream);
  while (await inTime(stream, service, reader.more())) {
    await inTime(stream, service, serveOne(stream, reader, service));
  }
  await stream.closeWrite();
}

/** Resets the stream when `work` takes too long, which ends it. */
async function inTime<T>(
  stream: ByteStream,
  { clock, timeoutMs }: DrawService,
  work: Promise<T>,
): Promise<T> {
  const timer = clock.after(timeoutMs, () => {
    stream.abort(new GismeshError('DEADLINE_EXCEEDED', `Not served within ${timeoutMs} ms`));
  });
  try {
    return await work;
  } finally {
    timer.cancel();
  }
}

async function serveOne(stream: ByteStream, reader: ByteReader, service: DrawService): Promise<void> {
  const { limits, answer, onBusy } = service;
  const request = decodeMessage(DrawRequestSchema, await readFrame(reader, limits.maxRequestBytes));
  onBusy(1);
  try {
    const answered = await answer(request, stream.closed).catch((error: unknown) => refusal(error));
    if ('errorCode' in answered) await stream.write(framed(toBinary(DrawReplySchema, answered)));
    else await writePack(stream, answered, request.firstPart);
  } finally {
    onBusy(-1);
  }
}

async function writePack(stream: ByteStream, { pack, cache }: RemotePack, firstPart: number): Promise<void> {
  const { parts, renderMs, drawnBy, drawnByName } = pack;
  const reply = create(DrawReplySchema, {
    partBytes: parts.map((part) => part.byteLength),
    renderMs,
    drawnBy,
    drawnByName,
    cache,
  });
  const header = framed(toBinary(DrawReplySchema, reply));
  const ordered = sendingOrder(parts.length, firstPart).map((index) => parts[index] as Uint8Array);
  const [first, ...rest] = ordered;
  // One write for the header and the part that somebody waits for: one packet train, one wake-up.
  await stream.write(first ? Buffer.concat([header, first]) : header);
  if (rest.length > 0 && packBytes(pack) > 0) for (const part of rest) await stream.write(part);
}

/** What may go wrong with a drawing; any other code means no more than that it failed there. */
const DRAWING_ERRORS: readonly string[] = [
  'BUSY',
  'BUNDLE_NOT_HELD',
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'ENGINE_CRASHED',
  'ENGINE_MEMORY_EXCEEDED',
  'ENGINE_UNAVAILABLE',
  'IMAGE_UNDECODABLE',
  'INTERNAL',
  'MESSAGE_MALFORMED',
  'PROJECT_INVALID',
  'RENDER_FAILED',
  'REQUEST_INVALID',
  'REQUEST_TOO_LARGE',
] satisfies ErrorCode[];
const MAX_ERROR_LENGTH = 1000;

function refusal(error: unknown): DrawReply {
  const message = error instanceof Error ? error.message : String(error);
  return create(DrawReplySchema, {
    errorCode: errorCode(error),
    errorMessage: message.slice(0, MAX_ERROR_LENGTH),
  });
}

function remoteError({ errorCode: code, errorMessage }: DrawReply): GismeshError {
  const known = DRAWING_ERRORS.includes(code) ? (code as ErrorCode) : 'REMOTE_FAILED';
  return new GismeshError(known, errorMessage.slice(0, MAX_ERROR_LENGTH) || 'The drawing peer failed');
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
