import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { systemClock } from '../../../src/platform/system.ts';
import { builtInProcesses } from '../../../src/processes/built-in/descriptions.ts';
import { operations } from '../../../src/processes/built-in/operations.ts';
import { type BuiltInOptions, BuiltInProcesses } from '../../../src/processes/built-in/provider.ts';
import { providerCompliance } from '../compliance/provider.ts';
import { bytesOf, complex, errorOf, geoJson, literal, processes, run, textOf } from '../helpers/tasks.ts';

const projDatabase = path.resolve('node_modules/@mapnik/mapnik/share/proj/proj.db');

async function withBuiltIn(
  use: (provider: BuiltInProcesses) => Promise<void>,
  changes: Partial<BuiltInOptions> = {},
): Promise<void> {
  const { builtIn, niceness } = processes;
  const options = { ...builtIn, niceness, maxWorkers: 2, ...changes };
  const provider = new BuiltInProcesses({
    projDatabase: existsSync(projDatabase) ? projDatabase : undefined,
    clock: systemClock,
    options,
  });
  try {
    await use(provider);
  } finally {
    await provider.stop();
  }
}

providerCompliance(test.serial, 'built-in', (use) =>
  withBuiltIn((provider) =>
    use({
      provider,
      quick: {
        process: 'echo',
        given: { string: literal('hello'), pause: literal(0) },
        check: ({ outputs }) =>
          outputs.length === 1 && outputs[0]?.value.kind === 'literal' && outputs[0].value.value === 'hello',
      },
      endless: { process: 'echo', given: { pause: literal(3600) } },
      failing: { process: 'echo', given: { fail: literal('on purpose') } },
    }),
  ),
);

test('every description has its code', (t) => {
  t.deepEqual(Object.keys(operations).sort(), builtInProcesses.map(({ id }) => id).sort());
});

test.serial('echo gives back bytes, JSON, boxes and several texts', (t) =>
  withBuiltIn(async (provider) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const object = { a: [1, 'ü', null], b: { c: true } };
    const ran = await run(provider, 'echo', {
      binary: complex(bytes, 'image/png'),
      object: complex(JSON.stringify(object), 'application/json'),
      box: { kind: 'bbox', crs: 'EPSG:4326', lower: [1, 2], upper: [3, 4] },
      strings: [literal('a'), literal('b'), literal('a')],
      measure: literal(2.5, 'km'),
    });
    t.deepEqual([...bytesOf(ran, 'binary')], [...bytes]);
    t.deepEqual(JSON.parse(textOf(ran, 'object')), object);
    t.deepEqual(JSON.parse(textOf(ran, 'strings')), ['a', 'b', 'a']);
    const value = (id: string) => ran.outputs.find((output) => output.id === id)?.value;
    t.like(value('box'), { kind: 'bbox', crs: 'EPSG:4326', lower: [1, 2], upper: [3, 4] });
    t.like(value('measure'), { value: '2.5', uom: 'km' });
    t.like(value('binary'), { format: { mediaType: 'image/png' } });
  }),
);

test.serial('large outputs come as files of the scratch folder', (t) =>
  withBuiltIn(
    async (provider) => {
      const ran = await run(provider, 'echo', { text: complex('x'.repeat(5000), 'text/plain') });
      t.is(textOf(ran, 'text').length, 5000);
      t.is(ran.files.length, 1);
    },
    { inlineBytes: 1000 },
  ),
);

test.serial('where no scratch folder can be made another peer may do what needs one', (t) =>
  withBuiltIn(
    async (provider) => {
      const scratch = path.join(fileURLToPath(import.meta.url), 'below-a-file');
      const small = await run(provider, 'echo', { text: complex('x', 'text/plain') }, { scratch });
      t.is(textOf(small, 'text'), 'x');
      const given = { text: complex('x'.repeat(5000), 'text/plain') };
      const error = await errorOf(run(provider, 'echo', given, { scratch }));
      t.like(error, {
        code: 'PROCESS_UNAVAILABLE',
        message: 'this peer has no scratch folder for it (ENOTDIR)',
      });
    },
    { inlineBytes: 1000 },
  ),
);

test.serial('outputs above the limit fail the run', (t) =>
  withBuiltIn(async (provider) => {
    const given = { text: complex('x'.repeat(5000), 'text/plain') };
    const error = await errorOf(run(provider, 'echo', given, { limits: { scratchBytes: 1000 } }));
    t.is(error.code, 'PROCESS_LIMIT_EXCEEDED');
  }),
);

test.serial('inputs that are too large to be read at once are refused by name', (t) =>
  withBuiltIn(
    async (provider) => {
      const features = geoJson({ type: 'FeatureCollection', features: [], name: 'x'.repeat(1000) });
      const error = await errorOf(run(provider, 'centroid', { features }));
      t.is(error.code, 'INPUT_INVALID');
      t.is(error.locator, 'features');
    },
    { maxInputBytes: 500 },
  ),
);

test.serial('GeoJSON that fills the memory ends its worker and not the peer', (t) =>
  withBuiltIn(async (provider) => {
    const position = '[[1.5,2.5],[2.5,1.5],[1.5,1.5],[1.5,2.5]],';
    const rings = `${position.repeat(400_000)}${position.slice(0, -1)}`;
    const features = complex(`{"type":"Polygon","coordinates":[${rings}]}`, 'application/geo+json');
    const error = await errorOf(
      run(provider, 'centroid', { features }, { limits: { memoryBytes: 64 * 2 ** 20 } }),
    );
    t.is(error.code, 'PROCESS_LIMIT_EXCEEDED');
    t.regex(error.message, /64 MiB/);
    const ran = await run(provider, 'echo', { string: literal('still here') });
    t.is(ran.outputs.length, 1);
  }),
);

test.serial('more runs than workers are refused', (t) =>
  withBuiltIn(
    async (provider) => {
      const abort = new AbortController();
      const began = Promise.withResolvers<void>();
      const first = errorOf(
        run(
          provider,
          'echo',
          { pause: literal(3600) },
          { signal: abort.signal, onProgress: () => began.resolve() },
        ),
      );
      await began.promise;
      const second = run(provider, 'echo', {});
      const given = new AbortController();
      const third = errorOf(run(provider, 'echo', {}, { signal: given.signal }));
      given.abort();
      t.is((await third).code, 'CANCELLED', 'while it waits');
      abort.abort();
      t.is((await first).code, 'CANCELLED');
      t.is((await second).outputs.length, 0);
    },
    { maxWorkers: 1 },
  ),
);
