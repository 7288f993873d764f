import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element that was read. Names are without their namespace prefix. */
export interface ReadElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly ReadElement[];
  /** Trimmed text directly within, CDATA included. */
  readonly text: string;
}

export interface XmlLimits {
  /** UTF-16 code units. */
  readonly maxXmlLength: number;
  readonly maxXmlDepth: number;
  /** Tags, comments and CDATA sections; absent: as many as the length holds. */
  readonly maxXmlTags?: number;
}

/**
 * Reads a document from a stranger: bounded in length and depth, with no DTD and so no entities but the five
 * of XML itself and character references. Throws `Error` on anything else; the message can be shown.
 */
export function readXml(text: string, limits: XmlLimits): ReadElement {
  if (text.length > limits.maxXmlLength) {
    throw new Error(`The document is longer than ${limits.maxXmlLength} characters`);
  }
  checkTags(text, limits);
  const wellFormed = XMLValidator.validate(text);
  if (wellFormed !== true) throw new Error(`The document is not well-formed: ${wellFormed.err.msg}`);
  const roots = elementsOf(parserFor(limits.maxXmlDepth).parse(text));
  if (roots.length !== 1) throw new Error('The document has no single root element');
  return roots[0] as ReadElement;
}

/** The first child of that name. */
export function childOf(parent: ReadElement, name: string): ReadElement | undefined {
  return parent.children.find((child) => child.name === name);
}

/** The text of the element that a path of names leads to. */
export function textAt(parent: ReadElement, ...path: readonly string[]): string | undefined {
  let at: ReadElement | undefined = parent;
  for (const name of path) at = at && childOf(at, name);
  return at?.text;
}

/**
 * Before the parser, which walks the tree by recursion, and builds an object for each tag. One pass; comments and
 * CDATA are no elements, whatever they hold.
 */
function checkTags(text: string, { maxXmlDepth, maxXmlTags = Infinity }: XmlLimits): void {
  let depth = 0;
  let tags = 0;
  let at = text.indexOf('<');
  while (at !== -1) {
    const end = endOfMarkup(text, at);
    if (end === -1) throw new Error('The document is not well-formed: it ends within a tag');
    if (text[at + 1] === '/') depth -= 1;
    else if (/[\p{L}_]/u.test(text[at + 1] ?? '') && text[end - 1] !== '/') depth += 1;
    tags += 1;
    if (depth > maxXmlDepth) throw new Error(`Elements are nested deeper than ${maxXmlDepth}`);
    if (tags > maxXmlTags) throw new Error(`The document has more than ${maxXmlTags} tags`);
    at = text.indexOf('<', end);
  }
}

/** Where what begins at `at` comes to its end; -1 where it does not. Throws for a DTD. */
function endOfMarkup(text: string, at: number): number {
  if (text.startsWith('<!--', at)) return text.indexOf('-->', at + 4);
  if (text.startsWith('<![CDATA[', at)) return text.indexOf(']]>', at + 9);
  if (text.startsWith('<?', at)) return text.indexOf('?>', at + 2);
  // A DTD can define entities that grow without bound or name files of this machine.
  if (text.startsWith('<!', at)) throw new Error('A document type declaration is not accepted');
  const mark = /["'>]/g;
  mark.lastIndex = at;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (found[0] === '>') return found.index;
    // A value may hold what else would end the tag.
    mark.lastIndex = text.indexOf(found[0], mark.lastIndex) + 1;
    if (mark.lastIndex === 0) return -1;
  }
  return -1;
}

const ATTRIBUTES = ':@';
const TEXT = '#text';
const CDATA = '#cdata';

function parserFor(maxDepth: number): XMLParser {
  return new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    removeNSPrefix: true,
    ignoreDeclaration: true,
    ignorePiTags: true,
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    cdataPropName: CDATA,
    trimValues: false,
    maxNestedTags: maxDepth,
  });
}

/** The parser's form: an array of nodes, each `{ [name]: children, ':@': attributes }` or `{ '#text': ... }`. */
type ParsedNode = Readonly<Record<string, unknown>>;

function elementsOf(nodes: readonly ParsedNode[]): ReadElement[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (name === undefined || name === TEXT || name === CDATA) return [];
    const content = node[name] as readonly ParsedNode[];
    const attributes = Object.entries((node[ATTRIBUTES] ?? {}) as Record<string, string>);
    return {
      name,
      attributes: new Map(attributes.map(([key, value]) => [key, decodeReferences(String(value))])),
      children: elementsOf(content),
      text: textOf(content),
    };
  });
}

function textOf(nodes: readonly ParsedNode[]): string {
  const texts = nodes.map((node) => {
    if (CDATA in node) return rawText(node[CDATA] as readonly ParsedNode[]);
    return decodeReferences(rawText([node]));
  });
  return texts.join('').trim();
}

function rawText(nodes: readonly ParsedNode[]): string {
  return nodes.map((node) => (TEXT in node ? String(node[TEXT]) : '')).join('');
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five entities of XML 1.0 section 4.6 and character references; any other stays as it is. */
export function decodeReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{1,5}));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? all;
    const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
