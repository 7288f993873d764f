import test from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { Flights } from '../../src/maps/flights.ts';
import type { PartPack } from '../../src/maps/part-pack.ts';
import { liveClock } from './helpers/live-clock.ts';

const never = new AbortController().signal;
const limits = { maxFlights: 2, abandonedMs: 5 };

function pack(...texts: string[]): PartPack {
  const parts = texts.map((text) => Buffer.from(text));
  return { parts, contentType: 'image/png', drawnBy: 'a', drawnByName: 'A', renderMs: 1 };
}

test('equal keys share one drawing', async (t) => {
  const flights = new Flights(liveClock, limits);
  let runs = 0;
  const run = async () => {
    runs += 1;
    return pack('x');
  };
  const first = flights.join('k', 1, run);
  const second = flights.join('k', 1, run);
  t.false(first.joined);
  t.true(second.joined);
  const wait = (flight: typeof first.flight) => flights.wait(flight, flight.part(0), never);
  t.deepEqual(await Promise.all([wait(first.flight), wait(second.flight)]), [
    Buffer.from('x'),
    Buffer.from('x'),
  ]);
  t.is(runs, 1);
  t.is(flights.size, 0);
});

test('a part is there before the whole pack is', async (t) => {
  const flights = new Flights(liveClock, limits);
  const rest = Promise.withResolvers<PartPack>();
  const { flight } = flights.join('k', 2, async (flight) => {
    flight.deliver(1, Buffer.from('early'));
    return rest.promise;
  });
  t.deepEqual(await flights.wait(flight, flight.part(1), never), Buffer.from('early'));
  rest.resolve(pack('late', 'early'));
  t.deepEqual(await flights.wait(flight, flight.part(0), never), Buffer.from('late'));
});

test('a failure reaches everybody who waits, and the next request begins anew', async (t) => {
  const flights = new Flights(liveClock, limits);
  const { flight } = flights.join('k', 1, async () => {
    throw new Error('no luck');
  });
  await t.throwsAsync(flights.wait(flight, flight.part(0), never), { message: 'no luck' });
  await t.throwsAsync(flights.wait(flight, flight.pack(), never), { message: 'no luck' });
  t.false(flights.join('k', 1, async () => pack('x')).joined);
});

test('the drawing is cancelled when the last one has left, not before', async (t) => {
  const flights = new Flights(liveClock, limits);
  const cancelled = Promise.withResolvers<void>();
  const { flight } = flights.join('k', 1, (flight) => {
    flight.signal.addEventListener('abort', () => cancelled.resolve());
    return new Promise<PartPack>(() => {});
  });
  const [one, two] = [new AbortController(), new AbortController()];
  const waitingOne = flights.wait(flight, flight.part(0), one.signal);
  const waitingTwo = flights.wait(flight, flight.part(0), two.signal);
  one.abort(new Error('gone'));
  await t.throwsAsync(waitingOne, { message: 'gone' });
  t.false(flight.signal.aborted);
  two.abort(new Error('gone'));
  await t.throwsAsync(waitingTwo, { message: 'gone' });
  await cancelled.promise;
  t.true(flight.signal.aborted);
});

test('somebody who comes back in time saves an abandoned drawing', async (t) => {
  const flights = new Flights(liveClock, { ...limits, abandonedMs: 10_000 });
  const result = Promise.withResolvers<PartPack>();
  const { flight } = flights.join('k', 1, () => result.promise);
  const gone = new AbortController();
  const first = flights.wait(flight, flight.part(0), gone.signal);
  gone.abort(new Error('gone'));
  await t.throwsAsync(first);
  const again = flights.join('k', 1, () => t.fail('drawn twice') as never);
  t.true(again.joined);
  const second = flights.wait(again.flight, again.flight.part(0), never);
  result.resolve(pack('x'));
  t.deepEqual(await second, Buffer.from('x'));
  t.false(flight.signal.aborted);
});

test('more drawings than allowed are refused, not queued', (t) => {
  const flights = new Flights(liveClock, limits);
  const hang = () => new Promise<PartPack>(() => {});
  flights.join('a', 1, hang);
  flights.join('b', 1, hang);
  t.throws(() => flights.join('c', 1, hang), { code: 'BUSY' });
  t.true(flights.join('a', 1, hang).joined);
});

test('who asks for a drawing that was just cancelled begins it anew', async (t) => {
  const flights = new Flights(liveClock, limits);
  const hang = () => new Promise<PartPack>(() => {});
  const { flight } = flights.join('k', 1, hang);
  flight.abort(new GismeshError('CANCELLED', 'Nobody waits for this drawing'));
  t.is(flights.size, 0);
  const again = flights.join('k', 1, async () => pack('x'));
  t.false(again.joined);
  t.deepEqual(await flights.wait(again.flight, again.flight.part(0), never), Buffer.from('x'));
});

test('a drawing begun for a client that has left already is cancelled too', async (t) => {
  const flights = new Flights(liveClock, limits);
  const cancelled = Promise.withResolvers<void>();
  const { flight } = flights.join('k', 1, (flight) => {
    flight.signal.addEventListener('abort', () => cancelled.resolve());
    return new Promise<PartPack>(() => {});
  });
  await t.throwsAsync(flights.wait(flight, flight.part(0), AbortSignal.abort(new Error('gone'))), {
    message: 'gone',
  });
  await cancelled.promise;
  t.is(flights.size, 0);
});

test('a pack without all its parts is an error for everybody, not an endless wait', async (t) => {
  const flights = new Flights(liveClock, limits);
  const { flight } = flights.join('k', 2, async () => pack('only one'));
  await t.throwsAsync(flights.wait(flight, flight.part(1), never), { code: 'INTERNAL' });
});

test('what nobody waits for any more is ended at once while no worker has it', async (t) => {
  const begun = new Set(['running']);
  const flights = new Flights(liveClock, { maxFlights: 2, abandonedMs: 1e6 }, (key) => begun.has(key));
  const leave = async (key: string) => {
    const client = new AbortController();
    const { flight } = flights.join(key, 1, () => new Promise(() => {}));
    const waiting = flights.wait(flight, flight.pack(), client.signal);
    client.abort(new GismeshError('CANCELLED', 'left'));
    await t.throwsAsync(waiting);
    return flight.signal.aborted;
  };
  t.true(await leave('waiting'));
  t.false(await leave('running'));
  t.deepEqual([...flights.keys()], ['running']);
  flights.get('running')?.abort(new GismeshError('CANCELLED', 'the test is over'));
});
