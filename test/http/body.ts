import test from 'ava';
import { readBody } from '../../src/http/body.ts';

function post(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
): Request {
  return new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
}

function pieces(sizes: number[], onPull = () => {}): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull(controller) {
        onPull();
        const size = sizes.shift();
        if (size === undefined) controller.close();
        else controller.enqueue(new Uint8Array(size).fill(97));
      },
    },
    { highWaterMark: 0 },
  );
}

test('bodies are read in the character set they name', async (t) => {
  t.is(await readBody(post('grün'), 100), 'grün');
  const latin = Buffer.from('grün', 'latin1');
  t.is(await readBody(post(latin, { 'content-type': 'text/xml; charset="ISO-8859-1"' }), 100), 'grün');
  t.is(
    await readBody(
      post(Buffer.from('\ufeffx', 'utf16le'), { 'content-type': 'text/xml;charset=utf-16' }),
      100,
    ),
    'x',
  );
  await t.throwsAsync(readBody(post('x', { 'content-type': 'text/xml; charset=klingon' }), 100), {
    code: 'REQUEST_INVALID',
  });
});

test('compressed bodies are refused', async (t) => {
  await t.throwsAsync(readBody(post('x', { 'content-encoding': 'gzip' }), 100), { code: 'REQUEST_INVALID' });
});

test('up to the limit, and not a byte more', async (t) => {
  t.is((await readBody(post(pieces([60, 40])), 100)).length, 100);
  await t.throwsAsync(readBody(post(pieces([60, 41])), 100), { code: 'REQUEST_TOO_LARGE' });
  await t.throwsAsync(readBody(post('x', { 'content-length': '101' }), 100), { code: 'REQUEST_TOO_LARGE' });
});

test('reading stops with the byte too many', async (t) => {
  let pulls = 0;
  const body = pieces(Array<number>(1000).fill(50), () => pulls++);
  await t.throwsAsync(readBody(post(body), 100), { code: 'REQUEST_TOO_LARGE' });
  t.is(pulls, 3);
});

test('a client that goes away in the middle of its body is no failure of this peer', async (t) => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })),
  });
  await t.throwsAsync(readBody(post(broken), 100), { code: 'CANCELLED' });
});
