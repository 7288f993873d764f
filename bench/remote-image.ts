import { invitationOf, PeerProcess, until } from '../test/system/helpers/peer-process.ts';
import { get, uncachedImages } from './lib/load.ts';
import { type BenchmarkOptions, milliseconds, type Row } from './lib/report.ts';
import { PROJECT, standIn } from './lib/stand-in.ts';
import { summary } from './lib/stats.ts';

const LOCAL = ['--no-mdns', '--listen', '127.0.0.1:0'];

/**
 * The same kind of image asked at the peer that draws it, and at a front door that has no project itself and so
 * has to get every image by bid and forward. A stand-in engine with a constant time leaves just the way.
 */
export async function remoteImage({ seconds }: BenchmarkOptions): Promise<Row[]> {
  const setup = await standIn({ serviceMs: 20, slots: 2, tileBytes: 30_000 });
  const drawer = await PeerProcess.start({ args: [...LOCAL, ...setup.args] });
  const invitation = await invitationOf(drawer);
  const door = await PeerProcess.start({
    args: [...LOCAL, ...setup.argsWithoutProject, '--join', invitation],
  });
  try {
    await until(
      async () => (await get(`${door.url}/readyz`)).status === 200,
      'the front door to know the project',
    );
    const here: number[] = [];
    const there: number[] = [];
    const urls = {
      here: uncachedImages(drawer.url, PROJECT, 1),
      there: uncachedImages(door.url, PROJECT, 2),
    };
    const rounds = Math.max(50, seconds * 20);
    for (let round = -20; round < rounds; round += 1) {
      const local = await get(urls.here.next().value);
      const remote = await get(urls.there.next().value);
      if (remote.status !== 200 || local.status !== 200)
        throw new Error(`answers ${local.status}, ${remote.status}`);
      if (remote.headers['x-gismesh-peer'] !== drawer.ready.peerId)
        throw new Error('drawn by the wrong peer');
      // The first rounds warm both ways up.
      if (round < 0) continue;
      here.push(local.ms);
      there.push(remote.ms);
    }
    const [local, remote] = [summary(here), summary(there)];
    const more = remote.p50 - local.p50;
    return [
      {
        what: 'uncached 30 kB tile drawn by another peer on the same machine, against drawn locally',
        bar: '<= 6 ms more at p50',
        measured: `${milliseconds(more)} more (${milliseconds(local.p50)} locally, ${milliseconds(remote.p50)} by the other)`,
        passed: more <= 6,
        details: { local, remote },
      },
    ];
  } finally {
    await Promise.all([drawer.stop(), door.stop()]);
    await setup.remove();
  }
}
