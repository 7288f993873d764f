import { escapeXml } from './xml.ts';

/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Part = string | number | Html | readonly Html[] | undefined | false;

/** A template of HTML: whatever is put in is escaped, unless it is HTML itself; undefined and false are nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const written = parts.map((part, index) => `${writtenPart(part)}${strings[index + 1] as string}`);
  return { html: `${strings[0] as string}${written.join('')}` };
}

function writtenPart(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeXml(String(part));
  return 'html' in part ? part.html : part.map((each) => each.html).join('');
}
