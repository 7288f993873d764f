import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { DirectRequest } from '../../src/http/request-view.ts';

type Handle = (view: DirectRequest, outgoing: ServerResponse, incoming: IncomingMessage) => void;

/** A server that shows each request to the test; its port. */
async function serverWith(t: ExecutionContext, handle: Handle): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    handle(new DirectRequest(incoming, outgoing), outgoing, incoming);
  });
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Resolves when the answer is there as a whole. */
function ask(port: number, path: string, headers: readonly (readonly [string, string])[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const raw = [['Host', 'maps.example:8080'], ...headers].flat();
    request({ port, path, headers: raw as unknown as readonly string[], agent: false }, (answer) => {
      answer.resume().on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}

/** Of which a request may have several of a kind, or that only Node looks at. */
const NAMES = ['Accept', 'ACCEPT-ENCODING', 'If-None-Match', 'Origin', 'X-Forwarded-Host', 'x-own'];
const header = fc.tuple(fc.constantFrom(...NAMES), fc.stringMatching(/^[\w"/*;=., -]{0,20}$/));

test('headers are told as Fetch tells them, however they are written', async (t) => {
  let seen: DirectRequest | undefined;
  const port = await serverWith(t, (view, outgoing) => {
    seen = view;
    outgoing.end();
  });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(header, { selector: ([name]) => name }), async (headers) => {
      await ask(port, '/', headers);
      const expected = new Headers(headers);
      for (const name of NAMES) {
        for (const written of [name, name.toLowerCase(), name.toUpperCase()]) {
          t.is(seen?.headers.get(written), expected.get(name), name);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('several of one name are one list, and of none there is nothing', async (t) => {
  const told: (string | null)[] = [];
  const port = await serverWith(t, (view, outgoing) => {
    told.push(view.headers.get('Accept'), view.headers.get('Set-Cookie'), view.headers.get('Cookie'));
    outgoing.end();
  });
  await ask(port, '/', [
    ['Accept', 'image/png'],
    ['accept', 'image/webp'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ]);
  t.deepEqual(told, ['image/png, image/webp', 'a=1, b=2', null]);
});

test('method and address are those of the client', async (t) => {
  const told: unknown[] = [];
  const port = await serverWith(t, (view, outgoing) => {
    told.push(view.method, view.url, view.body);
    outgoing.end();
  });
  await ask(port, '/wms?A=b%20c&D', []);
  t.deepEqual(told, ['GET', 'http://maps.example:8080/wms?A=b%20c&D', null]);
});

test('the signal aborts when the client goes away before its answer, whenever it is asked for', async (t) => {
  const gone = Promise.withResolvers<AbortSignal[]>();
  const port = await serverWith(t, (view, outgoing) => {
    const early = view.signal;
    outgoing.once('close', () => gone.resolve([early, view.signal]));
    outgoing.writeHead(200).write('a part');
  });
  const other = await serverWith(t, (view, outgoing) => {
    // Nobody asks for it before.
    outgoing.once('close', () => late.resolve(view.signal));
    outgoing.writeHead(200).write('a part');
  });
  const late = Promise.withResolvers<AbortSignal>();
  for (const each of [port, other]) {
    const socket = connect(each, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.once('data', () => socket.destroy());
  }
  const [early, same] = await gone.promise;
  t.true(early?.aborted);
  t.is(early, same);
  t.true((await late.promise).aborted);
});

test('an answer that is out as a whole aborts nothing', async (t) => {
  const closed = Promise.withResolvers<AbortSignal[]>();
  const port = await serverWith(t, (view, outgoing, incoming) => {
    const early = view.signal;
    const late = new DirectRequest(incoming, outgoing);
    outgoing.once('close', () => closed.resolve([early, late.signal]));
    outgoing.end('all of it');
  });
  await ask(port, '/', []);
  for (const signal of await closed.promise) t.false(signal.aborted);
});
