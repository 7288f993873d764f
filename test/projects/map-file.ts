import test from 'ava';
import { findMapFile } from '../../src/projects/map-file.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';

test('the usual name goes before all others', async (t) => {
  const folder = await writeFiles(await temporaryFolder(t), { 'a.xml': '<Map/>', 'project.xml': 'anything' });
  t.is(await findMapFile(folder), 'project.xml');
});

test('else the only map among the XML files', async (t) => {
  const folder = await writeFiles(await temporaryFolder(t), {
    'streets.shp.xml': '<?xml version="1.0"?><metadata><Map/></metadata>',
    'a.tif.aux.xml': '<PAMDataset/>',
    'mapping.xml': '<Mapping/>',
    '.hidden.xml': '<Map/>',
    'folder.xml/inner': '',
    'town.XML': '\ufeff<?xml version="1.0"?>\n<!DOCTYPE Map[]>\n<!-- <Nothing> --><Map srs="epsg:4326">',
  });
  t.is(await findMapFile(folder), 'town.XML');
});

test('a folder without a map is no project', async (t) => {
  t.is(
    await findMapFile(await writeFiles(await temporaryFolder(t), { 'a.xml': '<a/>', 'b.txt': '' })),
    undefined,
  );
});

test('of several maps one must have the usual name', async (t) => {
  const folder = await writeFiles(await temporaryFolder(t), { 'b.xml': '<Map/>', 'a.xml': '<Map/>' });
  const message = /several maps \(a\.xml, b\.xml\); name the one to serve project\.xml/;
  await t.throwsAsync(findMapFile(folder), { code: 'PROJECT_INVALID', message });
});
