import { once } from 'node:events';
import test from 'ava';
import { EventStreams } from '../../src/http/event-streams.ts';
import type { NodeEvent } from '../../src/http/node-event.ts';
import { ManualClock } from '../platform/helpers/manual-clock.ts';
import { openDoor } from './helpers/door.ts';
import { rawConnection } from './helpers/raw-http.ts';

const drawn = (ms: number): NodeEvent => ({ event: 'drawn', peerId: 'p', name: 'n', project: 'world', ms });

function streams(options: Partial<{ maxEventClients: number; maxQueuedEvents: number }> = {}) {
  const listeners = new Set<(event: NodeEvent) => void>();
  const clock = new ManualClock();
  const counts: number[] = [];
  const opened = new EventStreams<NodeEvent>({
    source: {
      onEvent: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    clock,
    options: { maxEventClients: 2, maxQueuedEvents: 8, eventHeartbeatMs: 1000, ...options },
    onCount: (count) => counts.push(count),
  });
  const emit = (event: NodeEvent) => {
    for (const listener of [...listeners]) listener(event);
  };
  return { streams: opened, emit, clock, counts, listeners };
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return Buffer.from(value!).toString();
}

test('state first, then what happens', async (t) => {
  const { streams: opened, emit } = streams();
  const reader = opened.open([{ event: 'peers', peers: [] }], () => {})!.getReader();
  emit(drawn(1));
  t.is(
    await read(reader),
    'retry: 2000\n\ndata: {"event":"peers","peers":[]}\n\n' +
      'data: {"event":"drawn","peerId":"p","name":"n","project":"world","ms":1}\n\n',
  );
  const next = read(reader);
  emit(drawn(2));
  t.regex(await next, /^data: \{"event":"drawn".*"ms":2\}\n\n$/);
});

test('quiet streams get a sign of life', async (t) => {
  const { streams: opened, clock } = streams();
  const reader = opened.open([], () => {})!.getReader();
  await read(reader);
  clock.advance(1000);
  t.regex(await read(reader), /^:.*\n\n$/);
  clock.advance(1000);
  t.regex(await read(reader), /^:.*\n\n$/);
});

test('a client that does not read is dropped, the others are not held up', async (t) => {
  const { streams: opened, emit, counts } = streams();
  let cut = 0;
  opened.open([], () => cut++);
  const quick = opened.open([], () => {})!.getReader();
  let seen = 0;
  for (let index = 0; index < 20; index++) {
    emit(drawn(index));
    seen += (await read(quick)).split('data:').length - 1;
  }
  t.is(seen, 20);
  t.is(cut, 1);
  t.deepEqual(counts, [1, 2, 1]);
});

test('a client that wants some events alone gets no others', async (t) => {
  const { streams: opened, emit } = streams();
  const reader = opened
    .open(
      [],
      () => {},
      (event) => event.event === 'drawn' && event.ms > 1,
    )!
    .getReader();
  emit(drawn(1));
  emit(drawn(2));
  const text = await read(reader);
  t.regex(text, /"ms":2/);
  t.notRegex(text, /"ms":1/);
});

test('no more clients than may be, and a place is free again when one leaves', async (t) => {
  const { streams: opened } = streams();
  const first = opened.open([], () => {})!;
  opened.open([], () => {});
  t.is(
    opened.open([], () => {}),
    undefined,
  );
  await first.cancel();
  t.not(
    opened.open([], () => {}),
    undefined,
  );
});

test('without clients nothing is listened to and no timer runs', async (t) => {
  const { streams: opened, listeners, clock } = streams();
  const [first, second] = [opened.open([], () => {})!, opened.open([], () => {})!];
  t.is(listeners.size, 1);
  t.is(clock.pendingTimers, 1);
  await first.cancel();
  await second.cancel();
  t.is(listeners.size, 0);
  t.is(clock.pendingTimers, 0);
});

test('closing ends every stream after what was still waiting', async (t) => {
  const { streams: opened, emit } = streams();
  const waiting = opened.open([], () => {})!.getReader();
  await read(waiting);
  const last = waiting.read();
  opened.close();
  t.true((await last).done);
  const queued = opened.open([], () => {})!.getReader();
  emit(drawn(1));
  opened.close();
  t.regex(await read(queued), /retry[\s\S]*drawn/);
  t.true((await queued.read()).done);
});

test('over HTTP: headers, state, events, the end', async (t) => {
  const { url, node, door } = await openDoor(t);
  const response = await fetch(`${url}/api/events`);
  t.is(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  t.is(response.headers.get('cache-control'), 'no-store');
  t.is(response.headers.get('content-encoding'), null);
  const reader = response.body!.getReader();
  const first = await read(reader);
  t.regex(first, /data: \{"event":"peers","peers":\[\{"peerId"/);
  t.regex(first, /data: \{"event":"projects","projects":\[\{"id":"world"/);
  node.emit(drawn(7));
  t.regex(await read(reader), /"ms":7/);
  const closed = door.close(5000);
  t.true((await reader.read()).done);
  await closed;
});

test('over HTTP: a listener that left is forgotten, HEAD opens no stream, too many are told to wait', async (t) => {
  const { url, node } = await openDoor(t, { options: { maxEventClients: 1 } });
  t.is((await fetch(`${url}/api/events`, { method: 'HEAD' })).status, 200);
  t.is(node.listeners.size, 0);
  const client = new AbortController();
  const response = await fetch(`${url}/api/events`, { signal: client.signal });
  await response.body!.getReader().read();
  t.is((await fetch(`${url}/api/events`)).status, 503);
  const gone = new Promise<void>((resolve) => {
    const forget = node.listeners.delete.bind(node.listeners);
    node.listeners.delete = (listener) => {
      resolve();
      return forget(listener);
    };
  });
  client.abort();
  await gone;
  t.is(node.listeners.size, 0);
});

test('over HTTP: a browser that stops reading is cut off, and the queue stays bounded', async (t) => {
  const { url, node } = await openDoor(t);
  const socket = await rawConnection(url);
  socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  socket.pause();
  const big: NodeEvent = { event: 'project', id: 'x'.repeat(20_000), change: 'changed' };
  let sent = 0;
  while (node.listeners.size > 0 && sent < 5000) {
    node.emit(big);
    sent++;
    if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  t.is(node.listeners.size, 0, 'the slow client was dropped');
  socket.destroy();
});
