import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DrawReply,
  DrawReplySchema,
  type DrawRequest,
  DrawRequestSchema,
} from '../../protocols/maps/maps_pb.js';
import { type ErrorCode, errorCode, GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { ByteStream, Network, PeerId } from '../platform/network.ts';
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

interface Asking {
  /** Aborting resets the stream, which cancels the drawing over there. */
  readonly signal: AbortSignal;
  /** Upper bound on opening the stream; the signal bounds the rest. */
  readonly timeoutMs: number;
  readonly limits: DrawStreamLimits;
  readonly contentType: string;
  /** Sees what the peer says before its parts; throws when that cannot be. */
  readonly onReply: (reply: DrawReply) => void;
  /** Sees each part as soon as it has arrived, the wanted one first. */
  readonly onPart: (index: number, part: Uint8Array) => void;
}

/** Asks `peer` for a drawing. */
export async function requestDrawing(
  network: Network,
  peer: PeerId,
  request: DrawRequest,
  options: Asking,
): Promise<RemotePack> {
  const { signal } = options;
  const stream = await network.openStream(peer, DRAW_PROTOCOL, options);
  const cancel = () => stream.abort(asError(signal.reason));
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    await stream.write(framed(toBinary(DrawRequestSchema, request)));
    await stream.closeWrite();
    const reader = new ByteReader(stream);
    const reply = fromBinary(DrawReplySchema, await readFrame(reader, options.limits.maxRequestBytes));
    if (reply.errorCode !== '') throw remoteError(reply);
    options.onReply(reply);
    const parts = await readParts(reader, reply, request.firstPart, options);
    await reader.end();
    const { cache, ...made } = saidBy(peer, reply);
    return { pack: { parts, contentType: options.contentType, ...made }, cache };
  } catch (error) {
    stream.abort(asError(error));
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
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

async function readParts(
  reader: ByteReader,
  reply: DrawReply,
  firstPart: number,
  options: Asking,
): Promise<Uint8Array[]> {
  const total = reply.partBytes.reduce((sum, size) => sum + size, 0);
  if (total > options.limits.maxPackBytes) {
    throw new GismeshError('MESSAGE_TOO_LARGE', `A peer wants to send a drawing of ${total} bytes`);
  }
  const parts: Uint8Array[] = new Array(reply.partBytes.length);
  for (const index of sendingOrder(parts.length, firstPart)) {
    parts[index] = await reader.read(reply.partBytes[index] as number);
    options.onPart(index, parts[index]);
  }
  return parts;
}

/** The wanted part first, then the others as they come. */
function sendingOrder(count: number, first: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  return first < count ? [first, ...order.filter((index) => index !== first)] : order;
}

/** The signal aborts when the asking side is gone or its time is up. */
export type AnswerDrawing = (request: DrawRequest, signal: AbortSignal) => Promise<RemotePack>;

/** Serves one draw stream: reads the request, has it answered, writes the parts; all of it within `timeoutMs`. */
export async function serveDrawing(
  stream: ByteStream,
  limits: DrawStreamLimits,
  time: { readonly clock: Clock; readonly timeoutMs: number },
  answer: AnswerDrawing,
): Promise<void> {
  const timer = time.clock.after(time.timeoutMs, () => {
    stream.abort(new GismeshError('DEADLINE_EXCEEDED', `Not served within ${time.timeoutMs} ms`));
  });
  try {
    await serve(stream, limits, answer);
  } finally {
    timer.cancel();
  }
}

async function serve(stream: ByteStream, limits: DrawStreamLimits, answer: AnswerDrawing): Promise<void> {
  const reader = new ByteReader(stream);
  const request = fromBinary(DrawRequestSchema, await readFrame(reader, limits.maxRequestBytes));
  let answered: RemotePack;
  try {
    answered = await answer(request, stream.closed);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reply = create(DrawReplySchema, {
      errorCode: errorCode(error),
      errorMessage: message.slice(0, MAX_ERROR_LENGTH),
    });
    await stream.write(framed(toBinary(DrawReplySchema, reply)));
    await stream.closeWrite();
    return;
  }
  await writePack(stream, answered, request.firstPart);
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
  await stream.closeWrite();
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

function remoteError({ errorCode: code, errorMessage }: DrawReply): GismeshError {
  const known = DRAWING_ERRORS.includes(code) ? (code as ErrorCode) : 'REMOTE_FAILED';
  return new GismeshError(known, errorMessage.slice(0, MAX_ERROR_LENGTH) || 'The drawing peer failed');
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Length (u32 LE) and content. */
function framed(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(4 + message.byteLength);
  frame.writeUInt32LE(message.byteLength);
  frame.set(message, 4);
  return frame;
}

async function readFrame(reader: ByteReader, maxBytes: number): Promise<Uint8Array> {
  const prefix = Buffer.from(await reader.read(4));
  const length = prefix.readUInt32LE();
  if (length > maxBytes)
    throw new GismeshError('MESSAGE_TOO_LARGE', `A message of ${length} bytes; at most ${maxBytes}`);
  return reader.read(length);
}

/** Reads exact lengths off a stream; what is not asked for yet stays with the sender. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: ByteStream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Uint8Array> {
    if (this.#rest.byteLength >= length) return this.#take(length);
    const pieces = [this.#rest];
    let have = this.#rest.byteLength;
    while (have < length) {
      const next = await this.#chunks.next();
      if (next.done) {
        throw new GismeshError(
          'MESSAGE_MALFORMED',
          `The stream ended ${length - have} bytes before its message did`,
        );
      }
      pieces.push(next.value);
      have += next.value.byteLength;
    }
    this.#rest = Buffer.concat(pieces, have);
    return this.#take(length);
  }

  /** Waits for the end of the stream; throws when there is more. */
  async end(): Promise<void> {
    if (this.#rest.byteLength === 0 && (await this.#chunks.next()).done) return;
    throw new GismeshError('MESSAGE_MALFORMED', 'A stream goes on after its last part');
  }

  #take(length: number): Uint8Array {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}
