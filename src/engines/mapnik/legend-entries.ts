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
 * The rows of a layer's legend. Rules of equal name (or filter) make one row: in different styles they are
 * parts of one symbol, a road's casing and its fill say; within one style they are the same thing at other
 * scales, of which the most detailed is shown. An author who names some rules has chosen what to explain: the
 * others are left out then, as are labels beside anything else.
 *
 * @param styles names, in drawing order
 * @param title for the row of rules that have neither a name nor a filter
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
  for (const rules of withoutMinor(ruleSets)) {
    for (const [label, rule] of mostDetailed(rules, title)) {
      rows.set(label, [...(rows.get(label) ?? []), rule]);
    }
  }
  return [...rows]
    .flatMap(([label, rules]) => rasterEntries(label, rules) ?? [entry(label, rules, geometryType)])
    .slice(0, MAX_ENTRIES);
}

function withoutMinor(ruleSets: ReadonlyArray<readonly StyleRule[]>): StyleRule[][] {
  const drawing = ruleSets.map((rules) => rules.filter((rule) => rule.symbolizers.length > 0));
  return [isNamed, drawsMoreThanLabels].reduce((sets, isMajor) => {
    const hasMajor = sets.flat().some(isMajor);
    return hasMajor ? sets.map((rules) => rules.filter(isMajor)) : sets;
  }, drawing);
}

function isNamed(rule: StyleRule): boolean {
  return rule.name !== '';
}

function drawsMoreThanLabels(rule: StyleRule): boolean {
  return rule.symbolizers.some((symbolizer) => tagOf(symbolizer) !== 'TextSymbolizer');
}

function mostDetailed(rules: readonly StyleRule[], title: string): Map<string, StyleRule> {
  const byLabel = new Map<string, StyleRule>();
  for (const rule of rules) {
    const label = labelOf(rule, title);
    const known = byLabel.get(label);
    if (known === undefined || rule.minScaleDenominator < known.minScaleDenominator) byLabel.set(label, rule);
  }
  return byLabel;
}

function labelOf(rule: StyleRule, title: string): string {
  const label = rule.name || plainFilter(rule.filter) || title;
  return label.length > MAX_LABEL_LENGTH ? `${label.slice(0, MAX_LABEL_LENGTH - 1)}…` : label;
}

/** `([class]='lake')` reads better as `class = lake`. */
function plainFilter(filter: string): string {
  if (filter === 'else') return 'other';
  return filter
    .replace(/[()'"[\]]/g, '')
    .replace(/\s*(!=|<=|>=|=|<|>)\s*/g, ' $1 ')
    .trim();
}

function entry(label: string, rules: readonly StyleRule[], geometryType: string | undefined): LegendEntry {
  const tags = new Set(rules.flatMap((rule) => rule.symbolizers.map(tagOf)));
  const shape = shapeOf(tags, geometryType);
  return {
    label,
    shape,
    parts: rules.map(({ opacity, symbolizers }) => ({
      opacity,
      symbolizers: symbolizers.map((symbolizer) => asSample(symbolizer, shape)),
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
  return colored.map((stop) => swatch(stop.label || (stop.value ?? ''), stop.color ?? ''));
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
