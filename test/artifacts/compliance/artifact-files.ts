import anyTest, { type ExecutionContext } from 'ava';
import type { ArtifactFiles } from '../../../src/artifacts/artifact-files.ts';

interface FilesWorld {
  readonly files: ArtifactFiles;
  run<T>(promise: Promise<T>): Promise<T>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array) => new TextDecoder().decode(content);

/** Registers the tests that every implementation of `ArtifactFiles` has to pass. */
export function testArtifactFilesCompliance(
  name: string,
  createWorld: (t: ExecutionContext) => Promise<FilesWorld>,
): void {
  const test = (title: string, body: (t: ExecutionContext, world: FilesWorld) => Promise<void>) =>
    anyTest(`${name}: ${title}`, async (t) => body(t, await createWorld(t)));

  test('pieces are written where they belong, in any order', async (t, { files, run }) => {
    const file = await run(files.create('partial/a'));
    await run(file.write(6, [bytes('wor'), bytes(''), bytes('ld')]));
    t.deepEqual([...(await run(file.read(0, 3)))], [0, 0, 0]);
    await run(file.write(0, [bytes('hello ')]));
    await run(file.sync());
    t.is(text(await run(file.read(0, 11))), 'hello world');
    t.is(text(await run(file.read(9, 100))), 'ld');
    t.is((await run(file.read(50, 10))).length, 0);
    await run(file.close());
    const again = await run(files.open('partial/a'));
    await run(again!.write(0, [bytes('J')]));
    t.is(text(await run(again!.read(0, 5))), 'Jello');
    await run(again!.close());
  });

  test('files are listed with their sizes, moved and removed', async (t, { files, run }) => {
    const write = async (file: string, content: string) => {
      const handle = await run(files.create(file));
      await run(handle.write(0, [bytes(content)]));
      await run(handle.close());
    };
    await write('incoming/a', 'one');
    await write('content/b', 'other');
    t.deepEqual(
      [...(await run(files.list()))].sort((a, b) => a.size - b.size),
      [
        { name: 'incoming/a', size: 3 },
        { name: 'content/b', size: 5 },
      ],
    );
    await run(files.move('incoming/a', 'content/b'));
    t.deepEqual(await run(files.list()), [{ name: 'content/b', size: 3 }]);
    t.is(await run(files.open('incoming/a')), undefined);
    const open = await run(files.open('content/b'));
    await run(files.remove('content/b'));
    await run(files.remove('content/b'));
    t.is(text(await run(open!.read(0, 10))), 'one');
    await run(open!.close());
    t.deepEqual(await run(files.list()), []);
    t.true((await run(files.freeBytes())) > 0);
  });

  test('creating begins anew', async (t, { files, run }) => {
    for (const content of ['a longer one', 'new']) {
      const file = await run(files.create('incoming/a'));
      await run(file.write(0, [bytes(content)]));
      await run(file.close());
    }
    t.deepEqual(await run(files.list()), [{ name: 'incoming/a', size: 3 }]);
  });

  test('what cannot be is an error with a code', async (t, { files, run }) => {
    await t.throwsAsync(run(files.move('incoming/none', 'content/none')), { code: 'DATA_DIR_UNUSABLE' });
    t.is(await run(files.open('content/none')), undefined);
  });
}
