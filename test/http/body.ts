import test from 'ava';
import { BodyRoom, readBody } from '../../src/http/body.ts';

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

test('a byte order mark, and what XML says of itself, tell the character set', async (t) => {
  const xml = (encoding: string) => `<?xml version="1.0" encoding='${encoding}'?><a>grün</a>`;
  const read = (bytes: Uint8Array<ArrayBuffer>, type = 'text/xml') =>
    readBody(post(bytes, { 'content-type': type }), 1000);
  const big = (text: string) => Buffer.from(text, 'utf16le').swap16();
  t.is(await read(Buffer.from(xml('ISO-8859-1'), 'latin1')), xml('ISO-8859-1'));
  t.is(await read(Buffer.from(`\ufeff${xml('UTF-16')}`, 'utf16le')), xml('UTF-16'));
  t.is(await read(big(`\ufeff${xml('UTF-16')}`), 'text/xml; charset=utf-8'), xml('UTF-16'));
  t.is(await read(Buffer.from(xml('UTF-16LE'), 'utf16le')), xml('UTF-16LE'));
  t.is(await read(big(xml('UTF-16BE'))), xml('UTF-16BE'));
  t.is(await read(Buffer.from(`\ufeff${xml('UTF-8')}`)), xml('UTF-8'));
  t.is(await read(Buffer.from(xml('UTF-16'))), xml('UTF-16'), 'said, and not so');
  t.is(await read(Buffer.from(xml('latin1'), 'latin1'), 'text/xml; charset=iso-8859-1'), xml('latin1'));
  await t.throwsAsync(read(Buffer.from(xml('klingon'))), { code: 'REQUEST_INVALID' });
  t.is(await read(Buffer.alloc(3)), '\0\0\0');
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

test('bodies of all requests together take no more than there is room for', async (t) => {
  const room = new BodyRoom(100);
  let held = 0;
  const take = (bytes: number) => {
    room.take(bytes);
    held += bytes;
  };
  t.is((await readBody(post(pieces([60])), 1000, take)).length, 60);
  await t.throwsAsync(readBody(post(pieces([30, 30])), 1000, take), { code: 'BUSY' });
  t.is(held, 90);
  room.release(held);
  t.is((await readBody(post(pieces([50, 50])), 1000, (bytes) => room.take(bytes))).length, 100);
});
