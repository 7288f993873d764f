import test from 'ava';
import { Solitude } from '../../src/mesh/solitude.ts';

/** A peer with so many members and connections; what it told its roster, in order. */
function alone({ members }: { members: number }) {
  const told: Array<string | number> = [];
  const state = { nowMs: 1000, connections: ['a', 'b'] };
  const solitude = new Solitude(
    {
      network: { connected: () => [...state.connections] },
      clock: { now: () => state.nowMs },
      roster: {
        size: members,
        suspectAll: (whom) => told.push(whom),
        reprieve: (sinceMs) => told.push(sinceMs),
      },
    },
    50,
  );
  const connections = (...peers: string[]) => {
    state.connections = peers;
  };
  return { solitude, told, state, connections };
}

test('with a connection left nothing is decided', (t) => {
  const { solitude, told, connections } = alone({ members: 60 });
  connections('a');
  solitude.disconnected();
  solitude.connected();
  t.deepEqual(told, []);
});

test('the last connection gone, the others are suspects; with the next that is taken back, once', (t) => {
  const { solitude, told, state, connections } = alone({ members: 60 });
  connections();
  solitude.disconnected();
  state.nowMs = 5000;
  // A connection that opened and closed within a moment is the same solitude's.
  solitude.disconnected();
  connections('c');
  solitude.connected();
  connections('c', 'd');
  solitude.connected();
  // Its last connections took their time to close.
  t.deepEqual(told, ['unconnected', 'unconnected', 1000 - 120_000]);
});

test('in a mesh where everyone is connected to everyone each one was seen to go', (t) => {
  const { solitude, told, connections } = alone({ members: 49 });
  connections();
  solitude.disconnected();
  connections('a');
  solitude.connected();
  t.deepEqual(told, []);
});
