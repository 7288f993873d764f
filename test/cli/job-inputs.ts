import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { type DescribedInput, inputsOf } from '../../src/cli/job-inputs.ts';
import { temporaryFolder } from '../data/helpers/temporary-folder.ts';

const formats = (...types: string[]): DescribedInput => ({
  schema: {
    oneOf: types.map((contentMediaType) => ({
      type: 'object',
      contentMediaType,
      ...(contentMediaType.startsWith('image/') && { contentEncoding: 'base64' }),
    })),
  },
});

const described: Record<string, DescribedInput> = {
  word: { schema: { type: 'string' } },
  distance: { schema: { type: 'number' } },
  flag: { schema: { type: 'boolean' } },
  box: { schema: { type: 'object', format: 'ogc-bbox' } },
  features: formats('application/geo+json', 'application/gml+xml', 'image/tiff; subtype=geotiff'),
  text: formats('text/plain', 'text/csv'),
};

const read = (...pairs: string[]) => inputsOf(pairs, described);

test('literals, boxes and units are read as their input is described', async (t) => {
  t.deepEqual(await read('word=5', 'distance=5', 'flag=true'), { word: '5', distance: 5, flag: true });
  t.deepEqual(await read('distance=30km'), { distance: { value: 30, uom: 'km' } });
  t.deepEqual(await read('distance=-1.5e3 m'), { distance: { value: -1500, uom: 'm' } });
  t.deepEqual(await read('distance=far'), { distance: 'far' });
  t.deepEqual(await read('box=1,2,3,4,EPSG:4326'), { box: { bbox: [1, 2, 3, 4], crs: 'EPSG:4326' } });
  t.deepEqual(await read('box=1, 2, 3, 4'), { box: { bbox: [1, 2, 3, 4] } });
  t.deepEqual(await read('word=a', 'word=b=c', 'word='), { word: ['a', 'b=c', ''] });
});

test('data stand inline, or are fetched by who executes the job', async (t) => {
  t.deepEqual(await read('features={"type":"Point"}'), { features: { value: { type: 'Point' } } });
  t.deepEqual(await read('text={"type":"Point"}'), { text: '{"type":"Point"}' });
  t.deepEqual(await read('features=https://example.org/a'), { features: { href: 'https://example.org/a' } });
  t.deepEqual(await read('features=job:1/a'), { features: { href: 'job:1/a' } });
  t.deepEqual(await read('word=https://example.org/a'), { word: 'https://example.org/a' });
  t.deepEqual(await read('word=@https://example.org/a'), { word: { href: 'https://example.org/a' } });
});

test('files are read here, in the format of their name', async (t) => {
  const folder = await temporaryFolder(t);
  const file = async (name: string, content: string) => {
    const place = path.join(folder, name);
    await writeFile(place, content);
    return place;
  };
  const geojson = await file('a.geojson', '{"type":"Point"}');
  t.deepEqual(await read(`features=@${geojson}`), {
    features: { value: { type: 'Point' }, mediaType: 'application/geo+json' },
  });
  t.deepEqual(await read(`features=@${await file('a.gml', '<a/>')}`), {
    features: { value: '<a/>', mediaType: 'application/gml+xml' },
  });
  t.deepEqual(await read(`features=@${await file('a.tif', 'II')}`), {
    features: { value: 'SUk=', encoding: 'base64', mediaType: 'image/tiff; subtype=geotiff' },
  });
  t.deepEqual(await read(`text=@${await file('a.csv', 'a,b')}`), {
    text: { value: 'a,b', mediaType: 'text/csv' },
  });
  t.deepEqual(await read(`distance=@${await file('a.txt', '12 m\n')}`), {
    distance: { value: 12, uom: 'm' },
  });
});

test('text in other characters than UTF-8 goes as the bytes that it is', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.csv');
  await writeFile(file, Buffer.from('größe', 'latin1'));
  t.deepEqual(await read(`text=@${file}`), {
    text: { value: 'Z3L232U=', encoding: 'base64', mediaType: 'text/csv' },
  });
});

test('a device without an end is given up', async (t) => {
  await t.throwsAsync(read('text=@/dev/zero'), { message: /\/dev\/zero is larger than 20000000 bytes/ });
});

test('what cannot be an input is told, with what might have been meant', async (t) => {
  await t.throwsAsync(read('word'), { message: /"word" is no input: write key=value/ });
  await t.throwsAsync(read('wrod=a'), { message: /no input "wrod": did you mean "word"\?/ });
  await t.throwsAsync(read('features=@/no/such'), {
    message: /features: the file \/no\/such cannot be read \(ENOENT\)/,
  });
  await t.throwsAsync(inputsOf(['a=1'], {}), { message: /nor any other/ });
  for (const name of ['constructor', '__proto__', 'toString'])
    await t.throwsAsync(read(`${name}=1`), { message: /has no input/ }, name);
  const odd = JSON.parse('{"constructor":{"schema":{"type":"string"}}}') as Record<string, DescribedInput>;
  t.is(JSON.stringify(await inputsOf(['constructor=1'], odd)), '{"constructor":"1"}');
});
