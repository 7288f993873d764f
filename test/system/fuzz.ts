import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import { Dice } from './helpers/fuzz/dice.ts';
import { jobComplaint } from './helpers/fuzz/job-judge.ts';
import { jobRequest } from './helpers/fuzz/job-requests.ts';
import { complaint } from './helpers/fuzz/judge.ts';
import { type FuzzRequest, fuzzRequest } from './helpers/fuzz/wire.ts';
import { type PeerProcess, startMesh, until } from './helpers/peer-process.ts';
import { type RawAnswer, RawConnection } from './helpers/raw-http.ts';

const REQUESTS = 105_000;
const CONNECTIONS = 16;

/** Above `http.requestTimeoutMs`: what hangs longer than this hangs for ever. */
const PATIENCE_MS = 45_000;

/** For the doors of geoprocessing, where a request may be a job. */
const JOBS_FUZZ_MS = 20_000;

const SLOW_CLIENTS = 400;
const LARGE_BODIES = 6;
const LARGE_BODY_BYTES = 100 * 1024 * 1024;

/** Of the peer itself, its render children apart. */
const MAX_RESIDENT_BYTES = 400 * 1024 * 1024;

/** GISMESH_FUZZ_SEED repeats a run. */
const seed = Number(process.env.GISMESH_FUZZ_SEED ?? Date.now() % 2 ** 31);

let peer: PeerProcess;
let port = 0;

test.before(async () => {
  [peer] = (await startMesh(1)) as [PeerProcess];
  port = Number(new URL(peer.url).port);
});

test.after.always(() => peer?.stop());

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${peer.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** Takes the highest of a figure until it is told to end. */
function highWater(read: () => Promise<number>): { end(): Promise<number> } {
  let highest = 0;
  const look = async () => {
    highest = Math.max(highest, await read());
  };
  // A peer that is gone is found by the tests themselves.
  const timer = setInterval(() => look().catch(() => {}), 200);
  return {
    async end() {
      clearInterval(timer);
      await look().catch(() => {});
      return highest;
    },
  };
}

/** A tile that nobody asked for before. */
async function freshTile(x: number): Promise<number> {
  const url = `${peer.url}/tiles/world/9/${x}/170.png`;
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const bytes = Buffer.from(await response.arrayBuffer());
  return bytes.toString('latin1', 1, 4) === 'PNG' ? response.status : 0;
}

interface Findings {
  readonly answers: Map<string, number>;
  readonly complaints: string[];
}

/** What makes requests out of chance, and judges their answers. */
interface Generator<R extends { readonly kind: string; readonly method: string; readonly bytes: Buffer }> {
  readonly make: (dice: Dice) => R;
  readonly judge: (request: R, answer: RawAnswer | undefined) => string | undefined;
}

/** One client after another sends what chance has for it; each request follows from the seed and its number. */
async function fuzz<R extends { readonly kind: string; readonly method: string; readonly bytes: Buffer }>(
  { make, judge }: Generator<R>,
  count: number,
  withinMs = Number.POSITIVE_INFINITY,
): Promise<Findings> {
  const findings: Findings = { answers: new Map(), complaints: [] };
  const deadline = Date.now() + withinMs;
  let next = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const connection = new RawConnection(port, PATIENCE_MS);
      while (next < count && findings.complaints.length < 50 && Date.now() < deadline) {
        const number = next;
        next += 1;
        const request = make(new Dice(Math.imul(seed, 31) + number));
        const answer = await exchange(connection, request).catch((error: Error) => error);
        const found = answer instanceof Error ? answer.message : judge(request, answer);
        note(findings, number, request, answer, found);
      }
      connection.close();
    }),
  );
  return findings;
}

type Sent = Pick<FuzzRequest, 'method' | 'bytes'> & { readonly kind: string };

async function exchange(connection: RawConnection, request: Sent): Promise<RawAnswer | undefined> {
  const answer = await connection.exchange(request.bytes, request.method);
  if (request.kind === 'broken HTTP') {
    connection.close();
    return answer;
  }
  // A kept-alive connection may be closed just as the next request is sent: then it is sent once more.
  return answer ?? (await connection.exchange(request.bytes, request.method));
}

function note(
  { answers, complaints }: Findings,
  number: number,
  request: Sent,
  answer: RawAnswer | Error | undefined,
  found: string | undefined,
): void {
  const status = answer instanceof Error ? 'error' : (answer?.status ?? 'closed');
  const label = `${request.kind}: ${status}`;
  answers.set(label, (answers.get(label) ?? 0) + 1);
  if (found !== undefined) {
    complaints.push(`#${number} ${found} for ${JSON.stringify(request.bytes.toString('latin1', 0, 1500))}`);
  }
}

/** Opens connections that send a header letter by letter; resolves to how many the server has cut. */
function slowClients(count: number): { cut: () => number; end: () => void } {
  let cut = 0;
  const sockets: Socket[] = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => {
      cut += 1;
    });
    socket.resume();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    return socket;
  });
  const dripping = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x');
  }, 500);
  return {
    cut: () => cut,
    end: () => {
      clearInterval(dripping);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Sends a body for as long as it is taken, or until the answer is there; resolves to its status. */
function sendLargeBody(chunked: boolean): Promise<number> {
  const part = Buffer.alloc(64 * 1024, 0x61);
  const frame = chunked
    ? Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])
    : part;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let sent = 0;
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${LARGE_BODY_BYTES}`;
    socket.write(
      `POST /wms/world HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n${framing}\r\n\r\n`,
    );
    const pump = () => {
      while (sent < LARGE_BODY_BYTES && socket.writable) {
        sent += part.length;
        if (!socket.write(frame)) return;
      }
    };
    socket.on('drain', pump);
    socket.on('data', (chunk) => {
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1]));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('cut off without an answer')));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    pump();
  });
}

test.serial('slow clients and bodies of 100 MB are cut off, while others are served', async (t) => {
  const memory = highWater(residentBytes);
  t.teardown(memory.end);
  const slow = slowClients(SLOW_CLIENTS);
  t.teardown(slow.end);
  const bodies = Promise.all(Array.from({ length: LARGE_BODIES }, (_, i) => sendLargeBody(i % 2 === 0)));
  for (let x = 0; x < 64; x += 4) t.is(await freshTile(x), 200);
  for (const status of await bodies) t.is(status, 413);
  await until(() => slow.cut() === SLOW_CLIENTS, `all ${SLOW_CLIENTS} slow clients to be cut`, PATIENCE_MS);
  t.true((await memory.end()) < MAX_RESIDENT_BYTES);
});

test.serial(`${REQUESTS} fuzzed requests: each is answered, none breaks the peer`, async (t) => {
  t.timeout(540_000);
  t.log(`seed ${seed} (GISMESH_FUZZ_SEED)`);
  const memory = highWater(residentBytes);
  t.teardown(memory.end);
  const { answers, complaints } = await fuzz({ make: fuzzRequest, judge: complaint }, REQUESTS);
  const highest = await memory.end();
  for (const [label, count] of [...answers].sort()) t.log(`${label}: ${count}`);
  t.log(`resident memory at most ${Math.round(highest / 1024 / 1024)} MiB`);
  t.deepEqual(complaints, []);
  t.true(highest < MAX_RESIDENT_BYTES, `${highest} bytes resident`);
});

test.serial('doors of geoprocessing: fuzzed requests are answered in their words', async (t) => {
  t.log(`seed ${seed} (GISMESH_FUZZ_SEED)`);
  const memory = highWater(residentBytes);
  t.teardown(memory.end);
  const { answers, complaints } = await fuzz(
    { make: jobRequest, judge: jobComplaint },
    REQUESTS,
    JOBS_FUZZ_MS,
  );
  const highest = await memory.end();
  for (const [label, count] of [...answers].sort()) t.log(`${label}: ${count}`);
  t.log(`resident memory at most ${Math.round(highest / 1024 / 1024)} MiB`);
  t.deepEqual(complaints, []);
  t.true(highest < MAX_RESIDENT_BYTES, `${highest} bytes resident`);
});

test.serial('the peer is the same as before, and draws', async (t) => {
  t.true(peer.running);
  process.kill(peer.pid, 0);
  t.notRegex(peer.stderr, /unhandled|uncaught|failed unexpectedly/i);
  t.is(await freshTile(256), 200);
  const [world] = await peer.json<Array<{ id: string }>>('/api/projects');
  t.is(world?.id, 'world');
});
