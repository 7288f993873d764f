/** XML of others that stands as it is: well-formed by itself, or a CDATA section. */
export interface XmlMarkup {
  readonly markup: string;
}

/** An element to be written. Children are elements, or a text; an empty list writes an empty element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly content: string | readonly XmlElement[] | XmlMarkup;
}

type Optional<T> = T | undefined | false;

/** Builds an element. Attributes and children that are undefined or false are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, Optional<string | number>>> = {},
  content: string | number | readonly Optional<XmlElement>[] | XmlMarkup = [],
): XmlElement {
  const written: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) written[key] = String(value);
  }
  if (typeof content === 'object' && 'markup' in content) return { name, attributes: written, content };
  if (typeof content === 'object') return { name, attributes: written, content: content.filter(isPresent) };
  return { name, attributes: written, content: String(content) };
}

/** `<name>text</name>`. */
export function textElement(name: string, text: string | number): XmlElement {
  return element(name, {}, String(text));
}

/** Like {@link textElement}, but undefined, and so left out, where the text is empty. */
export function optionalText(name: string, text: string | undefined): XmlElement | undefined {
  return text ? textElement(name, text) : undefined;
}

/** A whole document with its declaration; `doctype` is what stands in `<!DOCTYPE ...>`. */
export function writeXml(root: XmlElement, doctype?: string): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  if (doctype) lines.push(`<!DOCTYPE ${doctype}>`);
  writeElement(root, '', lines);
  return `${lines.join('\n')}\n`;
}

function writeElement({ name, attributes, content }: XmlElement, indent: string, lines: string[]): void {
  let tag = `${indent}<${name}`;
  for (const [key, value] of Object.entries(attributes)) tag += ` ${key}="${escapeXml(value)}"`;
  if (typeof content === 'object' && 'markup' in content) {
    lines.push(`${tag}>${content.markup}</${name}>`);
  } else if (content.length === 0) {
    lines.push(`${tag}/>`);
  } else if (typeof content === 'string') {
    lines.push(`${tag}>${escapeXml(content)}</${name}>`);
  } else {
    lines.push(`${tag}>`);
    for (const child of content) writeElement(child, `${indent}  `, lines);
    lines.push(`${indent}</${name}>`);
  }
}

/** Text as CDATA: what is full of quotes stays short and readable. */
export function cdata(text: string): XmlMarkup {
  return { markup: `<![CDATA[${dropUnwritable(text).replaceAll(']]>', ']]]]><![CDATA[>')}]]>` };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * Text that is safe in element content and in quoted attributes of XML 1.0 and HTML. Characters that XML 1.0
 * cannot hold at all (section 2.2: most control characters, lone surrogates, U+FFFE, U+FFFF) are dropped.
 */
export function escapeXml(text: string): string {
  return dropUnwritable(text).replace(/[&<>"'\t\n\r]/g, (character) => ESCAPES[character] as string);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const UNWRITABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;
const UNWRITABLE_ALL = new RegExp(UNWRITABLE.source, 'gu');

/** The text without the characters that XML 1.0 cannot hold. */
export function dropUnwritable(text: string): string {
  return text.replace(UNWRITABLE_ALL, '');
}

/** Whether XML 1.0 can hold the text as it is. */
export function isWritable(text: string): boolean {
  return !UNWRITABLE.test(text);
}

/** Characters that begin a name, and those that may follow (XML 1.0 section 2.3), of the basic plane. */
const NAME_START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D' +
  '\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD';
const NAME = `${NAME_START}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040`;
const NOT_IN_NAME = new RegExp(`[^${NAME}]`, 'gu');
const BEGINS_NAME = new RegExp(`^[${NAME_START}]`, 'u');

/** A name that XML allows for an element, as near to `text` as can be. */
export function xmlName(text: string): string {
  const name = text.replace(NOT_IN_NAME, '_');
  return BEGINS_NAME.test(name) && !/^xml/i.test(name) ? name : `_${name}`;
}

function isPresent<T>(value: Optional<T>): value is T {
  return value !== undefined && value !== false;
}
