import type { SerialFn } from 'ava';
import type { Engine, RenderTask, WorkOptions } from '../../../src/engines/engine.ts';
import type { ProjectBundle } from '../../../src/projects/project.ts';
import { codeOf, patient, squareTask, until } from '../helpers/engines.ts';
import { decode } from '../helpers/pictures.ts';
import { SQUARE } from '../helpers/projects.ts';

/** What the suite needs of an engine's tests. */
export interface EngineSubject {
  /** Started, with one worker and room for two waiting tasks. */
  readonly engine: Engine;
  readonly bundle: ProjectBundle;
  /** A task that takes longer than any test. */
  readonly endless: RenderTask;
}

/** What holds for every engine. */
export function engineCompliance(
  test: SerialFn,
  name: string,
  withEngine: (use: (subject: EngineSubject) => Promise<void>) => Promise<void>,
): void {
  test(`${name}: answers one decodable image per tile, row by row`, (t) =>
    withEngine(async ({ engine, bundle }) => {
      const task = squareTask(bundle, { columns: 3, rows: 2, tileWidth: 40, tileHeight: 30 });
      const { tiles, renderMs } = await engine.render(task, patient());
      t.is(tiles.length, 6);
      for (const tile of tiles) t.like(decode(tile), { width: 40, height: 30 });
      t.true(renderMs >= 0);
    }));

  test(`${name}: tells its load, and when a task begins`, (t) =>
    withEngine(async ({ engine, bundle, endless }) => {
      t.deepEqual(engine.load(), { slots: 1, running: 0, queued: 0 });
      const first = await begin(engine, endless);
      const second = engine.render(squareTask(bundle), patient({ signal: first.abort.signal }));
      t.deepEqual(engine.load(), { slots: 1, running: 1, queued: 1 });
      first.abort.abort();
      t.is(await codeOf(first.result), 'CANCELLED');
      t.is(await codeOf(second), 'CANCELLED');
    }));

  test(`${name}: refuses what does not fit into its queue, and takes work again afterwards`, (t) =>
    withEngine(async ({ engine, bundle, endless }) => {
      const first = await begin(engine, endless);
      const waiting = [1, 2].map(() => engine.render(squareTask(bundle), patient()));
      t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'BUSY');
      first.abort.abort();
      t.is(await codeOf(first.result), 'CANCELLED');
      t.is((await Promise.all(waiting)).length, 2);
      t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'none');
    }));

  test(`${name}: takes an aborted task off the queue, and the others keep their order`, (t) =>
    withEngine(async ({ engine, bundle, endless }) => {
      const first = await begin(engine, endless);
      const order: string[] = [];
      const abort = new AbortController();
      const withdrawn = engine.render(squareTask(bundle), patient({ signal: abort.signal }));
      const next = engine.render(squareTask(bundle), patient({ onStart: () => order.push('next') }));
      abort.abort();
      t.is(await codeOf(withdrawn), 'CANCELLED');
      t.is(engine.load().queued, 1);
      const last = engine.render(squareTask(bundle), patient({ onStart: () => order.push('last') }));
      first.abort.abort();
      await Promise.all([codeOf(first.result), next, last]);
      t.deepEqual(order, ['next', 'last']);
    }));

  test(`${name}: a task that takes too long fails and the next one is done`, (t) =>
    withEngine(async ({ engine, bundle, endless }) => {
      t.is(await codeOf(engine.render(endless, patient({ timeoutMs: 100 }))), 'DEADLINE_EXCEEDED');
      t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'none');
    }));

  test(`${name}: refuses a task that was aborted before it came`, (t) =>
    withEngine(async ({ engine, bundle }) => {
      t.is(
        await codeOf(engine.render(squareTask(bundle), patient({ signal: AbortSignal.abort() }))),
        'CANCELLED',
      );
    }));

  test(`${name}: knows which projects are warm`, (t) =>
    withEngine(async ({ engine, bundle }) => {
      const { hash } = bundle.description;
      t.false(engine.isWarm(hash));
      await engine.preload(bundle);
      t.true(engine.isWarm(hash));
      await engine.unload(hash);
      t.false(engine.isWarm(hash));
    }));

  test(`${name}: transforms extents, and leaves out CRSs that it cannot do`, (t) =>
    withEngine(async ({ engine }) => {
      const extents = await engine.projectExtent(SQUARE, ['EPSG:3857', 'EPSG:4326', 'EPSG:999999']);
      t.deepEqual(Object.keys(extents).sort(), ['EPSG:3857', 'EPSG:4326']);
      t.deepEqual(extents['EPSG:4326']?.map(Math.round), [...SQUARE]);
      t.deepEqual(extents['EPSG:3857']?.map(Math.round), [1113195, 4865942, 2226390, 6446276]);
    }));

  test(`${name}: describes its layers, and draws legends`, (t) =>
    withEngine(async ({ engine, bundle }) => {
      const { layers } = await engine.inspect(bundle.file);
      t.true(layers.length > 0);
      const task = { bundle, layer: layers[0]!.name, style: '', width: 90, height: 30, dpi: 90.7 };
      const legend = await engine.legend({ ...task, encoding: 'png', transparent: true }, patient());
      t.like(decode(legend), { width: 90, height: 30 });
    }));

  test(`${name}: finishes what runs when it stops, and refuses the rest`, (t) =>
    withEngine(async ({ engine, bundle }) => {
      const stopped = Promise.withResolvers<void>();
      const onStart = () => stopped.resolve(engine.stop(30_000));
      const running = codeOf(engine.render(squareTask(bundle), patient({ onStart })));
      const waiting = codeOf(engine.render(squareTask(bundle), patient()));
      t.is(await running, 'none');
      t.is(await waiting, 'ENGINE_UNAVAILABLE');
      await stopped.promise;
      t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'ENGINE_UNAVAILABLE');
      t.is(engine.load().slots, 0);
    }));

  test(`${name}: ends what runs for too long when it stops`, (t) =>
    withEngine(async ({ engine, endless }) => {
      const { result } = await begin(engine, endless);
      const outcome = codeOf(result);
      await engine.stop(10);
      t.is(await outcome, 'ENGINE_UNAVAILABLE');
    }));
}

/** A task that has begun. */
async function begin(engine: Engine, task: RenderTask) {
  const abort = new AbortController();
  let started = false;
  const options: WorkOptions = patient({ signal: abort.signal, onStart: () => (started = true) });
  const result = engine.render(task, options);
  result.catch(() => {});
  await until(() => started);
  return { abort, result };
}
