import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { silentLog } from '../../src/platform/log.ts';
import { ProjectCatalogue } from '../../src/projects/catalogue.ts';
import type { CatalogueChange } from '../../src/projects/project.ts';
import { mapnikEngine } from '../engines/helpers/engines.ts';
import { testFolder } from '../engines/helpers/projects.ts';
import { brokenOffShapefile, shapefileOf } from '../engines/helpers/shapefile.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';
import { liveClock } from './helpers/live-clock.ts';
import { quickOptions } from './helpers/options.ts';

const map = (color: string) => `<Map srs="EPSG:4326">
  <Style name="s"><Rule><PolygonSymbolizer fill="${color}"/></Rule></Style>
  <Layer name="fields" srs="EPSG:4326">
    <StyleName>s</StyleName>
    <Datasource><Parameter name="type">shape</Parameter><Parameter name="file">fields.shp</Parameter></Datasource>
  </Layer>
</Map>`;

const shapefile = ({ shp, shx, dbf }: ReturnType<typeof shapefileOf>) => ({
  'fields.shp': shp,
  'fields.shx': shx,
  'fields.dbf': dbf,
});

test('with Mapnik: what it cannot read, or dies of, never takes the place of what it draws', async (t) => {
  const home = await temporaryFolder(t);
  const folder = await writeFiles(path.join(home, 'maps/farm'), {
    'project.xml': map('green'),
    ...shapefile(shapefileOf([[10, 50, 11, 51]])),
  });
  const engineFolder = testFolder();
  const engine = await mapnikEngine(engineFolder);
  await engine.start();
  t.teardown(async () => {
    await engine.stop(0);
    engineFolder.remove();
  });
  const catalogue = new ProjectCatalogue({
    roots: [path.join(home, 'maps')],
    snapshotFolder: path.join(home, 'bundles'),
    engines: { mapnik: engine },
    clock: liveClock,
    log: silentLog,
    options: quickOptions({ maxRetries: 0 }),
  });
  t.teardown(() => catalogue.stop());
  const next = () => new Promise<CatalogueChange>((resolve) => (listener = resolve));
  let listener: (change: CatalogueChange) => void = () => {};
  catalogue.on((change) => listener(change));

  await catalogue.start();
  const good = catalogue.current('farm')!;
  t.deepEqual(good.description.extent, [10, 50, 11, 51]);
  t.deepEqual(Object.keys(good.description.extents), ['EPSG:3857', 'EPSG:4326', 'CRS:84']);
  t.true(engine.isWarm(good.description.hash));

  let change = next();
  await writeFile(path.join(folder, 'project.xml'), map('no-such-colour'));
  t.regex(await reasonOf(change), /no-such-colour/);
  t.is(catalogue.current('farm'), good);

  change = next();
  await writeFiles(folder, { 'project.xml': map('red'), ...shapefile(brokenOffShapefile([10, 50, 11, 51])) });
  t.not(await reasonOf(change), '');
  t.is(catalogue.current('farm'), good);

  change = next();
  await writeFiles(folder, shapefile(shapefileOf([[20, 50, 21, 51]])));
  t.is((await change).kind, 'changed');
  t.deepEqual(catalogue.current('farm')?.description.extent, [20, 50, 21, 51]);
  t.is(catalogue.byHash(good.description.hash), good);
  t.true((await readdir(path.join(home, 'bundles'))).includes(good.description.hash));
});

async function reasonOf(change: Promise<CatalogueChange>): Promise<string> {
  const told = await change;
  return told.kind === 'refused' ? told.reason : '';
}
