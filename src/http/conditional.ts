/**
 * Does `If-None-Match` name this entity tag? Weak comparison, as RFC 9110 section 13.1.2 has it for this header:
 * `W/"a"` and `"a"` are the same. Malformed lists match nothing.
 */
export function ifNoneMatch(header: string, etag: string): boolean {
  if (header === etag) return true;
  const wanted = opaqueTag(etag);
  if (header.trim() === '*') return true;
  for (const [, tag] of header.matchAll(/(?:^|,)\s*(?:W\/)?("[^"]*")\s*(?=,|$)/g)) {
    if (tag === wanted) return true;
  }
  return false;
}

/** Does `If-Match` name this entity tag? Strong comparison (RFC 9110 section 13.1.1): no weak tag matches. */
export function ifMatch(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  const tags = header.matchAll(/(?:^|,)\s*((?:W\/)?"[^"]*")\s*(?=,|$)/g);
  return !etag.startsWith('W/') && [...tags].some(([, tag]) => tag === etag);
}

function opaqueTag(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}
