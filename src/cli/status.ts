import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';
import { printable } from './table.ts';

/** Prints how the local peer is doing: the object of `/api/status`. */
export async function status(options: Target & { json?: true }): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const report = await client.get<Record<string, unknown>>('/api/status');
  if (options.json) output.json(report);
  else for (const line of outline(report, '')) output.line(line);
}

/** Nested values as indented `name: value` lines. */
function outline(value: object, indent: string): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    if (typeof inner !== 'object' || inner === null) return [`${indent}${name}: ${printable(String(inner))}`];
    const isSimpleList = Array.isArray(inner) && inner.every((item) => typeof item !== 'object');
    if (isSimpleList) return [`${indent}${name}: ${printable(inner.join(', ')) || '-'}`];
    return [`${indent}${name}:`, ...outline(inner, `${indent}  `)];
  });
}
