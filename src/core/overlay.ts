import { rendezvousOrder } from './rendezvous.ts';

/**
 * Whom a peer connects to by itself: everyone in a small mesh; above `fullMesh` members, `degree` of them,
 * chosen by rendezvous hashing. Each peer's choice is another one, so together they make a random graph,
 * which is connected and a few hops wide; a member that comes or goes changes hardly any choice.
 */
export function chosenNeighbours(
  self: string,
  others: readonly string[],
  options: { readonly fullMesh: number; readonly degree: number },
): Set<string> {
  if (others.length < options.fullMesh) return new Set(others);
  return new Set(rendezvousOrder(self, others, options.degree));
}
