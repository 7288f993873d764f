import test from 'ava';
import type { ProjectDescription } from '../../src/ogc/project-description.ts';
import { HeldBundles } from '../../src/projects/held-bundles.ts';
import type { ProjectBundle } from '../../src/projects/project.ts';
import { ManualClock } from '../platform/helpers/manual-clock.ts';

function bundle(id: string, hash: string): ProjectBundle {
  return {
    description: { id, hash } as ProjectDescription,
    folder: `/${hash}`,
    file: `/${hash}/project.xml`,
  };
}

function held(maxOutgoing = 10) {
  const clock = new ManualClock();
  const gone: string[] = [];
  const onGone = ({ description }: ProjectBundle) => gone.push(description.hash);
  const bundles = new HeldBundles({ clock, options: { lingerMs: 100, maxOutgoing }, onGone });
  return { clock, gone, bundles };
}

test('an outgoing version is found by its hash for a while', (t) => {
  const { clock, gone, bundles } = held();
  t.is(bundles.put(bundle('a', '1')), undefined);
  t.is(bundles.put(bundle('a', '2'))?.description.hash, '1');
  t.is(bundles.current('a')?.description.hash, '2');
  clock.advance(99);
  t.is(bundles.byHash('1')?.folder, '/1');
  t.deepEqual([...bundles.hashes()].sort(), ['1', '2']);
  clock.advance(1);
  t.is(bundles.byHash('1'), undefined);
  t.deepEqual(gone, ['1']);
  t.is(bundles.byHash('2')?.folder, '/2');
});

test('a version stays as long as someone holds it', (t) => {
  const { clock, gone, bundles } = held();
  bundles.put(bundle('a', '1'));
  const [one, two] = [bundles.hold('1'), bundles.hold('1')];
  bundles.put(bundle('a', '2'));
  clock.advance(1000);
  t.is(bundles.byHash('1')?.folder, '/1');
  one?.();
  one?.();
  t.is(bundles.byHash('1')?.folder, '/1');
  two?.();
  t.is(bundles.byHash('1'), undefined);
  t.deepEqual(gone, ['1']);
  t.is(bundles.hold('1'), undefined);
});

test('released early, it still lingers', (t) => {
  const { clock, gone, bundles } = held();
  bundles.put(bundle('a', '1'));
  const release = bundles.hold('1');
  bundles.put(bundle('a', '2'));
  release?.();
  t.deepEqual(gone, []);
  clock.advance(100);
  t.deepEqual(gone, ['1']);
});

test('a removed project lingers too', (t) => {
  const { clock, gone, bundles } = held();
  bundles.put(bundle('a', '1'));
  bundles.remove('a');
  bundles.remove('b');
  t.is(bundles.current('a'), undefined);
  t.deepEqual(bundles.list(), []);
  t.is(bundles.byHash('1')?.folder, '/1');
  clock.advance(100);
  t.deepEqual(gone, ['1']);
});

test('going back to an outgoing version keeps it', (t) => {
  const { clock, gone, bundles } = held();
  for (const hash of ['1', '2', '1']) bundles.put(bundle('a', hash));
  clock.advance(1000);
  t.deepEqual(gone, ['2']);
  t.is(bundles.current('a')?.description.hash, '1');
});

test('two projects may have the same content', (t) => {
  const { clock, gone, bundles } = held();
  bundles.put(bundle('a', '1'));
  bundles.put(bundle('b', '1'));
  bundles.put(bundle('a', '2'));
  clock.advance(1000);
  t.deepEqual(gone, []);
  t.is(bundles.byHash('1')?.description.id, 'b');
  bundles.remove('b');
  clock.advance(1000);
  t.deepEqual(gone, ['1']);
});

test('outgoing versions are few; the oldest that nobody holds goes first', (t) => {
  const { gone, bundles } = held(2);
  bundles.put(bundle('a', '1'));
  const release = bundles.hold('1');
  for (const hash of ['2', '3', '4', '5']) bundles.put(bundle('a', hash));
  t.deepEqual(gone, ['2', '3']);
  release?.();
  t.deepEqual([...bundles.hashes()].sort(), ['1', '4', '5']);
});

test('lists by id', (t) => {
  const { bundles } = held();
  for (const id of ['c', 'a', 'b']) bundles.put(bundle(id, id));
  t.deepEqual(
    bundles.list().map(({ description }) => description.id),
    ['a', 'b', 'c'],
  );
});
