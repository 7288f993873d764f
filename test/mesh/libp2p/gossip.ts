import test from 'ava';
import { MachineClock } from '../../../sim/clock.ts';
import { SeededRandom } from '../../../sim/random.ts';
import { VirtualTime } from '../../../sim/time.ts';
import { Gossip, type GossipPeer } from '../../../src/mesh/libp2p/gossip.ts';
import { defaults } from './helpers/options.ts';

/** Peers that hand publications to each other at once; `links` tells who is connected with whom. */
function mesh(count: number, linked: (a: number, b: number) => boolean, options = defaults) {
  const time = new VirtualTime();
  const random = new SeededRandom(1);
  const state = { frames: 0, failures: 0 };
  const heard = new Map<number, number>();
  const peers: Gossip[] = Array.from({ length: count }, (_, self) => {
    const others = Array.from({ length: count }, (_each, other) => other).filter(
      (other) => other !== self && linked(Math.min(self, other), Math.max(self, other)),
    );
    const channels = (): GossipPeer[] =>
      others.map((other) => ({
        peer: `${other}`,
        publish: (publication) => {
          state.frames++;
          time.at(time.nowMs + 1, () => peers[other]!.receive(publication, `${self}`));
        },
      }));
    const environment = { clock: new MachineClock(time), random: random.split(`${self}`), options };
    const gossip = new Gossip(`${self}`, channels, environment, () => state.failures++);
    gossip.subscribe('news', () => heard.set(self, (heard.get(self) ?? 0) + 1));
    return gossip;
  });
  return { peers, heard, state, time };
}

const everybody = () => true;

test('in a small mesh everybody hears it once, for few frames', async (t) => {
  const { peers, heard, state, time } = mesh(8, everybody);
  peers[0]!.publish('news', new Uint8Array(1));
  await time.advance(1000);
  t.is(heard.size, 7);
  t.true([...heard.values()].every((times) => times === 1));
  t.true(state.frames <= 7 + 7 * 2, `${state.frames} frames`);
});

test('in a school of 800 almost everybody hears it once', async (t) => {
  const { peers, heard, state, time } = mesh(800, everybody);
  peers[3]!.publish('news', new Uint8Array(1));
  await time.advance(1000);
  t.true(heard.size >= 780, `${heard.size} of 799`);
  t.true([...heard.values()].every((times) => times === 1));
  t.true(state.frames <= 800 * 5 + 12, `${state.frames} frames`);
});

test('in a mesh where each knows a few, almost everybody hears it', async (t) => {
  const some = new SeededRandom(7);
  const links = new Set<string>();
  for (let index = 0; index < 200 * 8; index++) {
    const [a, b] = [Math.floor(some.next() * 200), Math.floor(some.next() * 200)];
    links.add(`${Math.min(a, b)}-${Math.max(a, b)}`);
  }
  const { peers, heard, time } = mesh(200, (a, b) => links.has(`${a}-${b}`));
  peers[0]!.publish('news', new Uint8Array(1));
  await time.advance(1000);
  t.true(heard.size >= 190, `${heard.size} of 199`);
});

test('a failing subscriber is reported and does not stop the others', async (t) => {
  const { peers, heard, state, time } = mesh(3, everybody);
  const healthy: string[] = [];
  peers[1]!.subscribe('news', () => {
    throw new Error('a broken subscriber');
  });
  peers[1]!.subscribe('news', (_, origin) => healthy.push(origin));
  peers[0]!.publish('news', new Uint8Array(1));
  await time.advance(1000);
  t.is(state.failures, 1);
  t.deepEqual(healthy, ['0']);
  t.is(heard.size, 2);
});

test('only so many publications are remembered', async (t) => {
  const { peers, heard, time } = mesh(2, everybody, { ...defaults, gossipMaxRemembered: 10 });
  for (let index = 0; index < 1000; index++) peers[0]!.publish('news', new Uint8Array(1));
  await time.advance(1000);
  t.is(heard.get(1), 1000);
});
