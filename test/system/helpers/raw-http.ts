import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of several the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Waiting {
  readonly method: string;
  readonly resolve: (answer: RawAnswer | undefined) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A kept-alive connection for bytes that no HTTP library would send. One request at a time; a connection that
 * the server closed is opened anew by the next one.
 */
export class RawConnection {
  readonly #port: number;
  readonly #patienceMs: number;
  #socket: Socket | undefined;
  #received = Buffer.alloc(0);
  #waiting: Waiting | undefined;

  constructor(port: number, patienceMs: number) {
    this.#port = port;
    this.#patienceMs = patienceMs;
  }

  /**
   * Sends the bytes of one request. Resolves to undefined when the server closed the connection without an
   * answer; rejects when neither comes in time.
   */
  async exchange(request: Uint8Array, method: string): Promise<RawAnswer | undefined> {
    this.#socket ??= this.#open();
    const socket = this.#socket;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close();
        reject(new Error(`no answer within ${this.#patienceMs} ms`));
      }, this.#patienceMs);
      this.#waiting = { method, resolve, reject, timer };
      socket.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#received = Buffer.alloc(0);
  }

  #open(): Socket {
    const socket = connect(this.#port, '127.0.0.1');
    socket.setNoDelay();
    socket.on('data', (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#read(false);
    });
    // A reset is how a server tells of a request that it does not read to its end.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#read(true);
      this.close();
      this.#settle(undefined);
    });
    return socket;
  }

  #read(ended: boolean): void {
    while (this.#waiting) {
      const parsed = parseAnswer(this.#received, this.#waiting.method, ended);
      if (!parsed) return;
      this.#received = this.#received.subarray(parsed.bytes);
      if (parsed.answer.status < 200) continue;
      const closing = parsed.answer.headers.connection?.toLowerCase() === 'close';
      if (closing) this.close();
      this.#settle(parsed.answer);
    }
  }

  #settle(answer: RawAnswer | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(waiting?.timer);
    waiting?.resolve(answer);
  }
}

/** The first answer in the bytes; undefined while it is not whole. */
function parseAnswer(
  bytes: Buffer,
  method: string,
  ended: boolean,
): { answer: RawAnswer; bytes: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [start = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(start)?.[1]);
  if (Number.isNaN(status)) throw new Error(`this is no answer of HTTP/1.1: ${start}`);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = bodyAt(bytes, end + 4, { status, headers, method, ended });
  return body && { answer: { status, headers, body: body.content }, bytes: body.end };
}

interface Framing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly ended: boolean;
}

/** RFC 9112 section 6.3. */
function bodyAt(
  bytes: Buffer,
  start: number,
  { status, headers, method, ended }: Framing,
): { content: Buffer; end: number } | undefined {
  const none = { content: Buffer.alloc(0), end: start };
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return none;
  if (headers['transfer-encoding'] === 'chunked') return chunksAt(bytes, start);
  if (headers['content-length'] !== undefined) {
    const end = start + Number(headers['content-length']);
    return bytes.length >= end ? { content: bytes.subarray(start, end), end } : undefined;
  }
  return ended ? { content: bytes.subarray(start), end: bytes.length } : undefined;
}

function chunksAt(bytes: Buffer, start: number): { content: Buffer; end: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const chunkEnd = lineEnd + 2 + size;
    if (bytes.length < chunkEnd + 2) return undefined;
    if (size === 0) return { content: Buffer.concat(chunks), end: chunkEnd + 2 };
    chunks.push(bytes.subarray(lineEnd + 2, chunkEnd));
    at = chunkEnd + 2;
  }
}
