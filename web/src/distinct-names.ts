/**
 * Names by which peers can be told apart, by peer id: where several have one name, as on a machine that runs two,
 * each with the end of its id.
 */
export function distinctNames(
  peers: readonly { readonly peerId: string; readonly name: string }[],
): ReadonlyMap<string, string> {
  const names = peers.map(({ name }) => name);
  const shared = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return new Map(
    peers.map(({ peerId, name }) => [peerId, shared.has(name) ? `${name} (${peerId.slice(-6)})` : name]),
  );
}
