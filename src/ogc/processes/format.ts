import { ProcessError, quote } from './problem.ts';
import { type ComplexData, type Format, formatOf } from './process-description.ts';

/** The encodings of WPS clients: those of characters and `raw` say nothing about bytes. */
const ENCODINGS: Readonly<Record<string, Format['encoding']>> = {
  '': '',
  'utf-8': '',
  utf8: '',
  'utf-16': '',
  'iso-8859-1': '',
  ascii: '',
  'us-ascii': '',
  text: '',
  raw: '',
  none: '',
  binary: '',
  base64: 'base64',
};

/** A format as a client writes it; `locator` names the input or output in the error. Throws `ProcessError`. */
export function readFormat(
  mediaType: string | undefined,
  encoding: string | undefined,
  schema: string | undefined,
  locator: string,
): Format {
  const key = (encoding ?? '').trim().toLowerCase();
  const known = Object.hasOwn(ENCODINGS, key) ? ENCODINGS[key] : undefined;
  if (known === undefined) {
    throw new ProcessError(
      'format-not-supported',
      `Encoding ${quote(encoding ?? '')} of ${quote(locator)} is not supported; use base64, or none`,
      locator,
    );
  }
  return formatOf(mediaType?.trim() ?? '', known, schema?.trim() ?? '');
}

/**
 * The format of the description that the wish means, the default for no wish; its encoding is the client's to
 * choose, but bytes stay base64 within a document. Throws `ProcessError`.
 */
export function chooseFormat(wish: Format, { formats }: ComplexData, locator: string): Format {
  const found = formats.find(
    (format) =>
      sameMediaType(wish.mediaType, format.mediaType) &&
      (wish.schema === '' || format.schema === '' || wish.schema === format.schema),
  );
  if (!found) throw unsupported(wish, formats, locator);
  return { ...found, encoding: wish.encoding || found.encoding };
}

function sameMediaType(wish: string, offered: string): boolean {
  return wish === '' || canonical(wish) === canonical(offered) || essence(wish) === canonical(offered);
}

function canonical(mediaType: string): string {
  return mediaType
    .split(';')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '' && !part.startsWith('charset='))
    .join(';');
}

function essence(mediaType: string): string {
  return canonical(mediaType).split(';')[0] ?? '';
}

function unsupported(wish: Format, formats: readonly Format[], locator: string): ProcessError {
  const asked = [wish.mediaType, wish.schema].filter((part) => part !== '').join(' ');
  const offered = [...new Set(formats.map(({ mediaType }) => mediaType))].slice(0, 10).join(', ');
  return new ProcessError(
    'format-not-supported',
    `Format ${quote(asked)} of ${quote(locator)} is not supported; use one of: ${offered}`,
    locator,
  );
}
