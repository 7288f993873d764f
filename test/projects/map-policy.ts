import test from 'ava';
import fc from 'fast-check';
import { checkMap, checkVirtualDataset } from '../../src/projects/map-policy.ts';

const names = ['project.xml', 'data/a.shp', 'data/b.csv', 'icons/pin.svg', 'mosaic/c.tif', 'own.gdb/table'];

const parameters = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `<Parameter name="${name}">${value}</Parameter>`)
    .join('');
const layer = (values: Readonly<Record<string, string>>, head = '') =>
  `<Map>${head}<Layer name="streets"><Datasource>${parameters(values)}</Datasource></Layer></Map>`;
const check = (text: string, allowDatabases = false) => checkMap(text, names, { allowDatabases });
const invalid = (message: RegExp) => ({ code: 'PROJECT_INVALID', message });

test('a map may read the files of its bundle', (t) => {
  for (const text of [
    '<Map/>',
    '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE Map[]>\n<!-- made by hand --><Map/>',
    layer({ type: 'shape', file: 'data/a.shp' }),
    layer({ type: 'shape', file: 'data/a' }),
    layer({ type: 'csv', file: './data/../data/b.csv' }),
    layer({ type: 'csv', file: '<![CDATA[data/b.csv]]>' }),
    layer({ type: 'csv', inline: 'x,y\n1,/etc/passwd' }),
    layer({ type: 'ogr', file: 'own.gdb', layer: 'table' }),
    layer({ type: 'shape', base: 'shapes', file: 'a.shp' }, '<FileSource name="shapes">data</FileSource>'),
    '<Map background-image="icons/pin.svg"><Style name="s"><Rule><MarkersSymbolizer file="icons/[kind].svg"/><PointSymbolizer file="shape://ellipse"/><PointSymbolizer/></Rule></Style></Map>',
    '<Map base="icons"><Style name="s"><Rule><MarkersSymbolizer file="pin.svg"/></Rule></Style></Map>',
  ]) {
    t.notThrows(() => check(text), text);
  }
});

test('a map may read nothing else, and is told which layer and why', (t) => {
  const cases: Array<[string, RegExp]> = [
    [layer({ type: 'csv', file: '/etc/passwd' }), /^layer "streets" reads "\/etc\/passwd": an absolute path/],
    [layer({ type: 'csv', file: '../other/b.csv' }), /layer "streets" .* outside of the folder/],
    [layer({ type: 'csv', file: 'data/../../b.csv' }), /outside of the folder/],
    [layer({ type: 'csv', file: '..\\b.csv' }), /outside of the folder/],
    [layer({ type: 'csv', file: '&#x2e;./b.csv' }), /outside of the folder/],
    [layer({ type: 'csv', file: '<![CDATA[../b.csv]]>' }), /outside of the folder/],
    [
      layer({ type: 'csv', file: 'data/gone.csv' }),
      /"data\/gone\.csv", which is not in the project's folder/,
    ],
    [layer({ type: 'ogr', file: 'PG:dbname=gis' }), /only files of the project's own folder/],
    [layer({ type: 'ogr', file: 'C:/data/a.shp' }), /only files/],
    [layer({ type: 'gdal', file: 'https://example.org/a.tif' }), /only files/],
    [layer({ type: 'gdal', file: '/vsicurl/https://example.org/a.tif' }), /an absolute path/],
    [layer({ type: 'gdal', file: '&lt;GDAL_WMS>&lt;/GDAL_WMS>' }), /only files/],
    [layer({ type: 'ogr', string: '&lt;OGRVRTDataSource/>' }), /"string" is not allowed/],
    [layer({ type: 'sqlite', file: 'data/b.csv', initdb: 'ATTACH "/x" AS y' }), /"initdb" is not allowed/],
    [layer({ type: 'sqlite', file: 'data/b.csv', attachdb: 'x@data/b.csv,y@/etc/x.db' }), /absolute/],
    [
      layer({ type: 'postgis', host: 'db', dbname: 'gis' }),
      /reads a database \(postgis\).*projects\.allowDatabases/,
    ],
    [layer({ type: 'pgraster' }), /reads a database/],
    [layer({ type: 'telepathy' }), /type "telepathy" is not known/],
    [
      layer({ type: 'shape', base: 'shapes', file: 'a.shp' }, '<FileSource name="shapes">/srv</FileSource>'),
      /file source "shapes" .*absolute/,
    ],
    [layer({ type: 'shape', base: '..', file: 'data/a.shp' }), /outside/],
    [
      '<Map><Layer name="a"><Layer name="b"><Datasource><Parameter name="file">/x</Parameter></Datasource></Layer></Layer></Map>',
      /layer "b"/,
    ],
    ['<Map><Datasource name="t"><Parameter name="file">/x</Parameter></Datasource></Map>', /map reads "\/x"/],
    ['<Map background-image="/x.png"/>', /map reads/],
    ['<Map font-directory="/usr/share/fonts"/>', /map reads/],
    [
      '<Map base="/usr"><Style name="s"><Rule><PointSymbolizer file="a.png"/></Rule></Style></Map>',
      /style "s" reads/,
    ],
    ['<Map><Style name="s"><Rule><PointSymbolizer file="../[name].png"/></Rule></Style></Map>', /outside/],
    ['<Maps/>', /root element is <Maps>/],
    ['<Map>', /not well-formed/],
    ['', /./],
  ];
  for (const [text, message] of cases) t.throws(() => check(text), invalid(message), text);
});

test('entities are refused, of whatever kind', (t) => {
  const laughs = `<!DOCTYPE Map [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(1000)}">]><Map>&b;</Map>`;
  for (const text of [
    '<!DOCTYPE Map [<!ENTITY x SYSTEM "file:///etc/passwd">]><Map background-color="&x;"/>',
    '<!DOCTYPE Map SYSTEM "http://example.org/map.dtd"><Map/>',
    '<?xml version="1.0"?><!doctype Map [<!ENTITY % x SYSTEM "x.dtd"> %x;]><Map/>',
    laughs,
  ]) {
    t.throws(() => check(text), invalid(/declares XML entities/), text.slice(0, 60));
  }
});

test('hostile XML is refused, not suffered', (t) => {
  t.throws(() => check(`<Map>${'<Layer>'.repeat(100_000)}`), { code: 'PROJECT_INVALID' });
  t.throws(() => check(`<Map a="${'x'.repeat(17 * 1024 * 1024)}"/>`), invalid(/longer than/));
  t.throws(() => check('<Map><__proto__ file="/x"/></Map>'), { code: 'PROJECT_INVALID' });
});

test('databases are allowed where the operator says so', (t) => {
  t.notThrows(() => check(layer({ type: 'postgis', host: 'db', dbname: 'gis', table: 'streets' }), true));
  t.throws(() => check(layer({ type: 'ogr', file: 'PG:dbname=gis' }), true), { code: 'PROJECT_INVALID' });
});

test('no path that leads out of the folder is accepted', (t) => {
  const segments = fc.array(fc.constantFrom('..', '.', '', 'data', 'b.csv', 'x'), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(segments, (parts) => {
      const file = parts.join('/');
      const depth = parts
        .filter((part) => part !== '' && part !== '.')
        .reduce((depth, part) => depth + (part === '..' ? -1 : 1), 0);
      const leaves = file.startsWith('/') || depth < 0;
      if (leaves) t.throws(() => check(layer({ type: 'csv', file })), { code: 'PROJECT_INVALID' }, file);
    }),
  );
});

test('virtual data sets may name files of the bundle only', (t) => {
  const vrt = (source: string) =>
    `<VRTDataset><VRTRasterBand><SimpleSource>${source}</SimpleSource></VRTRasterBand></VRTDataset>`;
  const checkVrt = (source: string) => checkVirtualDataset(vrt(source), 'mosaic/all.vrt', names);
  t.notThrows(() => checkVrt('<SourceFilename relativeToVRT="1">c.tif</SourceFilename>'));
  t.notThrows(() => checkVrt('<SourceFilename relativeToVRT="1">../data/a.shp</SourceFilename>'));
  t.throws(() => checkVrt('<SourceFilename>c.tif</SourceFilename>'), invalid(/relativeToVRT="1"/));
  t.throws(
    () => checkVrt('<SourceFilename relativeToVRT="0">/x.tif</SourceFilename>'),
    invalid(/relativeToVRT/),
  );
  t.throws(
    () => checkVrt('<SourceFilename relativeToVRT="1">../../x.tif</SourceFilename>'),
    invalid(/all\.vrt reads .* outside/),
  );
  t.throws(
    () => checkVrt('<SrcDataSource relativeToVRT="1">PG:dbname=gis</SrcDataSource>'),
    invalid(/only files/),
  );
});
