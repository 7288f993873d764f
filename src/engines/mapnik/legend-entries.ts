import {
  attributesOf,
  childrenOf,
  type StyleRule,
  type StyleSheet,
  tagOf,
  type XmlNode,
} from './style-sheet.ts';

/** Rows at most; a legend that long explains nothing. */
const MAX_ENTRIES = 60;
const MAX_LABEL_LENGTH = 60;

/** What the sample feature is. */
export type SampleShape = 'polygon' | 'line' | 'point';

/** One row: a sample, drawn with the symbolizers of one or more rules over one another, and its words. */
export interface LegendEntry {
  readonly label: string;
  readonly shape: SampleShape;
  readonly parts: ReadonlyArray<{ readonly opacity: number; readonly symbolizers: readonly XmlNode[] }>;
}

/**
 * The rows of a layer's legend: the rules that draw at the scale where most of them do. Rules of equal name (or
 * filter) in different styles make one row, as parts of one symbol: a road's casing and its fill, say. An author
 * who names some rules has chosen what to explain, so the others are left out then, as are labels beside
 * anything else.
 *
 * @param styles names, in drawing order
 * @param title for a row whose rules have no name
 * @param geometryType of the data, in Mapnik's words
 */
export function legendEntries(
  sheet: StyleSheet,
  styles: readonly string[],
  title: string,
  geometryType: string | undefined,
): LegendEntry[] {
  const rows = new Map<string, StyleRule[]>();
  const ruleSets = [...new Set(styles)].map((style) => sheet.rules.get(style) ?? []);
  for (const rules of major(atBusiestScale(ruleSets))) {
    const firsts = new Map(rules.toReversed().map((rule) => [rule.name || rule.filter, rule]));
    for (const [key, rule] of [...firsts].reverse()) rows.set(key, [...(rows.get(key) ?? []), rule]);
  }
  return [...rows.values()]
    .flatMap((rules, index) => {
      const label = (rows.size > 1 ? labelOf(rules[0]!) : rules[0]!.name) || (index === 0 ? title : '');
      return rasterEntries(cut(label), rules) ?? [entry(cut(label), rules, geometryType)];
    })
    .slice(0, MAX_ENTRIES);
}

/** The rules that draw something where most do; the more detailed scale when there is a choice. */
function atBusiestScale(ruleSets: ReadonlyArray<readonly StyleRule[]>): StyleRule[][] {
  const drawing = ruleSets.map((rules) => rules.filter((rule) => rule.symbolizers.length > 0));
  const isActive = (scale: number) => (rule: StyleRule) =>
    rule.minScaleDenominator <= scale && scale < rule.maxScaleDenominator;
  const scales = [...new Set(drawing.flat().map((rule) => rule.minScaleDenominator))].sort((a, b) => a - b);
  const counts = scales.map((scale) => drawing.flat().filter(isActive(scale)).length);
  const busiest = scales[counts.indexOf(Math.max(...counts))] ?? 0;
  return drawing.map((rules) => rules.filter(isActive(busiest)));
}

function major(ruleSets: StyleRule[][]): StyleRule[][] {
  const named = onlyIfAny(ruleSets, (rule) => rule.name !== '');
  if (named.flat().some(drawsMoreThanLabels)) return onlyIfAny(named, drawsMoreThanLabels);
  const isNamed = named.flat().some((rule) => rule.name !== '');
  return isNamed ? named : [named.flat().slice(0, 1)];
}

function onlyIfAny(ruleSets: StyleRule[][], test: (rule: StyleRule) => boolean): StyleRule[][] {
  return ruleSets.flat().some(test) ? ruleSets.map((rules) => rules.filter(test)) : ruleSets;
}

function drawsMoreThanLabels(rule: StyleRule): boolean {
  return rule.symbolizers.some((symbolizer) => !isLabel(symbolizer));
}

function isLabel(symbolizer: XmlNode): boolean {
  return tagOf(symbolizer) === 'TextSymbolizer';
}

/** The author's name, or what a simple filter says; nothing for what only its author can read. */
function labelOf(rule: StyleRule): string | undefined {
  return rule.name || plainFilter(rule.filter);
}

function cut(label: string): string {
  return label.length > MAX_LABEL_LENGTH ? `${label.slice(0, MAX_LABEL_LENGTH - 1)}…` : label;
}

/** `lake` for `([class]='lake')`, `population > 1000` for `([population]>1000)`. */
function plainFilter(filter: string): string | undefined {
  if (filter === 'else') return 'other';
  const match = /^\(?\[(?<field>[^\]]+)\]\s*(?<operator>=|!=|<=|>=|<|>)\s*(?<value>'[^']*'|[-\d.]+)\)?$/.exec(
    filter,
  );
  if (match?.groups === undefined) return undefined;
  const { field, operator, value = '' } = match.groups;
  const text = value.replaceAll("'", '');
  return operator === '=' && value.startsWith("'") ? text : `${field} ${operator} ${text}`;
}

function entry(label: string, rules: readonly StyleRule[], geometryType: string | undefined): LegendEntry {
  const tags = new Set(rules.flatMap((rule) => rule.symbolizers.map(tagOf)));
  const withLabels = !rules.some(drawsMoreThanLabels);
  const shape = shapeOf(tags, geometryType);
  return {
    label,
    shape,
    parts: rules.map(({ opacity, symbolizers }) => ({
      opacity,
      symbolizers: symbolizers
        .filter((symbolizer) => withLabels || !isLabel(symbolizer))
        .map((symbolizer) => asSample(symbolizer, shape)),
    })),
  };
}

function shapeOf(tags: ReadonlySet<string>, geometryType: string | undefined): SampleShape {
  const has = (...names: string[]) => names.some((name) => tags.has(`${name}Symbolizer`));
  if (has('Polygon', 'PolygonPattern', 'Building')) return 'polygon';
  if (has('Line', 'LinePattern')) return geometryType === 'polygon' ? 'polygon' : 'line';
  return 'point';
}

/** A row per colour of a raster's colour scale; nothing when the rules draw no raster. */
function rasterEntries(label: string, rules: readonly StyleRule[]): LegendEntry[] | undefined {
  const raster = rules.flatMap((rule) => rule.symbolizers).find((node) => tagOf(node) === 'RasterSymbolizer');
  if (raster === undefined) return undefined;
  const colorizer = childrenOf(raster).find((node) => tagOf(node) === 'RasterColorizer');
  const stops = colorizer === undefined ? [] : childrenOf(colorizer).map(attributesOf);
  const colored = stops.filter((stop) => stop.color !== undefined);
  if (colored.length === 0) return [swatch(label, '#b0b0b0')];
  return colored.map((stop) => swatch(cut(stop.label || (stop.value ?? '')), stop.color ?? ''));
}

function swatch(label: string, fill: string): LegendEntry {
  const symbolizers = [{ PolygonSymbolizer: [], ':@': { fill } }];
  return { label, shape: 'polygon', parts: [{ opacity: 1, symbolizers }] };
}

/** A symbolizer that draws on a lone sample without attributes: no collisions, no fields, sample words. */
function asSample(node: XmlNode, shape: SampleShape): XmlNode {
  const tag = tagOf(node);
  const attributes = Object.fromEntries(
    Object.entries(attributesOf(node)).filter(
      ([name, value]) => !value.includes('[') && name !== 'avoid-edges',
    ),
  );
  if (tag === 'TextSymbolizer' || tag === 'ShieldSymbolizer') {
    const free = { ...attributes, placement: 'point', 'allow-overlap': 'true' };
    return { [tag]: withSampleWords(childrenOf(node), { left: true }), ':@': free };
  }
  if (tag === 'MarkersSymbolizer') {
    const placement = shape === 'line' ? (attributes.placement ?? 'line') : 'point';
    return { [tag]: childrenOf(node), ':@': { ...attributes, placement, 'allow-overlap': 'true' } };
  }
  return { [tag]: childrenOf(node), ':@': attributes };
}

/** Puts sample words in place of the first expression, and nothing in place of the others. */
function withSampleWords(nodes: readonly XmlNode[], words: { left: boolean }): XmlNode[] {
  return nodes.flatMap((node): XmlNode[] => {
    const tag = tagOf(node);
    if (tag === 'Placement') return [];
    if (tag !== '#text') return [{ ...node, [tag]: withSampleWords(childrenOf(node), words) }];
    if (!words.left) return [];
    words.left = false;
    return [{ '#text': '"Abc"' }];
  });
}
