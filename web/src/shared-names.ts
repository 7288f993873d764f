/** Names that more than one peer has, as on a machine that runs two. */
export function sharedNames(peers: readonly { readonly name: string }[]): ReadonlySet<string> {
  const names = peers.map(({ name }) => name);
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}
