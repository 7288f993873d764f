import test from 'ava';
import { World } from '../../sim/world.ts';

test('what goes to and fro on a stream is reported as messages, however many writes they take', async (t) => {
  const world = new World(1);
  const [one, other] = [world.addMachine().boot(), world.addMachine().boot()];
  const labels: string[] = [];
  world.fabric.observe(({ label }) => {
    if (label.endsWith('/talk')) labels.push(label);
  });
  await one.network.start();
  await other.network.start();
  other.network.onStream('/talk', async (stream) => {
    for await (const question of stream) {
      await stream.write(question);
      await stream.write(question);
    }
    await stream.closeWrite();
  });
  const talk = async () => {
    const within = { timeoutMs: 1000 };
    await one.network.connect({ addresses: other.network.addresses() }, within);
    const stream = await one.network.openStream(other.network.self, '/talk', within);
    const answers = stream[Symbol.asyncIterator]();
    for (let turn = 0; turn < 2; turn += 1) {
      await stream.write(Uint8Array.of(turn));
      await answers.next();
      await answers.next();
    }
    await stream.closeWrite();
    return await answers.next();
  };
  const { done } = await world.time.settle(talk(), 10_000);
  t.true(done);
  t.deepEqual(labels, ['open /talk', 'opened /talk', ...Array.from({ length: 4 }, () => 'message /talk')]);
});
