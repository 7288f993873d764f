import type { JobOutput, OutputValue } from './job-view.ts';

/** One output as the body of an answer. */
export interface RawOutput {
  readonly contentType: string;
  readonly body: string;
  /** The body is base64 of the bytes to be sent; otherwise UTF-8. */
  readonly base64: boolean;
  /** Where the output is kept instead, with an empty body; '' where it is not. */
  readonly location: string;
}

/** The output without any document around it: RawDataOutput of WPS 1.0.0, `raw` of WPS 2.0 and OGC API. */
export function rawOutput(value: OutputValue): RawOutput {
  switch (value.kind) {
    case 'literal':
      return inline('text/plain; charset=utf-8', value.value);
    case 'bbox': {
      const { crs, lower, upper } = value;
      return inline(
        'application/json',
        JSON.stringify({ bbox: [...lower, ...upper], crs: crs || undefined }),
      );
    }
    case 'complex': {
      const base64 = value.format.encoding === 'base64';
      const mediaType = value.format.mediaType || 'application/octet-stream';
      return { contentType: mediaType, body: value.data, base64, location: '' };
    }
    case 'reference':
      return { contentType: value.format.mediaType, body: '', base64: false, location: value.href };
  }
}

function inline(contentType: string, body: string): RawOutput {
  return { contentType, body, base64: false, location: '' };
}

/** The parts of `multipart/related`: header lines, which stand before an empty line, and what follows. */
export interface RawPart extends RawOutput {
  readonly headers: string;
}

/** Several outputs raw (OGC 18-062r2 requirement 32). The caller chooses a boundary that no part holds. */
export function rawParts(outputs: readonly JobOutput[]): RawPart[] {
  return outputs.map(({ id, value }) => {
    const raw = rawOutput(value);
    const contentId = encodeURIComponent(id.toWellFormed());
    const lines = [
      `Content-Type: ${raw.contentType || 'application/octet-stream'}`,
      `Content-ID: <${contentId}>`,
    ];
    if (raw.location !== '') lines.push(`Content-Location: ${raw.location}`);
    return { ...raw, headers: lines.map((line) => line.replace(/[\r\n]+/g, ' ')).join('\r\n') };
  });
}
