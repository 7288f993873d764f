import test from 'ava';
import { engineCompliance } from '../compliance/engine.ts';
import { mapnikEngine, squareTask } from '../helpers/engines.ts';
import { heavyXml, makeBundle, squareGeoJson, squareXml, testFolder } from '../helpers/projects.ts';

const folder = testFolder();
test.after.always(() => folder.remove());
const files = { 'square.geojson': squareGeoJson };
const bundle = makeBundle(folder, 'square', squareXml, files);
const heavy = makeBundle(folder, 'heavy', heavyXml, files);

engineCompliance(test.serial, 'mapnik', async (use) => {
  const engine = await mapnikEngine(folder, { queueLimit: 2 });
  await engine.start();
  const endless = squareTask(heavy, { layers: ['slow'], tileWidth: 4096, tileHeight: 4096 });
  await use({ engine, bundle, endless });
  await engine.stop(0);
});
