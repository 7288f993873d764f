import { create, toBinary } from '@bufbuild/protobuf';
import test from 'ava';
import { DescribeReplySchema } from '../../protocols/maps/maps_pb.js';
import { readDescription } from '../../src/maps/description-check.ts';
import { packDescription } from '../../src/maps/description-pack.ts';
import { bundleOf, MapRoom, tile } from './helpers/map-room.ts';

const { description } = bundleOf('world', 'a');
const encode = (value: unknown) => Buffer.from(JSON.stringify(value));

test('a description that another peer would draw from is taken as it is', (t) => {
  t.deepEqual(readDescription(encode(description), description), description);
});

test('descriptions that requests would fall over are refused', (t) => {
  const { layers: _layers, ...withoutLayers } = description;
  for (const spoilt of [
    null,
    'text',
    withoutLayers,
    { ...description, layers: [] },
    { ...description, layers: [{ name: 'land' }] },
    { ...description, layers: description.layers.map((layer) => ({ ...layer, styles: [] })) },
    { ...description, extent: [0, 1] },
    { ...description, id: '../../etc/passwd' },
    { ...description, hash: 'b'.repeat(64) },
    { ...description, background: 'red"><script>' },
  ]) {
    t.throws(() => readDescription(encode(spoilt), description), { code: 'MESSAGE_MALFORMED' });
  }
  t.throws(() => readDescription(Buffer.from('{"id":'), description), { code: 'MESSAGE_MALFORMED' });
});

test('a description that could not be fetched is asked for again', async (t) => {
  const room = new MapRoom(21);
  const rich = await room.join();
  let asked = 0;
  rich.machine.process.network.onCall('maps.describe', () => {
    asked += 1;
    if (asked < 3) throw new Error('not now');
    const reply = create(DescribeReplySchema, { description: packDescription(description) });
    return toBinary(DescribeReplySchema, reply);
  });
  const poor = await room.join([]);
  await room.world.time.advance(30_000);
  t.is(asked, 3);
  t.deepEqual(poor.session.maps.project('world'), description);
});

test('changing loads do not undo what was worked out for a project', async (t) => {
  const room = new MapRoom(22);
  const [rich, poor] = [await room.join(), await room.join([])];
  await room.world.time.advance(5_000);
  const before = poor.session.maps.project('world');
  t.truthy(before);
  const view = tile(6, 8, 8);
  await room.settle(room.ask(poor, view));
  const heard = new Set<number>();
  poor.session.membership.on('change', ({ offer }) => heard.add(offer.load.queued));
  rich.session.membership.update({ load: { running: 2, queued: 9 } });
  await room.world.time.advance(5_000);
  t.true(heard.has(9));
  t.is(poor.session.maps.project('world'), before);
});

test('a peer that has just started waits for news of a project, as long as it may come', async (t) => {
  const room = new MapRoom(23);
  await room.join();
  const poor = await room.join([]);
  t.is(poor.session.maps.project('world'), undefined);
  const [found, unknown] = [room.ask(poor, tile(6, 8, 8)), room.ask(poor, tile(6, 8, 8, 'nosuch'))];
  t.is((await room.settle(found)).cache, 'miss');
  await t.throwsAsync(room.settle(unknown), { code: 'PROJECT_UNKNOWN' });
  const askedAt = room.world.time.nowMs;
  await t.throwsAsync(room.settle(room.ask(poor, tile(6, 8, 8, 'nosuch'))), { code: 'PROJECT_UNKNOWN' });
  t.true(room.world.time.nowMs - askedAt < 100, 'it has been there long enough to know');
});

test('who no longer waits for a project is told so', async (t) => {
  const room = new MapRoom(24);
  const alone = await room.join([]);
  const leaving = new AbortController();
  const waiting = room.ask(alone, tile(6, 8, 8, 'nosuch'), leaving.signal);
  leaving.abort(new Error('gone'));
  await t.throwsAsync(room.settle(waiting), { message: 'gone' });
});

test('a project that others have is waited for until a description of it should have come', async (t) => {
  const room = new MapRoom(25);
  const rich = await room.join([]);
  const poor = await room.join([]);
  await room.world.time.advance(30_000);
  let asked = 0;
  rich.machine.process.network.onCall('maps.describe', () => {
    asked += 1;
    if (asked === 1) throw new Error('not now');
    const reply = create(DescribeReplySchema, { description: packDescription(description) });
    return toBinary(DescribeReplySchema, reply);
  });
  const { id, hash } = description;
  rich.session.membership.update({ projects: [{ id, hash }] });
  await room.world.time.advance(2_000);
  t.is(asked, 1);
  t.is(poor.session.maps.project('world'), undefined);
  t.false(poor.session.busy);
  const waiting = poor.session.maps.awaitProject('world', { signal: new AbortController().signal });
  t.true(poor.session.busy, 'who leaves answers first');
  await room.settle(waiting);
  t.false(poor.session.busy);
  t.deepEqual(poor.session.maps.project('world'), description);
});
