import test from 'ava';
import { builtInProcesses } from '../../src/processes/built-in/descriptions.ts';
import { ProcessCatalogue } from '../../src/processes/catalogue.ts';
import type { ProcessProvider } from '../../src/processes/process.ts';
import { errorOf, limits } from './helpers/tasks.ts';

/** Offers the named processes and answers with its own name. */
function provider(name: string, initial: readonly string[]) {
  const listeners = new Set<() => void>();
  let ids = initial;
  let stops = 0;
  const [template] = builtInProcesses;
  const made: ProcessProvider = {
    name,
    list: () => ids.map((id) => ({ ...(template as (typeof builtInProcesses)[number]), id })),
    expectation: (id) => (ids.includes(id) ? { cores: name.length } : undefined),
    run: async () => [{ id: 'by', value: { kind: 'literal', value: name, dataType: '', uom: '' } }],
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: async () => {
      stops += 1;
    },
  };
  const offer = (next: readonly string[]) => {
    ids = next;
    for (const listener of listeners) listener();
  };
  return { provider: made, offer, stops: () => stops };
}

async function ranBy(catalogue: ProcessCatalogue, process: string): Promise<unknown> {
  const context = {
    signal: new AbortController().signal,
    clock: undefined as never,
    onProgress() {},
    log() {},
  };
  const [output] = await catalogue.run({ process, inputs: [], outputs: [], scratch: '/', limits }, context);
  return output?.value.kind === 'literal' ? output.value.value : undefined;
}

test('the provider named first runs a process that several offer', async (t) => {
  const first = provider('first', ['a', 'b']);
  const second = provider('second', ['b', 'c']);
  const catalogue = new ProcessCatalogue([first.provider, second.provider]);
  t.deepEqual(
    catalogue.list().map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  t.deepEqual([await ranBy(catalogue, 'b'), await ranBy(catalogue, 'c')], ['first', 'second']);
  t.is(catalogue.expectation('c')?.cores, 6);
  t.is(catalogue.find('nothing'), undefined);
  t.is((await errorOf(ranBy(catalogue, 'nothing'))).code, 'PROCESS_UNKNOWN');
});

test('changes of the providers are seen and told, until nobody listens', async (t) => {
  const first = provider('first', ['a']);
  const second = provider('second', ['a', 'b']);
  const catalogue = new ProcessCatalogue([first.provider, second.provider]);
  let told = 0;
  const end = catalogue.onChange(() => {
    told += catalogue.list().length;
  });
  first.offer([]);
  t.is(told, 2, 'the list is new when its change is told');
  t.is(await ranBy(catalogue, 'a'), 'second');
  end();
  second.offer([]);
  t.is(told, 2);
  t.deepEqual(catalogue.list(), []);
  await catalogue.stop();
  t.deepEqual([first.stops(), second.stops()], [1, 1]);
});
