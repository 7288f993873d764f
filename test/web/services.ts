import test from 'ava';
import type { ProjectDescription } from '../../src/ogc/project-description.ts';
import { recipes } from '../../web/src/services.ts';

const project = {
  id: 'city',
  title: 'City "East"',
  attribution: "© the city's office",
} as ProjectDescription;

test('addresses follow the one that the page was reached under', (t) => {
  const all = recipes(new URL('https://maps.example.org/mesh/'), project);
  const text = (program: string) => all.find((recipe) => recipe.program === program)!.text;
  t.is(text('QGIS, WMS'), 'https://maps.example.org/mesh/wms/city');
  t.is(text('QGIS, tiles'), 'https://maps.example.org/mesh/tiles/city/{z}/{x}/{y}.png');
  t.is(text('WMTS'), 'https://maps.example.org/mesh/wmts/city?SERVICE=WMTS&REQUEST=GetCapabilities');
  t.regex(text('OpenLayers'), /attributions: "© the city's office"/);
  t.regex(text('GDAL'), /"WMS:https:\/\/maps\.example\.org\/mesh\/wms\/city\?SERVICE=WMS&VERSION=1\.1\.1&/);
});
