import test from 'ava';
import { legendEntries } from '../../../src/engines/mapnik/legend-entries.ts';
import { readStyleSheet, tagOf, writeXml } from '../../../src/engines/mapnik/style-sheet.ts';

function entriesOf(styles: Record<string, string>, geometryType = 'polygon') {
  const xml = Object.entries(styles).map(([name, rules]) => `<Style name="${name}">${rules}</Style>`);
  const sheet = readStyleSheet(`<?xml version="1.0"?><Map srs="epsg:3857">${xml.join('')}</Map>`);
  return legendEntries(sheet, Object.keys(styles), 'Layer', geometryType);
}

const rule = (inside: string, name = '') => `<Rule${name && ` name="${name}"`}>${inside}</Rule>`;
const line = '<LineSymbolizer stroke="rgb(1,2,3)"/>';
const text = '<TextSymbolizer face-name="Sans" placement="line" avoid-edges="true">[name]</TextSymbolizer>';

const labels = (entries: ReturnType<typeof entriesOf>) => entries.map((entry) => entry.label);

const filtered = (filter: string) => rule(`<Filter>${filter}</Filter>${line}`);

test('a rule is named after itself, a simple filter or its layer', (t) => {
  t.deepEqual(labels(entriesOf({ a: rule(line, 'Road') })), ['Road']);
  const simple = filtered("([class]='lake')") + filtered('([n]&gt;=10)') + rule(`<ElseFilter/>${line}`);
  t.deepEqual(labels(entriesOf({ a: simple })), ['lake', 'n >= 10', 'other']);
  t.deepEqual(labels(entriesOf({ a: rule(line) })), ['Layer']);
  t.deepEqual(labels(entriesOf({ a: filtered("([class]='lake')") })), ['Layer']);
});

test('what only its author can read is left without words, but not without a sample', (t) => {
  const rules = filtered("([a]=1 and not [b]='x')") + filtered("([a]=2 and not [b]='x')");
  t.deepEqual(labels(entriesOf({ a: rules })), ['Layer', '']);
});

test('rules of one name in several styles are one symbol', (t) => {
  const [entry, ...others] = entriesOf(
    { casing: rule(line, 'Road'), fill: rule(line, 'Road') },
    'linestring',
  );
  t.deepEqual(others, []);
  t.is(entry?.shape, 'line');
  t.is(entry?.parts.length, 2);
});

test('shows the scale at which most rules draw, the more detailed one when there is a choice', (t) => {
  const at = (min: number, max: number, name: string) =>
    rule(
      `<MinScaleDenominator>${min}</MinScaleDenominator><MaxScaleDenominator>${max}</MaxScaleDenominator>${line}`,
      name,
    );
  t.deepEqual(labels(entriesOf({ a: at(5000, 9000, 'Road') + at(0, 5000, 'Street') })), ['Street']);
  const bands = at(0, 100, 'Path') + at(100, 1000, 'Road') + at(100, 500, 'Track');
  t.deepEqual(labels(entriesOf({ a: bands })), ['Road', 'Track']);
});

test('of rules with one name in one style the first is shown', (t) => {
  const [entry] = entriesOf({ a: rule('<LineSymbolizer stroke="one"/>', 'Road') + rule(line, 'Road') });
  t.is(entry?.parts.length, 1);
  t.true(writeXml(entry!.parts[0]!.symbolizers).includes('one'));
});

test('leaves out rules without a name beside named ones, labels beside symbols, and empty rules', (t) => {
  t.deepEqual(labels(entriesOf({ a: rule(line, 'Road') + rule(line) })), ['Road']);
  t.deepEqual(labels(entriesOf({ a: rule(line), b: rule(text) })), ['Layer']);
  t.deepEqual(labels(entriesOf({ a: rule(text) + filtered('([b]&gt;1)').replace(line, text) })), ['Layer']);
  t.deepEqual(entriesOf({ a: rule('') }), []);
});

test('the sample is of the kind that the symbols draw', (t) => {
  const shape = (symbolizer: string, geometry: string) =>
    entriesOf({ a: rule(symbolizer) }, geometry)[0]?.shape;
  t.is(shape('<PolygonSymbolizer/>', 'polygon'), 'polygon');
  t.is(shape(line, 'polygon'), 'polygon');
  t.is(shape(line, 'linestring'), 'line');
  t.is(shape('<MarkersSymbolizer/>', 'polygon'), 'point');
  t.is(shape(text, 'linestring'), 'point');
});

test('the sample of a symbol comes without the label that the rule adds', (t) => {
  const [entry] = entriesOf({ a: rule(`<MarkersSymbolizer/>${text}`) });
  t.deepEqual(entry?.parts[0]?.symbolizers.map(tagOf), ['MarkersSymbolizer']);
});

test('sample symbols need no attributes and have no neighbours', (t) => {
  const sample = (symbolizer: string) =>
    writeXml(entriesOf({ a: rule(symbolizer) })[0]!.parts[0]!.symbolizers);
  const label = sample(text);
  t.true(label.includes('placement="point"') && label.includes('Abc'));
  t.false(label.includes('[name]') || label.includes('avoid-edges'));
  t.false(sample('<MarkersSymbolizer file="[icon].svg" fill="red"/>').includes('[icon]'));
});

test('a raster shows the stops of its colour scale', (t) => {
  const stops = '<stop value="0" color="rgb(0,0,255)"/><stop value="100" color="rgb(255,0,0)" label="High"/>';
  const colorizer = `<RasterColorizer default-mode="linear">${stops}</RasterColorizer>`;
  const entries = entriesOf({ a: rule(`<RasterSymbolizer>${colorizer}</RasterSymbolizer>`) }, 'raster');
  t.deepEqual(labels(entries), ['0', 'High']);
  t.deepEqual(
    entries.map((entry) => tagOf(entry.parts[0]!.symbolizers[0]!)),
    ['PolygonSymbolizer', 'PolygonSymbolizer'],
  );
});

test('long names are cut, and long legends too', (t) => {
  t.is(entriesOf({ a: rule(line, 'n'.repeat(1000)) })[0]?.label.length, 60);
  const many = Array.from({ length: 500 }, (_, index) => rule(line, `rule ${index}`)).join('');
  t.is(entriesOf({ a: many }).length, 60);
});
