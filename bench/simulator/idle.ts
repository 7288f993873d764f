/**
 * What a simulated room costs on which nobody asks for maps: machines that all boot at once, find each other and
 * then only keep watch over each other.
 *
 *   node bench/simulator/idle.ts [--peers 800] [--seconds 600] [--seed 1] [--json]
 */
import { parseArgs } from 'node:util';
import type { Machine } from '../../sim/machine.ts';
import { World } from '../../sim/world.ts';
import { membershipConfig } from '../../src/config/membership.ts';
import { Membership } from '../../src/mesh/membership.ts';
import { silentLog } from '../../src/platform/log.ts';
import { Deliveries } from './deliveries.ts';

/** Virtual time within which a room has to know itself, ms. */
const CONVERGENCE_LIMIT_MS = 120_000;
/** How often it is looked whether it does, ms. */
const LOOK_MS = 100;

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '800' },
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const peers = Number(values.peers);
const seconds = Number(values.seconds);
const world = new World(Number(values.seed));
const memberships: Membership[] = [];
let converged = 0;

const boot = await phase(async () => {
  const [first] = Array.from({ length: peers }, () => world.addMachine());
  for (const machine of world.machines) start(machine, machine === first ? [] : first!.addresses);
  for (let passedMs = 0; passedMs < CONVERGENCE_LIMIT_MS; passedMs += LOOK_MS) {
    await world.time.advance(LOOK_MS);
    if (isConverged()) return;
  }
  throw new Error(`the room does not know itself after ${CONVERGENCE_LIMIT_MS} ms`);
});
const idle = await phase(() => world.time.advance(seconds * 1000));
const memoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
const report = { peers, boot, idle, memoryMb, trace: world.trace.hash() };
console.log(values.json ? JSON.stringify(report, undefined, 2) : text());

function start(machine: Machine, seeds: readonly string[]): void {
  const { clock, random, network, storage } = machine.boot();
  const membership = new Membership({
    network,
    clock,
    random,
    storage,
    seeds,
    options: membershipConfig.parse({}),
    offer: {
      name: `host of ${machine.peer}`,
      version: '0.1.0',
      protocols: [{ name: 'membership', version: 1 }],
      engines: [{ name: 'mapnik', version: '4.2.1', fonts: 'f00d' }],
      projects: [{ id: 'world', hash: 'ab'.repeat(32) }],
      cores: 4,
      slots: 3,
      load: { running: 0, queued: 0 },
      ownerState: 'away',
    },
    log: silentLog,
  });
  memberships.push(membership);
  void network.start().then(() => membership.start());
}

/** Whether everyone holds everyone for alive; those that do are not looked at again. */
function isConverged(): boolean {
  const count = (membership: Membership) =>
    membership.members().reduce((alive, { state }) => alive + Number(state === 'alive'), 0);
  while (converged < memberships.length && count(memberships[converged]!) === peers) converged += 1;
  return converged === memberships.length;
}

async function phase(run: () => Promise<void>) {
  const beganMs = performance.now();
  const cpu = process.cpuUsage();
  const virtualMs = world.time.nowMs;
  const events = world.time.processed;
  const deliveries = new Deliveries();
  world.fabric.observe((delivery) => deliveries.count(delivery));
  await run();
  const { user, system } = process.cpuUsage(cpu);
  return {
    wallSeconds: (performance.now() - beganMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
    virtualSeconds: (world.time.nowMs - virtualMs) / 1000,
    events: world.time.processed - events,
    messages: deliveries.byLabel(),
  };
}

function text(): string {
  const lines = [`${peers} peers, at most ${memoryMb} MB, trace ${report.trace}`];
  for (const [name, { wallSeconds, cpuSeconds, virtualSeconds, events, messages }] of Object.entries({
    boot,
    idle,
  })) {
    const micros = (wallSeconds / events) * 1e6;
    lines.push(
      `${name}: ${wallSeconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of cores) for ${virtualSeconds.toFixed(1)} simulated s; ${events} events of ${micros.toFixed(1)} us`,
    );
    for (const { label, count, bytes } of messages) {
      const share = count / peers / virtualSeconds;
      lines.push(
        `  ${label}: ${count}, ${share.toFixed(2)} per peer and second, ${(bytes / 1e6).toFixed(1)} MB`,
      );
    }
  }
  return lines.join('\n');
}
