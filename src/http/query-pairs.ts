/**
 * The names and values of a query string, as URLSearchParams reads them: for what map clients send that takes
 * several times as long.
 */
export function queryPairs(query: string): [name: string, value: string][] {
  try {
    const given = query.startsWith('?') ? query.slice(1) : query;
    return given
      .split('&')
      .filter((piece) => piece !== '')
      .map(pairOf);
  } catch {
    // What is no UTF-8 becomes the replacement character.
    return [...new URLSearchParams(query)];
  }
}

function pairOf(piece: string): [string, string] {
  const equals = piece.indexOf('=');
  return equals === -1
    ? [decoded(piece), '']
    : [decoded(piece.slice(0, equals)), decoded(piece.slice(equals + 1))];
}

function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced;
}
