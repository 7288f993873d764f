import { XMLValidator } from 'fast-xml-parser';
import { decodeReferences, type ReadElement, readXml } from '../xml-read.ts';
import type { ProcessLimits } from './limits.ts';
import { ProcessError } from './problem.ts';

/** What a client put inside an element: kept as it was written, as other programs read it. */
export interface Payload {
  readonly markup: string;
  /** The prefixes ('' for the default) that hold where it stands. */
  readonly namespaces: ReadonlyMap<string, string>;
}

export interface PayloadDocument {
  /** Elements with a payload hold its index in `payloads` as their text. */
  readonly root: ReadElement;
  readonly namespace: string;
  readonly payloads: readonly Payload[];
}

/** Local names from the root down; `namespace` is the root's. */
export type IsPayload = (path: readonly string[], namespace: string) => boolean;

/**
 * Reads a posted document, and takes out the content of some elements unread: inline data can be large, and is to
 * reach the process as it was written. One pass, bounded by the limits. Throws `ProcessError`.
 */
export function readWithPayloads(text: string, isPayload: IsPayload, limits: ProcessLimits): PayloadDocument {
  if (text.length > limits.maxDocumentLength) {
    throw new ProcessError('too-large', `The document is longer than ${limits.maxDocumentLength} characters`);
  }
  const scanner = new Scanner(text, isPayload, limits.maxPayloadDepth);
  scanner.scan();
  return {
    root: readDocument(scanner.skeleton(), limits),
    namespace: scanner.namespace,
    payloads: scanner.payloads,
  };
}

function readDocument(text: string, limits: ProcessLimits): ReadElement {
  try {
    return readXml(text, limits);
  } catch (cause) {
    throw malformed((cause as Error).message, cause);
  }
}

function malformed(reason: string, cause?: unknown): ProcessError {
  return new ProcessError('malformed', `The posted XML cannot be read: ${reason}`, '', { cause });
}

interface OpenElement {
  readonly name: string;
  readonly namespaces: ReadonlyMap<string, string> | undefined;
}

/** Prefixes where a payload stands: documents of real clients have up to a dozen. */
const MAX_NAMESPACES = 64;

const NAME = /[^\s/>"'=<&]+/y;
const NAMESPACE = /\sxmlns(?::([^\s=]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** Walks over the tags of a document: knows how they nest, and nothing of what they mean. */
class Scanner {
  readonly payloads: Payload[] = [];
  namespace = '';
  readonly #text: string;
  readonly #isPayload: IsPayload;
  readonly #maxDepth: number;
  readonly #open: OpenElement[] = [];
  readonly #path: string[] = [];
  readonly #kept: string[] = [];
  #keptUntil = 0;
  #hasRoot = false;
  /** How deep the element is whose content is taken out, and where that begins. */
  #payloadDepth = 0;
  #payloadStart = 0;

  constructor(text: string, isPayload: IsPayload, maxDepth: number) {
    this.#text = text;
    this.#isPayload = isPayload;
    this.#maxDepth = maxDepth;
  }

  scan(): void {
    let at = this.#text.indexOf('<');
    while (at !== -1) at = this.#text.indexOf('<', this.#markup(at));
    if (this.#open.length > 0) throw malformed(`it ends within <${this.#open.at(-1)?.name.slice(0, 60)}>`);
  }

  skeleton(): string {
    return [...this.#kept, this.#text.slice(this.#keptUntil)].join('');
  }

  /** Passes over what begins at `at`; where it ends. */
  #markup(at: number): number {
    if (this.#text.startsWith('<!--', at)) return this.#after('-->', at + 4);
    if (this.#text.startsWith('<![CDATA[', at)) return this.#after(']]>', at);
    if (this.#text.startsWith('<?', at)) return this.#after('?>', at);
    if (this.#text.startsWith('<!', at)) throw malformed('a document type declaration is not accepted');
    if (this.#text.startsWith('</', at)) return this.#closeTag(at);
    return this.#openTag(at);
  }

  #after(mark: string, from: number): number {
    const at = this.#text.indexOf(mark, from);
    if (at === -1) throw malformed(`"${mark}" is missing`);
    return at + mark.length;
  }

  #closeTag(at: number): number {
    const end = this.#after('>', at);
    const open = this.#open.at(-1);
    if (!open || this.#text.slice(at + 2, end - 1).trimEnd() !== open.name) {
      throw malformed(`</${this.#text.slice(at + 2, Math.min(end - 1, at + 62))}> closes nothing`);
    }
    if (this.#payloadDepth === this.#open.length) this.#endPayload(at);
    this.#open.pop();
    this.#path.pop();
    return end;
  }

  #openTag(at: number): number {
    const end = this.#tagEnd(at);
    NAME.lastIndex = at + 1;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) throw malformed('"<" stands where no tag begins');
    const tag = this.#text.slice(at, end);
    if (this.#open.length === 0) this.#beginRoot(name, tag);
    if (tag.endsWith('/>')) return end;
    if (this.#open.length >= this.#maxDepth)
      throw malformed(`elements are nested deeper than ${this.#maxDepth}`);
    this.#open.push({ name, namespaces: tag.includes('xmlns') ? namespacesOf(tag) : undefined });
    this.#path.push(localName(name));
    if (this.#payloadDepth === 0 && this.#isPayload(this.#path, this.namespace)) {
      this.#payloadDepth = this.#open.length;
      this.#payloadStart = end;
    }
    return end;
  }

  #beginRoot(name: string, tag: string): void {
    if (this.#hasRoot) throw malformed('it has no single root element');
    this.#hasRoot = true;
    this.namespace = rootNamespace(name, namespacesOf(tag));
  }

  /** Behind the `>` of a tag; one in an attribute's value ends nothing. */
  #tagEnd(at: number): number {
    const mark = /["'>]/g;
    mark.lastIndex = at;
    for (let found = mark.exec(this.#text); found; found = mark.exec(this.#text)) {
      if (found[0] === '>') return mark.lastIndex;
      mark.lastIndex = this.#after(found[0], mark.lastIndex);
    }
    throw malformed('it ends within a tag');
  }

  #endPayload(end: number): void {
    const namespaces = new Map(this.#open.flatMap((element) => [...(element.namespaces ?? [])]));
    // They are written again into each payload that needs them.
    if (namespaces.size > MAX_NAMESPACES)
      throw malformed(`more than ${MAX_NAMESPACES} namespaces are declared`);
    this.#kept.push(this.#text.slice(this.#keptUntil, this.#payloadStart), String(this.payloads.length));
    this.payloads.push({ markup: this.#text.slice(this.#payloadStart, end), namespaces });
    this.#keptUntil = end;
    this.#payloadDepth = 0;
  }
}

function namespacesOf(tag: string): Map<string, string> {
  return new Map([...tag.matchAll(NAMESPACE)].map((match) => [match[1] ?? '', match[2] ?? match[3] ?? '']));
}

function rootNamespace(name: string, namespaces: ReadonlyMap<string, string>): string {
  const prefix = name.includes(':') ? (name.split(':')[0] as string) : '';
  return namespaces.get(prefix) ?? '';
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** What a payload holds: `xml` is an element that can stand alone, with the prefixes that it needs. */
export type PayloadContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'xml'; readonly text: string; readonly name: string };

export function payloadContent({ markup, namespaces }: Payload): PayloadContent {
  const content = withoutProlog(markup);
  const name = /^<([^\s/>"'=<!?]+)/.exec(content)?.[1];
  if (name === undefined) return { kind: 'text', text: plainText(markup) };
  const own = namespacesOf(content.slice(0, content.indexOf('>')));
  const added = [...namespaces].filter(([prefix]) => !own.has(prefix) && isUsed(prefix, content));
  const declarations = added.map(([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${uri}"`);
  const text = `<${name}${declarations.join('')}${content.slice(name.length + 1)}`;
  return { kind: 'xml', text, name: localName(name) };
}

/** The default namespace holds for all names without a prefix. */
function isUsed(prefix: string, content: string): boolean {
  return prefix === '' || content.includes(`${prefix}:`);
}

/**
 * Whether text is one well-formed element and nothing more, so that it can stand within another document: without a
 * DTD, whose entities would not be known there.
 */
export function isOneElement(text: string): boolean {
  try {
    new Scanner(text, () => false, Number.POSITIVE_INFINITY).scan();
  } catch {
    return false;
  }
  return text.startsWith('<') && text.endsWith('>') && XMLValidator.validate(text) === true;
}

/** From the first tag to the end, where only comments, instructions and blanks stand before it. */
function withoutProlog(markup: string): string {
  let at = 0;
  for (;;) {
    while (/\s/.test(markup[at] ?? '')) at += 1;
    if (markup.startsWith('<!--', at)) at = markup.indexOf('-->', at) + 3;
    else if (markup.startsWith('<?', at)) at = markup.indexOf('?>', at) + 2;
    else return markup.slice(at).trimEnd();
  }
}

/** Text with CDATA sections as they are, references resolved elsewhere, comments dropped. */
function plainText(markup: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < markup.length) {
    const next = markup.indexOf('<!', at);
    if (next === -1) break;
    parts.push(decodeReferences(markup.slice(at, next)));
    const isCdata = markup.startsWith('<![CDATA[', next);
    const end = markup.indexOf(isCdata ? ']]>' : '-->', next);
    if (isCdata) parts.push(markup.slice(next + 9, end));
    at = end + 3;
  }
  return [...parts, decodeReferences(markup.slice(at))].join('').trim();
}
