import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import type { DataDescription, ProcessDescription } from '../../../src/ogc/processes/process-description.ts';
import { describeCommand } from '../../../src/processes/command/describe.ts';
import { algorithmSchema } from '../../../src/processes/qgis/algorithm.ts';
import { commandOf } from '../../../src/processes/qgis/command-of.ts';
import { help, recorded } from '../helpers/fake-qgis.ts';

const VERSION = '3.22.16-Białowieża';

async function described(id: string): Promise<ProcessDescription & { readonly words: readonly unknown[] }> {
  const text = await readFile(recorded(`${id.replace(':', '_')}.json`), 'utf8');
  const command = commandOf(algorithmSchema.parse(JSON.parse(text)), VERSION);
  return { ...describeCommand(command), words: command.arguments };
}

function input(t: ExecutionContext, { inputs }: ProcessDescription, id: string) {
  const found = inputs.find((each) => each.id === id);
  if (found === undefined) return t.fail(`no input ${id}`) as never;
  return found;
}

function mediaTypes(data: DataDescription | undefined): string[] {
  return data?.kind === 'complex' ? data.formats.map(({ mediaType }) => mediaType) : [];
}

test('native:buffer: layer, length, number with range, choice by label, layer made', async (t) => {
  const buffer = await described('native:buffer');
  t.like(buffer, { id: 'native:buffer', title: 'Buffer', version: '3.22.16', idempotent: true });
  t.true(buffer.keywords.includes('grow'));
  const source = input(t, buffer, 'INPUT');
  t.like(source, { title: 'Input layer', minOccurs: 1, maxOccurs: 1 });
  t.is(mediaTypes(source.data)[0], 'application/geo+json');
  t.true(mediaTypes(source.data).includes('application/x-shapefile'));
  const distance = input(t, buffer, 'DISTANCE');
  t.like(distance, { minOccurs: 0, abstract: 'In units of the CRS of INPUT.' });
  t.like(distance.data, { kind: 'literal', dataType: 'double', defaultValue: '10', units: [] });
  t.like(input(t, buffer, 'SEGMENTS').data, { dataType: 'integer', defaultValue: '5' });
  t.deepEqual(input(t, buffer, 'SEGMENTS').data.kind === 'literal' && input(t, buffer, 'SEGMENTS').data, {
    kind: 'literal',
    dataType: 'integer',
    defaultValue: '5',
    allowedValues: [],
    allowedRanges: [{ minimum: '1', closure: 'closed' }],
    units: [],
  });
  t.like(input(t, buffer, 'END_CAP_STYLE').data, {
    allowedValues: ['Round', 'Flat', 'Square'],
    defaultValue: 'Round',
  });
  t.like(input(t, buffer, 'DISSOLVE').data, { dataType: 'boolean', defaultValue: 'false' });
  t.deepEqual(
    buffer.outputs.map(({ id, title }) => [id, title]),
    [['OUTPUT', 'Buffered']],
  );
  const made = mediaTypes(buffer.outputs[0]?.data);
  t.true(made.includes('application/geopackage+sqlite3') && made.includes('application/x-shapefile'));
  t.false(made.includes('application/vnd.google-earth.kml+xml'));
  t.deepEqual(buffer.words.slice(0, 3), ['run', 'native:buffer', '--']);
});

test('gdal:hillshade: a raster in, a raster out, a band', async (t) => {
  const hillshade = await described('gdal:hillshade');
  t.is(mediaTypes(input(t, hillshade, 'INPUT').data)[0], 'image/tiff; subtype=geotiff');
  t.like(input(t, hillshade, 'BAND').data, { dataType: 'integer', defaultValue: '1' });
  t.deepEqual(mediaTypes(hillshade.outputs[0]?.data), ['image/tiff; subtype=geotiff', 'image/tiff']);
});

test('extents are boxes, x before y for QGIS', async (t) => {
  const extract = await described('native:extractbyextent');
  t.like(input(t, extract, 'EXTENT').data, { kind: 'bbox', crs: ['EPSG:4326', 'CRS:84', 'EPSG:3857'] });
  t.deepEqual(extract.words[4], [
    'EXTENT={EXTENT.west},{EXTENT.east},{EXTENT.south},{EXTENT.north} [{EXTENT.crs}]',
  ]);
});

test('several choices go in one argument, several fields in one each', async (t) => {
  const byLocation = await described('native:extractbylocation');
  const predicate = input(t, byLocation, 'PREDICATE');
  t.is(predicate.maxOccurs, 8);
  t.true(byLocation.words.some((word) => String(word) === 'PREDICATE={PREDICATE.list}'));
  const retain = await described('native:retainfields');
  t.is(input(t, retain, 'FIELDS').maxOccurs, 1000);
  t.true(retain.words.some((word) => String(word) === 'FIELDS={FIELDS}'));
});

test('numbers, strings, pages, folders and what need not be made are outputs', async (t) => {
  const statistics = await described('qgis:basicstatisticsforfields');
  const mean = statistics.outputs.find(({ id }) => id === 'MEAN');
  t.like(mean?.data, { kind: 'literal', dataType: 'double' });
  t.true(
    mediaTypes(statistics.outputs.find(({ id }) => id === 'OUTPUT_HTML_FILE')?.data).includes('text/html'),
  );
  const split = await described('native:splitvectorlayer');
  t.deepEqual(
    split.outputs.map(({ id, data }) => [id, mediaTypes(data)]),
    [['OUTPUT', ['application/zip']]],
  );
  const join = await described('native:joinattributestable');
  t.deepEqual(
    join.outputs.map(({ id }) => id),
    ['OUTPUT', 'NON_MATCHING', 'JOINED_COUNT', 'UNJOINABLE_COUNT'],
  );
  const says = await described('native:raiseexception');
  t.deepEqual(
    says.outputs.map(({ id }) => id),
    ['LOG'],
  );
});

test('parameters of plugins are texts; names that are no ids become some', async (t) => {
  const calculator = await described('qgis:rastercalculator');
  t.like(input(t, calculator, 'EXPRESSION').data, { kind: 'literal', dataType: 'string' });
  t.is(input(t, calculator, 'LAYERS').maxOccurs, 1000);
  const clusters = await described('native:dbscanclustering');
  t.truthy(input(t, clusters, 'DBSCAN'));
  t.true(clusters.words.some((word) => String(word) === 'DBSCAN*={DBSCAN}'));
});

test('what newer versions say more, or leave out, does no harm', (t) => {
  const text = help(
    'native:new',
    [
      { name: 'AREA', type: 'area' },
      { name: 'CHOICE', type: 'enum' },
      { name: 'CLOUD', type: 'pointcloud' },
      { name: 'WHAT', type: 'something_new' },
      { name: 'OUTPUT', type: 'pointCloudDestination', is_destination: true },
      { name: 'TILES', type: 'vectorTileDestination', is_destination: true },
      { name: 'OTHER', type: 'newDestination', is_destination: true },
    ],
    { OUTPUT: 'outputPointCloud', TILES: 'outputVectorTile', RATIO: 'outputNumber' },
  );
  const process = describeCommand(commandOf(algorithmSchema.parse(JSON.parse(text)), '3.40.1-Bratislava'));
  t.deepEqual(
    process.inputs.map(({ data }) => (data.kind === 'literal' ? data.dataType : data.kind)),
    ['double', 'string', 'complex', 'string'],
  );
  t.deepEqual(
    process.outputs.map(({ id, data }) => `${id} ${data.kind}`),
    ['OUTPUT complex', 'TILES complex', 'OTHER complex', 'RATIO literal'],
  );
});

test('a table goes in one argument; files without a known filter may be texts', (t) => {
  const parameters = [
    { name: 'TABLE', type: 'matrix' },
    { name: 'COLORS', type: 'file' },
  ];
  const command = commandOf(algorithmSchema.parse(JSON.parse(help('native:table', parameters))), VERSION);
  t.true(command.arguments.some((word) => String(word) === 'TABLE={TABLE.list}'));
  const process = describeCommand(command);
  t.deepEqual(mediaTypes(input(t, process, 'COLORS').data).slice(0, 2), [
    'application/octet-stream',
    'text/plain',
  ]);
});

test('a layer that is changed in place is an output; other layers are told in words', (t) => {
  const outputsOf = (parameters: Parameters<typeof help>[1], outputs: Record<string, string>) =>
    commandOf(algorithmSchema.parse(JSON.parse(help('native:change', parameters, outputs))), VERSION).outputs;
  const [raster, vector] = [
    { name: 'RASTER', type: 'raster' },
    { name: 'VECTOR', type: 'source' },
  ];
  t.like(outputsOf([raster, vector], { OUTPUT: 'outputVector' }).OUTPUT, {
    type: 'changed',
    input: 'VECTOR',
  });
  t.like(outputsOf([raster, vector], { RASTER: 'outputRaster' }).RASTER, {
    type: 'changed',
    input: 'RASTER',
  });
  t.like(outputsOf([raster], { OUTPUT: 'outputVector' }).OUTPUT, { type: 'text' });
  t.like(outputsOf([vector], { OUTPUT: 'outputLayer' }).OUTPUT, { type: 'text' });
});
