import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import type { MapnikLayer } from './binding.ts';

/*
 * The styles of a project, read out of the XML that Mapnik itself writes for it (`Map.toXML`): its many
 * spellings are one there, and what it ignored is gone.
 */

/** An element in the parser's order-keeping form: one tag key, and the attributes under `:@`. */
export type XmlNode = { readonly [tag: string]: unknown };

export interface StyleRule {
  /** '' when the author gave none. */
  readonly name: string;
  /** Mapnik's filter expression; '' when it takes every feature, `else` for an ElseFilter. */
  readonly filter: string;
  readonly minScaleDenominator: number;
  readonly maxScaleDenominator: number;
  readonly symbolizers: readonly XmlNode[];
  /** Of the whole style, 0..1. */
  readonly opacity: number;
}

export interface StyleSheet {
  readonly rules: ReadonlyMap<string, readonly StyleRule[]>;
  /** FontSet elements, which symbolizers refer to by name. */
  readonly fontSets: readonly XmlNode[];
  readonly fontDirectory: string | undefined;
}

export interface ScaleRange {
  readonly min: number;
  readonly max: number;
}

const FORMAT = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
} as const;

export function readStyleSheet(xml: string): StyleSheet {
  const document = new XMLParser({ ...FORMAT, trimValues: true }).parse(xml) as XmlNode[];
  const map = document.find((node) => tagOf(node) === 'Map') ?? {};
  const elements = childrenOf(map);
  return {
    rules: new Map(
      elements
        .filter((node) => tagOf(node) === 'Style')
        .map((style) => [
          attribute(style, 'name') ?? '',
          childrenOf(style).flatMap((rule) => readRule(style, rule)),
        ]),
    ),
    fontSets: elements.filter((node) => tagOf(node) === 'FontSet'),
    fontDirectory: attribute(map, 'font-directory'),
  };
}

function readRule(style: XmlNode, rule: XmlNode): StyleRule[] {
  if (tagOf(rule) !== 'Rule') return [];
  const children = childrenOf(rule);
  const textOf = (tag: string) => {
    const node = children.find((child) => tagOf(child) === tag);
    return node === undefined ? undefined : contentOf(node);
  };
  return [
    {
      name: attribute(rule, 'name') ?? '',
      filter: textOf('Filter') ?? (textOf('ElseFilter') === undefined ? '' : 'else'),
      minScaleDenominator: Number(textOf('MinScaleDenominator') ?? 0),
      maxScaleDenominator: Number(textOf('MaxScaleDenominator') ?? Number.POSITIVE_INFINITY),
      symbolizers: children.filter((child) => tagOf(child).endsWith('Symbolizer')),
      opacity: Number(attribute(style, 'opacity') ?? 1),
    },
  ];
}

/** The scales at which a layer draws anything: where its own limits and any of its rules meet. */
export function scaleRange(sheet: StyleSheet, layer: MapnikLayer): ScaleRange {
  const rules = layer.styles.flatMap((style) => sheet.rules.get(style) ?? []);
  const min = Math.min(...rules.map((rule) => rule.minScaleDenominator));
  const max = Math.max(...rules.map((rule) => rule.maxScaleDenominator));
  return {
    min: Math.max(layer.minimum_scale_denominator, rules.length === 0 ? 0 : min),
    max: Math.min(layer.maximum_scale_denominator, rules.length === 0 ? Number.POSITIVE_INFINITY : max),
  };
}

/** The XML text of elements. */
export function writeXml(nodes: readonly XmlNode[]): string {
  return new XMLBuilder({ ...FORMAT, suppressBooleanAttributes: false }).build(nodes) as string;
}

export function tagOf(node: XmlNode): string {
  return Object.keys(node).find((key) => key !== ':@') ?? '';
}

export function childrenOf(node: XmlNode): XmlNode[] {
  const children = node[tagOf(node)];
  return Array.isArray(children) ? (children as XmlNode[]) : [];
}

export function attributesOf(node: XmlNode): Readonly<Record<string, string>> {
  return (node[':@'] ?? {}) as Record<string, string>;
}

function attribute(node: XmlNode, name: string): string | undefined {
  return attributesOf(node)[name];
}

function contentOf(node: XmlNode): string {
  return childrenOf(node)
    .map((child) => String(child['#text'] ?? ''))
    .join('');
}
