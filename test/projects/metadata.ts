import { readFile } from 'node:fs/promises';
import test from 'ava';
import { metadataSchema, nearestName, parseMetadata } from '../../src/projects/metadata.ts';

const invalid = (message: RegExp) => ({ code: 'PROJECT_INVALID', message });

test('reads every key', (t) => {
  const metadata = parseMetadata(`
title: Town
abstract: >-
  All of
  the town
keywords: [town, streets]
attribution: © The town
background: '#FFEEDD'
crs: [EPSG:25832, CRS:84]
extent: [8, 47, 9.5, 48]
engine: mapnik
layers:
  streets: { title: Streets, abstract: All of them, queryable: true }
  "odd: name": {}
`);
  t.deepEqual(Object.keys(metadata).sort(), Object.keys(metadataSchema.shape).sort());
  t.is(metadata.abstract, 'All of the town');
  t.deepEqual(metadata.layers?.streets, { title: 'Streets', abstract: 'All of them', queryable: true });
});

test('an empty file says nothing', (t) => {
  t.deepEqual(parseMetadata(''), {});
  t.deepEqual(parseMetadata('# only this\n'), {});
});

test('every key is documented', async (t) => {
  const page = await readFile(new URL('../../docs/projects.md', import.meta.url), 'utf8');
  for (const [key, schema] of Object.entries(metadataSchema.shape)) {
    t.true(page.includes(`\`${key}\``), key);
    t.truthy(schema.description, key);
  }
});

test('names the line of a problem, and the nearest known key', (t) => {
  const message = /^project\.yaml: line 2: titel is not a known key: did you mean "title"\?$/;
  t.throws(() => parseMetadata('abstract: x\ntitel: y\n'), invalid(message));
  t.throws(
    () => parseMetadata('layers:\n  a: {}\n  b:\n    queriable: true\n'),
    invalid(/line 4: layers\.b\.queriable is not a known key: did you mean "queryable"\?$/),
  );
  t.throws(() => parseMetadata('zzzzzz: 1'), invalid(/line 1: zzzzzz is not a known key$/));
});

test('tells all problems at once', (t) => {
  const text = 'title: []\ncrs: [WGS84]\nbackground: red\nextent: [9, 0, 8, 1]\n';
  const error = t.throws(() => parseMetadata(text), { code: 'PROJECT_INVALID' });
  for (const line of [1, 2, 3, 4]) t.true(error?.message.includes(`line ${line}: `), `${line}`);
});

test('refuses values that clients could not use', (t) => {
  for (const text of [
    'crs: []',
    'crs: [EPSG:3857, EPSG:3857]',
    'crs: ["EPSG:3857;DROP"]',
    'extent: [0, 0, .nan, 1]',
    'extent: [0, 0, .inf, 1]',
    'title: ""',
    `title: ${'x'.repeat(201)}`,
    'layers: [a]',
    'layers: {a: 1}',
    'just text',
    '- a list',
  ]) {
    t.throws(() => parseMetadata(text), { code: 'PROJECT_INVALID' }, text);
  }
});

test('survives hostile YAML', (t) => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
    .split('')
    .map((name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(9)}]`)
    .join('\n')}\n`;
  for (const text of [
    bomb,
    '['.repeat(100_000),
    `${'a: {'.repeat(20_000)}`,
    'title: *nothing',
    'title: !!js/function "() => 1"',
    '__proto__: { polluted: 1 }',
    'constructor: { prototype: { polluted: 1 } }',
    'title: a\ntitle: b',
    '%YAML 9.9\n---\n\u0000',
  ]) {
    t.throws(() => parseMetadata(text), { code: 'PROJECT_INVALID' }, text.slice(0, 40));
  }
  t.deepEqual(parseMetadata('layers: { __proto__: { polluted: 1 } }'), { layers: {} });
  t.false('polluted' in {});
});

test('suggests near names only', (t) => {
  t.is(nearestName('contries', ['countries', 'lakes']), ': did you mean "countries"?');
  t.is(nearestName('xyz', ['countries', 'lakes']), '');
  t.is(nearestName('xyz', []), '');
});
