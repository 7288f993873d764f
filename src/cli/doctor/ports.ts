import { createServer } from 'node:net';
import { runningPeerAt } from '../../data/running-peer.ts';
import { parseListenAddress } from '../../mesh/libp2p/addresses.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Whether the front door can listen. A peer of this user that listens there already is as good. */
export async function checkHttpPort(host: string, port: number): Promise<Finding> {
  const problem = await listenProblem(host, port);
  if (!problem) return ok('http port', port === 0 ? 'any free port' : `${host}:${port} is free`);
  const peer = await runningPeerAt(`http://127.0.0.1:${port}`);
  if (peer) return ok('http port', `${port} is used by your peer (process ${peer.pid})`);
  return fail(
    'http port',
    `${host}:${port} cannot be used (${problem})`,
    'take another one, e.g. --port 8081',
  );
}

/** Where other peers reach this one. Only addresses of TCP over IP can be tried. */
export async function checkMeshAddress(listen: string): Promise<Finding> {
  const multiaddr = parseListenAddress(listen);
  const [, host, port] = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)$/.exec(multiaddr) ?? [];
  if (host === undefined) return warn('mesh address', `${listen} was not tried`, 'listen on an IP address');
  const problem = await listenProblem(host, Number(port));
  if (!problem) return ok('mesh address', port === '0' ? `${host}, any free port` : `${listen} is free`);
  return warn(
    'mesh address',
    `${listen} cannot be used (${problem})`,
    'unless your peer uses it, change --listen',
  );
}

function listenProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
