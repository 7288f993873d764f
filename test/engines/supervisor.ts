import test from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { Supervisor, type SupervisorOptions } from '../../src/engines/supervisor.ts';
import type { WorkerKind, WorkerProcess } from '../../src/engines/worker-kind.ts';
import { ManualClock, settled } from '../platform/helpers/manual-clock.ts';
import { codeOf, testOptions } from './helpers/engines.ts';

/** A worker whose every step the test takes. Tasks are words: `open:x` opens x, `close:x` closes it. */
class FakeWorker implements WorkerProcess<string, string> {
  readonly pid = process.pid;
  readonly tasks: string[] = [];
  readonly #open = new Set<string>();
  readonly #exit = Promise.withResolvers<string>();
  readonly exited = this.#exit.promise;
  #running: PromiseWithResolvers<string> | undefined;
  killed = false;

  run(task: string): Promise<string> {
    this.tasks.push(task);
    this.#running = Promise.withResolvers<string>();
    return this.#running.promise;
  }

  holds(key: string): boolean {
    return this.#open.has(key);
  }

  kill(): void {
    this.killed = true;
    this.die('signal SIGKILL');
  }

  async finish(): Promise<void> {
    const [verb, key = ''] = this.tasks.at(-1)?.split(':') ?? [];
    if (verb === 'open') this.#open.add(key);
    if (verb === 'close') this.#open.delete(key);
    this.#running?.resolve(`done ${this.tasks.at(-1)}`);
    await settled();
  }

  async fail(error: GismeshError): Promise<void> {
    this.#running?.reject(error);
    await settled();
  }

  die(reason: string): void {
    this.#running?.reject(new GismeshError('ENGINE_CRASHED', `The worker died (${reason}).`));
    this.#exit.resolve(reason);
  }
}

function setUp(changes: Partial<SupervisorOptions> = {}) {
  const clock = new ManualClock();
  const workers: FakeWorker[] = [];
  const starts: { error?: GismeshError } = {};
  const kind: WorkerKind<string, string> = {
    name: 'fake',
    async start() {
      if (starts.error !== undefined) throw starts.error;
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    release: (key) => `close:${key}`,
  };
  const supervisor = new Supervisor(kind, clock, { ...testOptions, ...changes });
  const submit = (task: string, key?: string, timeoutMs = 1_000, signal = new AbortController().signal) => {
    const result = supervisor.submit(task, key, { signal, timeoutMs });
    result.catch(() => {});
    return result;
  };
  return { clock, workers, starts, supervisor, submit };
}

test('first come, first served', async (t) => {
  const { supervisor, workers, submit } = setUp();
  await supervisor.start();
  const results = ['a', 'b', 'c'].map((task) => submit(task));
  for (let index = 0; index < 3; index += 1) {
    await settled();
    await workers[0]!.finish();
  }
  t.deepEqual(workers[0]!.tasks, ['a', 'b', 'c']);
  t.deepEqual(await Promise.all(results), ['done a', 'done b', 'done c']);
});

test('prefers the worker that has the project open', async (t) => {
  const { supervisor, workers, submit } = setUp({ workers: 2 });
  await supervisor.start();
  void submit('busy');
  void submit('open:p', 'p');
  await settled();
  await workers[1]!.finish();
  await workers[0]!.finish();
  void submit('draw', 'p');
  await settled();
  t.deepEqual(workers[1]!.tasks, ['open:p', 'draw']);
});

test('a running task that is aborted fails at once, and its worker may finish within the grace', async (t) => {
  const { supervisor, workers, submit, clock } = setUp({ abortGraceMs: 200 });
  await supervisor.start();
  const abort = new AbortController();
  const result = submit('slow', undefined, 10_000, abort.signal);
  await settled();
  abort.abort();
  t.is(await codeOf(result), 'CANCELLED');
  await clock.advanceSettled(199);
  await workers[0]!.finish();
  await clock.advanceSettled(1_000);
  t.false(workers[0]!.killed);
  t.is(workers.length, 1);
});

test('a worker that goes on with an aborted task after the grace is killed and replaced', async (t) => {
  const { supervisor, workers, submit, clock } = setUp({ abortGraceMs: 200 });
  await supervisor.start();
  const abort = new AbortController();
  void submit('slow', undefined, 10_000, abort.signal);
  await settled();
  abort.abort();
  await clock.advanceSettled(200);
  t.true(workers[0]!.killed);
  t.is(workers.length, 2);
  t.is(supervisor.load().slots, 1);
});

test('a task that takes too long is ended with its worker; time in the queue does not count', async (t) => {
  const { supervisor, workers, submit, clock } = setUp();
  await supervisor.start();
  const first = submit('first', undefined, 10_000);
  const second = submit('second', undefined, 1_000);
  await clock.advanceSettled(5_000);
  await workers[0]!.finish();
  t.is(await first, 'done first');
  await clock.advanceSettled(999);
  t.false(workers[0]!.killed);
  await clock.advanceSettled(1);
  t.is(await codeOf(second), 'DEADLINE_EXCEEDED');
  t.true(workers[0]!.killed);
});

test('a worker that dies is replaced, and its task fails with how it died', async (t) => {
  const { supervisor, workers, submit } = setUp();
  await supervisor.start();
  const result = submit('draw');
  const next = submit('next');
  await settled();
  workers[0]!.die('signal SIGSEGV');
  await t.throwsAsync(result, { code: 'ENGINE_CRASHED', message: /SIGSEGV/ });
  await settled();
  await workers[1]!.finish();
  t.is(await next, 'done next');
});

test('workers killed by hand do not set the project aside, those that crash over it do', async (t) => {
  const { supervisor, workers, submit } = setUp({ quarantineCrashes: 2 });
  await supervisor.start();
  const codes: unknown[] = [];
  for (const how of ['signal SIGKILL', 'signal SIGTERM', 'signal SIGKILL', 'signal SIGSEGV', 'exit code 1']) {
    const result = submit('draw', 'p');
    await settled();
    workers.at(-1)!.die(how);
    codes.push(await codeOf(result));
    await settled();
  }
  codes.push(await codeOf(submit('draw', 'p')));
  t.deepEqual(codes, [...Array<string>(5).fill('ENGINE_CRASHED'), 'PROJECT_INVALID']);
});

test('a worker that dies while idle is replaced', async (t) => {
  const { supervisor, workers } = setUp();
  await supervisor.start();
  workers[0]!.die('signal SIGKILL');
  await settled();
  t.is(workers.length, 2);
  t.is(supervisor.load().slots, 1);
});

test('a project is opened by one worker first, then by all, then by every new one before it takes work', async (t) => {
  const { supervisor, workers, submit } = setUp({ workers: 2 });
  await supervisor.start();
  const preloaded = supervisor.preload('p', 'open:p');
  await settled();
  t.deepEqual(
    workers.flatMap(({ tasks }) => tasks),
    ['open:p'],
  );
  const first = workers.find(({ tasks }) => tasks.length > 0)!;
  await first.finish();
  const second = workers.find((worker) => worker !== first)!;
  t.deepEqual(second.tasks, ['open:p']);
  await second.finish();
  await preloaded;
  t.true(supervisor.isWarm('p'));

  first.die('signal SIGKILL');
  second.die('signal SIGKILL');
  await settled();
  void submit('draw', 'p');
  await settled();
  t.is(supervisor.load().slots, 0);
  t.deepEqual(
    workers.slice(2).map(({ tasks }) => tasks),
    [['open:p'], ['open:p']],
  );
  await workers[2]!.finish();
  t.deepEqual(workers[2]!.tasks, ['open:p', 'draw']);
});

test('a project that cannot be opened is refused after one worker, and not opened by new ones', async (t) => {
  const { supervisor, workers } = setUp({ workers: 2 });
  await supervisor.start();
  const preloaded = codeOf(supervisor.preload('p', 'open:p'));
  await settled();
  const asked = workers.find(({ tasks }) => tasks.length > 0)!;
  await asked.fail(new GismeshError('PROJECT_INVALID', 'no such file'));
  t.is(await preloaded, 'PROJECT_INVALID');
  asked.die('signal SIGKILL');
  await settled();
  t.deepEqual(workers.at(-1)!.tasks, []);
});

test('a project that crashes a worker while it is opened gets one more chance', async (t) => {
  const { supervisor, workers } = setUp();
  await supervisor.start();
  const preloaded = supervisor.preload('p', 'open:p');
  await settled();
  workers[0]!.die('signal SIGKILL');
  await settled();
  await workers[1]!.finish();
  await preloaded;
  t.true(supervisor.isWarm('p'));
});

test('closes the projects that were not used for the longest time', async (t) => {
  const { supervisor, workers, submit } = setUp({ warmLimit: 2 });
  await supervisor.start();
  for (const key of ['a', 'b']) {
    const preloaded = supervisor.preload(key, `open:${key}`);
    await settled();
    await workers[0]!.finish();
    await preloaded;
  }
  void submit('draw', 'a');
  await settled();
  await workers[0]!.finish();
  const third = supervisor.preload('c', 'open:c');
  await settled();
  await workers[0]!.finish();
  await workers[0]!.finish();
  await third;
  t.deepEqual(workers[0]!.tasks, ['open:a', 'open:b', 'draw', 'open:c', 'close:b']);
});

test('a worn worker works until its successor is warm', async (t) => {
  const { supervisor, workers, submit } = setUp({ recycleAfterTasks: 3 });
  await supervisor.start();
  const preloaded = supervisor.preload('p', 'open:p');
  await settled();
  await workers[0]!.finish();
  await preloaded;
  for (const task of ['1', '2']) {
    void submit(task);
    await settled();
    await workers[0]!.finish();
  }
  t.deepEqual(workers[1]?.tasks, ['open:p']);
  t.is(supervisor.load().slots, 1);
  const last = submit('3');
  await settled();
  await workers[1]!.finish();
  t.false(workers[0]!.killed);
  await workers[0]!.finish();
  t.is(await last, 'done 3');
  t.true(workers[0]!.killed);
  void submit('4');
  await settled();
  t.deepEqual(workers[1]!.tasks, ['open:p', '4']);
});

test('a project that keeps crashing workers is set aside for a while, and the others are not', async (t) => {
  const { supervisor, workers, submit, clock } = setUp({ quarantineCrashes: 2, quarantineMs: 60_000 });
  await supervisor.start();
  for (let crash = 0; crash < 2; crash += 1) {
    void submit('draw', 'bad');
    await settled();
    workers.at(-1)!.die('signal SIGSEGV');
    await settled();
  }
  await t.throwsAsync(submit('draw', 'bad'), { code: 'PROJECT_INVALID', message: /SIGSEGV/ });
  const good = submit('draw', 'good');
  await settled();
  await workers.at(-1)!.finish();
  t.is(await good, 'done draw');
  await clock.advanceSettled(60_000);
  const again = submit('draw', 'bad');
  await settled();
  await workers.at(-1)!.finish();
  t.is(await again, 'done draw');
});

test('a project over which a worker died is opened by new ones only once it has been drawn again', async (t) => {
  const { supervisor, workers, submit } = setUp();
  await supervisor.start();
  const preloaded = supervisor.preload('p', 'open:p');
  await settled();
  await workers[0]!.finish();
  await preloaded;
  workers[0]!.die('signal SIGKILL');
  await settled();
  t.deepEqual(workers[1]!.tasks, ['open:p']);
  workers[1]!.die('signal SIGSEGV');
  await settled();
  t.deepEqual(workers[2]!.tasks, []);
  t.is(supervisor.load().slots, 1);
  void submit('draw', 'p');
  await settled();
  await workers[2]!.finish();
  workers[2]!.die('signal SIGKILL');
  await settled();
  t.deepEqual(workers[3]!.tasks, ['open:p']);
});

test('a project that takes too long to open does not keep workers from starting', async (t) => {
  const { supervisor, workers, clock } = setUp({ preloadTimeoutMs: 1_000 });
  await supervisor.start();
  const preloaded = supervisor.preload('p', 'open:p');
  await settled();
  await workers[0]!.finish();
  await preloaded;
  workers[0]!.die('signal SIGKILL');
  await clock.advanceSettled(1_000);
  t.true(workers[1]!.killed);
  t.deepEqual(workers[2]!.tasks, []);
  t.is(supervisor.load().slots, 1);
});

test('start rejects with the reason when no worker starts', async (t) => {
  const { supervisor, starts } = setUp({ workers: 2 });
  starts.error = new GismeshError('ENGINE_UNAVAILABLE', 'a piece is missing');
  await t.throwsAsync(supervisor.start(), { code: 'ENGINE_UNAVAILABLE', message: /a piece is missing/ });
});

test('without any worker, tasks are refused with the reason; starts are tried ever more rarely', async (t) => {
  const { supervisor, workers, starts, submit, clock } = setUp({ respawnMinMs: 100, respawnMaxMs: 300 });
  await supervisor.start();
  starts.error = new GismeshError('ENGINE_UNAVAILABLE', 'the disk is full');
  const running = submit('draw');
  const waiting = submit('next');
  await settled();
  workers[0]!.die('signal SIGBUS');
  t.is(await codeOf(running), 'ENGINE_CRASHED');
  await clock.advanceSettled(99);
  t.is(supervisor.load().queued, 1);
  await clock.advanceSettled(1);
  await t.throwsAsync(waiting, { message: /the disk is full/ });
  await t.throwsAsync(submit('late'), { message: /the disk is full/ });
  await clock.advanceSettled(200 + 299);
  delete starts.error;
  t.is(workers.length, 1);
  await clock.advanceSettled(1);
  t.is(workers.length, 2);
  const result = submit('draw');
  await settled();
  await workers[1]!.finish();
  t.is(await result, 'done draw');
});

test('a worker that takes too much memory is killed over its task', async (t) => {
  const { supervisor, workers, submit, clock } = setUp({ memoryLimitBytes: 1, memoryPollMs: 50 });
  await supervisor.start();
  const result = submit('draw');
  await clock.advanceSettled(50);
  t.is(await codeOf(result), 'ENGINE_MEMORY_EXCEEDED');
  t.true(workers[0]!.killed);
});

test('a worker that has grown too much is replaced without harm', async (t) => {
  const { supervisor, workers, submit, clock } = setUp({ recycleGrowthBytes: -1, memoryPollMs: 50 });
  await supervisor.start();
  const result = submit('draw');
  await clock.advanceSettled(50);
  while (workers.length === 1) await settled();
  await workers[0]!.finish();
  t.is(await result, 'done draw');
});

test('stop refuses what waits, lets the running task end and kills every worker', async (t) => {
  const { supervisor, workers, submit } = setUp({ workers: 2 });
  await supervisor.start();
  const running = [submit('a'), submit('b')];
  const waiting = codeOf(submit('c'));
  await settled();
  const stopped = supervisor.stop(1_000);
  t.is(await waiting, 'ENGINE_UNAVAILABLE');
  await workers[0]!.finish();
  await workers[1]!.finish();
  await stopped;
  t.deepEqual(await Promise.all(running), ['done a', 'done b']);
  t.true(workers.every((worker) => worker.killed));
  t.is(workers.length, 2);
});
