import test from 'ava';
import { OfferedProcesses } from '../../src/jobs/offered-processes.ts';
import type { ProcessDescription } from '../../src/ogc/processes/process-description.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { CallHandler, Network, PeerId } from '../../src/platform/network.ts';
import { literalOf, outputOf } from '../../src/processes/describe.ts';

/** Descriptions of so many processes, each large enough that some of them fill an answer. */
function descriptions(count: number): ProcessDescription[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `process-${String(index).padStart(4, '0')}`,
    title: 'A process',
    abstract: 'words '.repeat(500),
    keywords: [],
    metadata: [],
    version: '1.0.0',
    jobControl: ['async-execute'],
    idempotent: true,
    storeSupported: true,
    statusSupported: true,
    inputs: [],
    outputs: [outputOf('result', literalOf('string'), { title: 'Result' })],
  }));
}

/** Peers that know each other, and what they ask each other for. */
class Room {
  readonly asked: string[] = [];
  failures = 0;
  readonly #peers = new Map<PeerId, { processes: OfferedProcesses; handler: CallHandler }>();
  readonly #listeners = new Map<PeerId, (peer: PeerId, isThere: boolean) => void>();
  readonly lists = new Map<PeerId, ProcessDescription[]>();

  add(self: PeerId, list: ProcessDescription[]): OfferedProcesses {
    this.lists.set(self, list);
    let handler: CallHandler = () => new Uint8Array();
    const network = {
      onCall: (_name: string, handle: CallHandler) => {
        handler = handle;
      },
      isConnected: () => true,
      call: async (peer: PeerId, _name: string, payload: Uint8Array) => {
        this.asked.push(`${self} asks ${peer}`);
        if (this.failures-- > 0) throw new Error('nobody answers');
        const context = { peer: self, signal: new AbortController().signal };
        return (await this.#peers.get(peer)?.handler(payload, context)) as Uint8Array;
      },
    } as unknown as Network;
    const processes = new OfferedProcesses({
      network,
      provider: {
        list: () => this.lists.get(self) ?? [],
        find: (id) => this.lists.get(self)?.find((each) => each.id === id),
        expectation: () => undefined,
        run: () => Promise.reject(new Error('nothing runs here')),
      },
      peers: {
        others: () =>
          [...this.#peers]
            .filter(([peer]) => peer !== self)
            .map(([peer, other]) => ({ peer, processes: other.processes.digest })),
        isAlone: () => this.#peers.size === 1,
        onChange: (listener) => void this.#listeners.set(self, listener),
        ensureConnected: async () => {},
      },
      log: silentLog,
    });
    this.#peers.set(self, { processes, handler });
    this.changed(self);
    return processes;
  }

  /** Everyone hears of a peer, as after a change of its offer. */
  changed(peer: PeerId): void {
    for (const [other, listener] of this.#listeners) if (other !== peer) listener(peer, true);
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
}

test('a long list comes in several answers, and is asked for once', async (t) => {
  const room = new Room();
  const [one, two] = [room.add('one', []), room.add('two', descriptions(200))];
  await settled();
  t.is(one.list().length, 200);
  t.true(room.asked.length > 1);
  const before = room.asked.length;
  room.changed('two');
  await settled();
  t.is(room.asked.length, before);
  t.deepEqual(one.offerers('process-0007', '1.0.0'), ['two']);
  t.deepEqual(two.offerers('process-0007', '1.0.0'), []);
});

test('peers with the same processes do not ask each other', async (t) => {
  const room = new Room();
  const [one, two] = [room.add('one', descriptions(9)), room.add('two', descriptions(9))];
  await settled();
  t.deepEqual(room.asked, []);
  t.deepEqual(one.offerers('process-0001', '1.0.0'), ['two']);
  t.deepEqual(two.offerers('process-0001', '1.0.0'), ['one']);
});

test('what changes at a peer is known to the others', async (t) => {
  const room = new Room();
  const [one, two] = [room.add('one', []), room.add('two', descriptions(2))];
  await settled();
  room.lists.set('two', descriptions(5));
  two.refresh();
  room.changed('two');
  await settled();
  t.is(one.list().length, 5);
  room.lists.set('two', []);
  two.refresh();
  room.changed('two');
  t.is(one.list().length, 0);
});

test('who was not answered asks again when somebody looks', async (t) => {
  const room = new Room();
  room.failures = 1;
  const one = room.add('one', []);
  room.add('two', descriptions(3));
  t.is(one.list().length, 0);
  await settled();
  t.is(one.list().length, 0);
  await settled();
  t.is(one.list().length, 3);
});

test('of several versions the highest is listed, by its numbers', async (t) => {
  const room = new Room();
  const one = room.add('one', []);
  for (const version of ['9.0.0', '10.0.0', '9.12.0']) {
    room.add(
      version,
      descriptions(1).map((description) => ({ ...description, version })),
    );
  }
  one.list();
  await settled();
  t.is(one.find('process-0000')?.version, '10.0.0');
});
