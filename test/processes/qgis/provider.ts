import { appendFile, readdir, readFile, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { providerCompliance } from '../compliance/provider.ts';
import { awake, FAKE, help, openQgis, untilKnown, withFakeQgis } from '../helpers/fake-qgis.ts';
import { errorOf, literal, type Ran, run } from '../helpers/tasks.ts';

function literalOf(ran: Ran, id: string): string | undefined {
  const value = ran.outputs.find((output) => output.id === id)?.value;
  return value?.kind === 'literal' ? value.value : undefined;
}

providerCompliance(test.serial, 'qgis', (use) =>
  withFakeQgis(FAKE, async (fake) => {
    const provider = await openQgis(fake);
    try {
      await untilKnown(provider, Object.keys(FAKE).length);
      await use({
        provider,
        quick: {
          process: 'test:greet',
          given: { NAME: literal('you; `id` a=b') },
          check: (ran) => literalOf(ran, 'GREETING') === 'hello you; `id` a=b',
        },
        endless: { process: 'test:count', given: {} },
        failing: { process: 'test:fail', given: {} },
      });
    } finally {
      await provider.stop();
    }
  }),
);

test.serial('progress is read while it is written, in steps of 2.5 %', (t) =>
  withFakeQgis(FAKE, async (fake) => {
    const provider = await openQgis(fake);
    await untilKnown(provider, 3);
    const ran = await run(provider, 'test:greet', { NAME: literal('you') });
    t.is(ran.progress.at(-1), 35);
    await provider.stop();
  }),
);

test.serial('a second start asks nothing, and goes on where the first one was ended', (t) =>
  withFakeQgis(FAKE, async (fake) => {
    const questions = async () => (await readFile(fake.asked, 'utf8').catch(() => '')).trim().split('\n');
    const first = await openQgis(fake);
    await untilKnown(first, 3);
    await first.stop();
    t.is((await questions()).length, 4);

    const second = await openQgis(fake);
    t.is(second.list().length, 3);
    await second.stop();
    t.is((await questions()).length, 4);

    const listing = path.join(fake.folder, 'data', (await listings(fake.folder))[0] as string);
    const lines = (await readFile(listing, 'utf8'))
      .split('\n')
      .filter((line) => !/"id":"test:greet"/.test(line));
    await rm(listing);
    await appendFile(listing, `${lines.join('\n')}\n{"algorithm_details":{"id":"test:gre`);
    const third = await openQgis(fake);
    t.is(third.list().length, 2);
    await untilKnown(third, 3);
    await third.stop();
    t.deepEqual((await questions()).slice(4), ['--json help test:greet']);
    const fourth = await openQgis(fake);
    t.is(fourth.list().length, 3);
    await fourth.stop();
  }),
);

test.serial('an algorithm that cannot be described is left out, and not asked for again', (t) =>
  withFakeQgis({ ...FAKE, 'test:broken': '', 'test:odd': '{"parameters": 7}' }, async (fake) => {
    const provider = await openQgis(fake);
    await untilLearned(fake.folder, 5);
    await provider.stop();
    const again = await openQgis(fake);
    t.deepEqual(
      again.list().map(({ id }) => id),
      Object.keys(FAKE),
    );
    await again.stop();
    const asked = (await readFile(fake.asked, 'utf8')).match(/help test:broken/g);
    t.is(asked?.length, 1);
  }),
);

test.serial('another QGIS in its place is asked anew; none in its place offers nothing', (t) =>
  withFakeQgis(FAKE, async (fake) => {
    using _awake = awake();
    const provider = await openQgis(fake, { rescanMs: 10 });
    await untilKnown(provider, 3);
    const changed = (count: number) =>
      new Promise<void>((resolve) => {
        const end = provider.onChange(() => {
          if (provider.list().length !== count) return;
          end();
          resolve();
        });
      });
    const another = changed(3);
    await utimes(fake.program, new Date(0), new Date(0));
    await another;
    t.is((await listings(fake.folder)).length, 1);
    const none = changed(0);
    await rm(fake.program);
    await none;
    t.is((await errorOf(run(provider, 'test:greet', {}))).code, 'PROCESS_UNKNOWN');
    await provider.stop();
  }),
);

test.serial('a start is not held up, and a stop ends the questions', (t) =>
  withFakeQgis({ ...FAKE, 'test:more': help('test:more', []) }, async (fake) => {
    const provider = await openQgis(fake, { listDelayMs: 1e8 });
    t.deepEqual(provider.list(), []);
    await provider.stop();
    await t.throwsAsync(readFile(fake.asked), { code: 'ENOENT' });
  }),
);

/** Until what is known of so many algorithms is kept, be it that they are not offered. */
async function untilLearned(folder: string, count: number): Promise<void> {
  for (;;) {
    const [name] = await listings(folder).catch(() => []);
    const text = name === undefined ? '' : await readFile(path.join(folder, 'data', name), 'utf8');
    if ((text.match(/^\{"(?:algorithm_details|failed)"/gm) ?? []).length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function listings(folder: string): Promise<string[]> {
  return (await readdir(path.join(folder, 'data'))).filter((name) => name.endsWith('.jsonl'));
}
