import { symlink } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { discover, projectId } from '../../src/projects/discover.ts';
import { projectFiles, temporaryFolder, writeFiles } from './helpers/folders.ts';

test('ids are made of folder names', (t) => {
  t.is(projectId('world'), 'world');
  t.is(projectId('Our Town (2026)'), 'our-town-2026');
  t.is(projectId('Straßen_Zürich'), 'stra-en_zurich');
  t.is(projectId('--a--'), 'a');
  t.is(projectId('地図'), '');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) =>
      /^(?:[a-z0-9][a-z0-9_-]{0,63})?$/.test(projectId(name)),
    ),
  );
  fc.assert(fc.property(fc.string(), (name) => projectId(projectId(name)) === projectId(name)));
});

test('finds the projects in a root, and no other folders', async (t) => {
  const root = await temporaryFolder(t);
  await writeFiles(path.join(root, 'a'), projectFiles('x'));
  await writeFiles(path.join(root, 'B b'), projectFiles('x'));
  await writeFiles(path.join(root, 'only-yaml'), { 'project.yaml': '' });
  await writeFiles(path.join(root, 'two'), { 'a.xml': '<Map/>', 'b.xml': '<Map/>' });
  await writeFiles(path.join(root, '.hidden'), projectFiles('x'));
  await writeFiles(path.join(root, 'photos'), { 'a.jpg': '' });
  await writeFiles(root, { 'file.txt': '' });
  await symlink('a', path.join(root, 'linked'));
  await symlink('loop', path.join(root, 'loop'));
  const { projects, places, unreadable } = await discover([root], 10);
  t.deepEqual(
    projects.map(({ id, folder }) => [id, path.relative(root, folder)]),
    [
      ['b-b', 'B b'],
      ['a', 'a'],
      ['linked', 'linked'],
      ['only-yaml', 'only-yaml'],
      ['two', 'two'],
    ],
  );
  t.true(places.includes(root) && places.includes(path.join(root, 'photos')));
  t.is(unreadable.size, 0);
});

test('a root may be a project itself', async (t) => {
  const root = path.join(await temporaryFolder(t), 'town');
  await writeFiles(root, projectFiles('x'));
  await writeFiles(path.join(root, 'inner'), projectFiles('x'));
  t.deepEqual((await discover([root], 10)).projects, [{ id: 'town', folder: root }]);
});

test('of two projects with one id the first has it', async (t) => {
  const [one, two] = [await temporaryFolder(t), await temporaryFolder(t)];
  for (const folder of ['town', 'Town']) await writeFiles(path.join(one, folder), projectFiles('x'));
  await writeFiles(path.join(two, 'town'), projectFiles('x'));
  const [first, ...others] = (await discover([one, two], 10)).projects;
  t.deepEqual(first, { id: 'town', folder: path.join(one, 'Town') });
  t.is(others.length, 2);
  for (const { id, folder, refusal } of others) {
    t.is(id, 'town');
    t.is(refusal, `${folder}: ${first?.folder} has the id "town" already; rename one`);
  }
});

test('refuses names that give no id, and more projects than it may serve', async (t) => {
  const root = await temporaryFolder(t);
  for (const folder of ['a', 'b', '地図']) await writeFiles(path.join(root, folder), projectFiles('x'));
  const { projects } = await discover([root], 1);
  t.deepEqual(
    projects.map(({ id, refusal }) => [id, refusal === undefined]),
    [
      ['a', true],
      ['b', false],
      ['地図', false],
    ],
  );
  t.regex(projects[1]?.refusal ?? '', /1 projects are served already/);
  t.regex(projects[2]?.refusal ?? '', /no project id can be made of the folder name "地図"/);
});

test('a root that cannot be read is told apart from an empty one', async (t) => {
  const root = await temporaryFolder(t);
  const missing = path.join(root, 'missing');
  const { projects, unreadable } = await discover([missing, root], 10);
  t.deepEqual(projects, []);
  t.deepEqual(
    [...unreadable].map(([folder, { code }]) => [folder, code]),
    [[missing, 'ENOENT']],
  );
});
