import type { SerialFn } from 'ava';
import { validLiteral } from '../../../src/ogc/processes/literal-value.ts';
import type { ProcessProvider } from '../../../src/processes/process.ts';
import { Suspension } from '../../../src/processes/suspension.ts';
import { descendants, processes } from '../helpers/descendants.ts';
import { errorOf, type Given, type Ran, run } from '../helpers/tasks.ts';

/** A process with inputs for it. */
interface Sample {
  readonly process: string;
  readonly given: Given;
}

/** What the suite needs of a provider's tests. */
export interface ProviderSubject {
  readonly provider: ProcessProvider;
  readonly quick: Sample & { readonly check: (ran: Ran) => boolean };
  /** Tells of its progress, and takes longer than any test. */
  readonly endless: Sample;
  /** Fails with the words `on purpose`. */
  readonly failing: Sample;
  /** It starts processes ahead of the runs that will need them. */
  readonly hasSpares?: boolean;
}

/** What holds for every provider of processes. */
export function providerCompliance(
  test: SerialFn,
  name: string,
  withProvider: (use: (subject: ProviderSubject) => Promise<void>) => Promise<void>,
): void {
  test(`${name}: lists descriptions that every front door can give`, (t) =>
    withProvider(async ({ provider }) => {
      const list = provider.list();
      t.true(list.length > 0);
      t.is(new Set(list.map(({ id }) => id)).size, list.length);
      for (const description of list) {
        t.deepEqual(JSON.parse(JSON.stringify(description)), description, 'plain data');
        t.regex(description.version, /^\d+\.\d+\.\d+$/);
        t.true(description.outputs.length > 0);
        t.true(description.jobControl.includes('async-execute'));
        for (const parameter of [description, ...description.inputs, ...description.outputs]) {
          t.not(parameter.title, '', parameter.id);
          t.regex(parameter.id, /^[\w:.-]+$/);
        }
        for (const { id, data } of [...description.inputs, ...description.outputs]) {
          if (data.kind === 'bbox') t.true(data.crs.length > 0, id);
          if (data.kind === 'complex') t.true(data.formats.length > 0, id);
          if (data.kind !== 'literal' || data.defaultValue === undefined) continue;
          const byDefault = { kind: 'literal', value: data.defaultValue, dataType: '', uom: '' } as const;
          t.notThrows(() => validLiteral(id, byDefault, data));
        }
        t.true((provider.expectation(description.id)?.cores ?? -1) >= 0);
      }
    }));

  test(`${name}: runs a process, leaving nothing outside of its scratch folder`, (t) =>
    withProvider(async ({ provider, quick }) => {
      const ran = await run(provider, quick.process, quick.given);
      t.true(quick.check(ran), JSON.stringify(ran.outputs));
      const described = provider.list().find(({ id }) => id === quick.process);
      const known = new Set(described?.outputs.map(({ id }) => id));
      t.true(ran.outputs.every(({ id }) => known.has(id)));
    }));

  test(`${name}: runs several at once and one after the other`, (t) =>
    withProvider(async ({ provider, quick }) => {
      for (let round = 0; round < 2; round += 1) {
        const all = await Promise.all([1, 2].map(() => run(provider, quick.process, quick.given)));
        t.true(all.every(quick.check));
      }
    }));

  test(`${name}: tells progress that never goes back, and ends within its patience`, (t) =>
    withProvider(async ({ provider, endless }) => {
      const progress: number[] = [];
      const { process, given } = endless;
      const onProgress = (percent: number) => progress.push(percent);
      const before = descendants();
      const error = await errorOf(run(provider, process, given, { limits: { timeoutMs: 1500 }, onProgress }));
      t.is(error.code, 'DEADLINE_EXCEEDED');
      t.true(progress.length > 0);
      t.deepEqual(
        progress,
        progress.toSorted((a, b) => a - b),
      );
      t.true(progress.every((percent) => percent >= 0 && percent <= 100));
      t.deepEqual(
        descendants().filter((line) => !before.includes(line)),
        [],
      );
    }));

  test(`${name}: a cancelled run stops its work, and the next one runs`, (t) =>
    withProvider(async ({ provider, endless, quick }) => {
      const abort = new AbortController();
      const before = descendants();
      const error = await errorOf(
        run(provider, endless.process, endless.given, {
          signal: abort.signal,
          onProgress: () => abort.abort(),
        }),
      );
      t.is(error.code, 'CANCELLED');
      t.deepEqual(
        descendants().filter((line) => !before.includes(line)),
        [],
      );
      t.true(quick.check(await run(provider, quick.process, quick.given)));
    }));

  test(`${name}: a run that is suspended stands still, goes on, and can be cancelled meanwhile`, (t) =>
    withProvider(async ({ provider, endless, quick, hasSpares = false }) => {
      const suspension = new Suspension();
      const abort = new AbortController();
      const before = new Set(processes().keys());
      // A spare was there before.
      const ofRun = () =>
        [...processes()].filter(([pid]) => hasSpares || !before.has(pid)).map(([, state]) => state);
      // A shell whose child has not begun yet waits for it in `vfork` (D): it cannot even be stopped, nor go on.
      const standsStill = () => {
        const states = ofRun();
        return states.includes('T') && (hasSpares || states.every((state) => /[TD]/.test(state)));
      };
      let heard = Promise.withResolvers<void>();
      const ended = errorOf(
        run(provider, endless.process, endless.given, {
          signal: abort.signal,
          suspension,
          onProgress: () => heard.resolve(),
        }),
      );
      for (let round = 0; round < 2; round += 1) {
        await heard.promise;
        suspension.isSuspended = true;
        await until(standsStill);
        heard = Promise.withResolvers<void>();
        suspension.isSuspended = false;
      }
      await heard.promise;
      suspension.isSuspended = true;
      await until(standsStill);
      abort.abort();
      t.is((await ended).code, 'CANCELLED');
      t.false(ofRun().includes('T'));
      t.true(quick.check(await run(provider, quick.process, quick.given)));
    }));

  test(`${name}: refuses a run that was cancelled before it came, and a process that it does not have`, (t) =>
    withProvider(async ({ provider, quick }) => {
      const signal = AbortSignal.abort();
      t.is((await errorOf(run(provider, quick.process, quick.given, { signal }))).code, 'CANCELLED');
      t.is((await errorOf(run(provider, 'no-such-process', {}))).code, 'PROCESS_UNKNOWN');
      t.is(provider.expectation('no-such-process'), undefined);
    }));

  test(`${name}: a process that fails says why, and the next one runs`, (t) =>
    withProvider(async ({ provider, failing, quick }) => {
      const error = await errorOf(run(provider, failing.process, failing.given));
      t.is(error.code, 'JOB_FAILED');
      t.regex(error.message, /on purpose/);
      t.true(quick.check(await run(provider, quick.process, quick.given)));
    }));

  test(`${name}: stops with everything that is under way`, (t) =>
    withProvider(async ({ provider, endless }) => {
      const began = Promise.withResolvers<void>();
      const ended = errorOf(
        run(provider, endless.process, endless.given, { onProgress: () => began.resolve() }),
      );
      await began.promise;
      await provider.stop();
      t.true(['PROCESS_UNAVAILABLE', 'CANCELLED'].includes((await ended).code));
      t.deepEqual(descendants(), []);
    }));
}

/** The time limit of the tests ends what never comes. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
