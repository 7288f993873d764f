import type { IncomingMessage, ServerResponse } from 'node:http';
import test from 'ava';
import { Registry } from 'prom-client';
import { HttpMetrics } from '../../src/http/metrics.ts';
import type { Reply } from '../../src/http/reply.ts';
import { StandingReplies } from '../../src/http/standing-replies.ts';
import { systemClock } from '../../src/platform/system.ts';

function room(maxBytes = 100_000) {
  const metrics = new HttpMetrics(new Registry());
  return new StandingReplies({ maxBytes, clock: systemClock, metrics });
}

function request(
  headers: Record<string, string> = {},
  { method = 'GET', url = '/jobs/a/status', remoteAddress = '127.0.0.1' } = {},
): IncomingMessage {
  const all = { host: 'localhost:8080', ...headers };
  return { method, url, headers: all, socket: { remoteAddress } } as unknown as IncomingMessage;
}

function reply(changes: Partial<Reply> = {}): Reply {
  const headers = { 'content-type': 'text/xml', 'content-length': '4' };
  return { status: 200, headers, body: Buffer.from('<a/>'), stands: () => true, ...changes };
}

/** What is told; undefined for nothing. */
function answer(replies: StandingReplies, asked: IncomingMessage) {
  let told: { status: number; headers: string[]; body?: Buffer } | undefined;
  const response = {
    writeHead(status: number, headers: string[]) {
      told = { status, headers };
    },
    end(body: Buffer) {
      told!.body = body;
    },
  };
  const isAnswered = replies.answer(asked, response as unknown as ServerResponse);
  if (isAnswered !== (told !== undefined)) throw new Error('what it says is not what it did');
  return told;
}

test('who asks the same is told the same, for as long as it stands', (t) => {
  const replies = room();
  let stands = true;
  replies.keep(request(), 'wps_status', reply({ stands: () => stands }));
  t.deepEqual(answer(replies, request()), {
    status: 200,
    headers: ['content-type', 'text/xml', 'content-length', '4'],
    body: Buffer.from('<a/>'),
  });
  stands = false;
  t.is(answer(replies, request()), undefined);
  // What does not stand any more is gone: nobody asks again whether it does.
  stands = true;
  t.is(answer(replies, request()), undefined);
});

test('who asks otherwise is not', (t) => {
  const replies = room();
  replies.keep(request(), 'wps_status', reply());
  const others = [
    request({ host: '127.0.0.1:8080' }),
    request({ accept: 'text/html' }),
    request({ 'accept-encoding': 'gzip' }),
    request({ origin: 'https://other.example' }),
    request({ 'sec-fetch-site': 'cross-site' }),
    request({ 'sec-fetch-mode': 'navigate' }),
    request({ 'sec-fetch-dest': 'document' }),
    request({ forwarded: 'host=maps.example' }),
    request({ 'x-forwarded-host': 'maps.example' }),
    request({ 'x-forwarded-proto': 'https' }),
    request({ 'x-forwarded-port': '444' }),
    request({ 'x-forwarded-prefix': '/gis' }),
    request({}, { url: '/jobs/b/status' }),
    request({}, { url: '/jobs/a/status?f=html' }),
    request({}, { method: 'HEAD' }),
    request({}, { method: 'DELETE' }),
    request({}, { remoteAddress: '10.0.0.7' }),
  ];
  for (const other of others) t.is(answer(replies, other), undefined);
  t.not(answer(replies, request({ 'user-agent': 'OWSLib' })), undefined);
});

test('only what has a premise and is whole in memory is kept', (t) => {
  const replies = room();
  const { stands, ...unfounded } = reply();
  for (const each of [unfounded, reply({ body: null }), reply({ body: new ReadableStream() })]) {
    replies.keep(request(), 'wps_status', each);
    t.is(answer(replies, request()), undefined);
  }
  replies.keep(request({}, { method: 'HEAD' }), 'wps_status', reply());
  t.is(answer(replies, request({}, { method: 'HEAD' })), undefined);
});

test('its memory is bounded, and what is large is not kept', (t) => {
  const replies = room(20_000);
  const urls = Array.from({ length: 100 }, (_, at) => ({ url: `/jobs/${at}/status` }));
  for (const url of urls) replies.keep(request({}, url), 'wps_status', reply());
  const kept = urls.filter((url) => answer(replies, request({}, url)) !== undefined);
  t.true(kept.length < 40);
  t.deepEqual(kept.at(-1), urls.at(-1));
  replies.keep(request({}, { url: '/large' }), 'wps_status', reply({ body: Buffer.alloc(2000) }));
  t.is(answer(replies, request({}, { url: '/large' })), undefined);
  const long = request({}, { url: `/${'x'.repeat(5000)}` });
  replies.keep(long, 'wps_status', reply());
  t.is(answer(replies, long), undefined);
});
