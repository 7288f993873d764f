import { mediaTypeOfName } from './file-names.ts';

/** What an address means that a peer gave for an output. */
export type OutputAddress =
  | { readonly kind: 'job'; readonly job: string; readonly output: string }
  | {
      readonly kind: 'artifact';
      readonly artifact: string;
      /** As far as the name tells it; '' where it does not. */
      readonly mediaType: string;
    };

/**
 * The output that an address stands for: `.../jobs/<id>/outputs/<name>` or `.../artifacts/<id>/<name>`, whichever peer it
 * names, behind whatever proxy. Undefined for all others. Ids are random or hashes: whoever knows one means
 * this very output.
 */
export function outputAddressOf(href: string): OutputAddress | undefined {
  const url = URL.parse(href);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  const job = /\/jobs\/([\w-]{1,64})\/outputs\/([^/]+)$/.exec(url.pathname);
  const artifact = /\/artifacts\/(1220[0-9a-f]{64})\/([^/]+)$/.exec(url.pathname);
  try {
    if (job) return { kind: 'job', job: job[1] as string, output: decodeURIComponent(job[2] as string) };
    if (!artifact) return undefined;
    const mediaType = mediaTypeOfName(decodeURIComponent(artifact[2] as string));
    const isKnown = mediaType !== 'application/octet-stream';
    return { kind: 'artifact', artifact: artifact[1] as string, mediaType: isKnown ? mediaType : '' };
  } catch {
    return undefined;
  }
}
