/** The decoded segments of a percent-encoded path; a segment that is not decodable stays as it is. */
export function splitPath(path: string): string[] {
  return path.replace(/^\//, '').split('/', 16).map(decodeSegment);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
