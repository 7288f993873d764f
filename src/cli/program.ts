import { Command, InvalidArgumentError, Option } from 'commander';
import { POLICY_NAMES } from '../core/placement.ts';
import { version } from '../version.ts';
import { EXIT_CODES_HELP, ExitCode } from './exit-codes.ts';
import { StopSignals } from './stop-signals.ts';

/** The commands. What each needs is loaded only when it runs, so that the small ones answer at once. */
export function createProgram(): Command {
  const program = new Command('gismesh')
    .description('Turns the computers of a room into one map server, with no server.')
    .version(version(), '-V, --version')
    .exitOverride()
    .showHelpAfterError('(try "gismesh --help")')
    .helpCommand(true)
    .addHelpText('after', `${EXIT_CODES_HELP}\n\nExample: gismesh start`);
  addStart(program);
  addControl(program);
  addInspection(program);
  addJobs(program);
  addSimulation(program);
  return program;
}

function addStart(program: Command): void {
  command(
    program,
    'start',
    'run a peer: the map is at http://localhost:8080',
    'gismesh start --port 8081 --data ./second',
  )
    .addOption(new Option('-p, --port <port>', 'HTTP port of the map; 0 takes a free one').argParser(port))
    .option('--host <address>', 'HTTP address to listen on; anything but loopback is open to the network')
    .option(
      '--listen <address>',
      'where other peers reach this one: port, host:port or multiaddr (repeatable)',
      list,
    )
    .option('--data <folder>', 'folder of the identity, the mesh key and the caches; one per peer')
    .option('--config <file>', 'settings in YAML; default: config.yaml in the data folder, when there is one')
    .option('--join <invitation>', 'belong to this mesh: an invitation, or its six words', nonEmpty)
    .option(
      '--seed <address>',
      'a peer to begin with, host:port or multiaddr, where there is no multicast (repeatable)',
      list,
    )
    .option('--no-mdns', 'do not look for peers by multicast')
    .option('--projects <folder>', 'folder of projects to serve, each a folder in it (repeatable)', list)
    .option('--workers <count>', 'render processes; default: one per core, at most 8', count)
    .option(
      '--log-level <level>',
      'least severe log entries on stderr: fatal, error, warn, info, debug, trace',
    )
    .option('--policy <name>', 'how the peer that draws is chosen; default: bid')
    .option('--name <name>', 'what people see in lists of peers; default: the host name')
    .action(async (options) => (await import('./start.ts')).start(options));
}

function addControl(program: Command): void {
  withTarget(
    command(program, 'stop', 'end the peer that runs here, once it finished its work', 'gismesh stop'),
  ).action(async (options) => (await import('./stop.ts')).stop(options));
  withTarget(
    command(
      program,
      'drain',
      'have the peer finish what it does, hand over what waits, and take nothing new; says when it is done',
      'gismesh drain && gismesh stop',
    ),
  )
    .option('--now', 'hand over what runs as well, where another peer can run it again')
    .addOption(new Option('--undo', 'take work again').conflicts(['now', 'timeout']))
    .option('--no-wait', 'do not wait for the end')
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait; then exit code 1, and it goes on').argParser(
        count,
      ),
    )
    .action(async (options) => (await import('./drain.ts')).drain(options));
  withTarget(
    command(
      program,
      'invite',
      'print the invitation to this mesh, also as six words',
      'gismesh invite --json',
    ),
  ).action(async (options) => (await import('./invite.ts')).invite(options));
  withTarget(
    command(
      program,
      'join <invitation...>',
      'belong to another mesh from now on: an invitation, or its six words',
      'gismesh join gismesh1...',
    ),
  ).action(async (words: string[], options) => (await import('./join.ts')).join(words.join(' '), options));
}

function addInspection(program: Command): void {
  withTarget(
    command(program, 'peers', 'who is there, what they offer, how busy they are', 'gismesh peers --json'),
  ).action(async (options) => (await import('./peers.ts')).peers(options));
  withTarget(command(program, 'status', 'how the peer that runs here is doing', 'gismesh status')).action(
    async (options) => (await import('./status.ts')).status(options),
  );
  command(program, 'doctor', 'check this machine and say what to do', 'gismesh doctor --projects ./maps')
    .option('--data <folder>', "data folder to check; default: the user's")
    .option('--config <file>', 'settings to check')
    .option('--projects <folder>', 'folder of projects to check (repeatable)', list)
    .addOption(new Option('-p, --port <port>', 'HTTP port to check').argParser(port))
    .action(async (options) => (await import('./doctor.ts')).doctor(options));
}

function addJobs(program: Command): void {
  const loaded = () => import('./jobs.ts');
  withTarget(command(program, 'processes', 'what can be computed in this mesh', 'gismesh processes')).action(
    async (options) => (await loaded()).processes(options),
  );
  withTarget(
    command(
      program,
      'execute <process> [inputs...]',
      'have a process run by whichever peer is done first; inputs are key=value, key=@file, or key=http://... to fetch them',
      'gismesh execute buffer features=@roads.geojson distance=50m',
    ),
  )
    .option('--async', 'print the id of the job and do not wait for its end')
    .option('--wait', 'wait for its end; so it is unless --async is given')
    .option(
      '--output <name[=format]>',
      'only this output, in this format: a media type, or an end of file names such as gpkg (repeatable)',
      list,
    )
    .action(async (process: string, inputs: string[], options) =>
      (await import('./execute.ts')).execute(process, inputs, options),
    );
  withTarget(
    command(program, 'jobs', 'the jobs of this mesh, newest first', 'gismesh jobs --filter state=running'),
  )
    .option(
      '--filter <name=value>',
      'only those with this state, process, user, node, mode, or chained=yes (repeatable)',
      list,
    )
    .option('--limit <count>', 'how many at most, newest first; default: 100', count)
    .action(async (options) => (await loaded()).jobs(options));
  withTarget(command(program, 'job <id>', 'all that is known of one job', 'gismesh job ID --log'))
    .option('--log', 'also the last lines of what was noted while it ran')
    .action(async (id: string, options) => (await loaded()).job(id, options));
  withTarget(command(program, 'dismiss <id>', 'end a job, wherever it runs', 'gismesh dismiss ID')).action(
    async (id: string, options) => (await loaded()).dismiss(id, options),
  );
  withTarget(
    command(program, 'results <id>', 'save the outputs of a job as files', 'gismesh results ID -o ./out'),
  )
    .option('-o, --output <folder>', 'where to put them', '.')
    .action(async (id: string, options) => (await loaded()).results(id, options));
}

function addSimulation(program: Command): void {
  command(
    program,
    'sim [scenario]',
    'play a room of computers in virtual time, with faults, from a seed',
    SIM_EXAMPLES,
  )
    // What is wrong is one line, for scripts that show it.
    .showHelpAfterError(false)
    .configureOutput({ outputError: (text, write) => write(`${text.trimEnd().replaceAll('\n', ' ')}\n`) })
    .option('--list', 'the scenarios that come along; so does leaving the scenario out')
    .option('--peers <count>', "another number of peers than the scenario's", count)
    .option('--seed <number>', 'equal seeds give equal runs; default: 1', whole)
    .option('--seeds <count>', 'play as many seeds, from --seed on, and show medians; default: 1', count)
    .option('--policy <name>', "how the peer that draws is chosen; default: the scenario's")
    .option('--until <time>', 'simulated time at which requests end: 90 or 90s, 10m', simulatedTime)
    .option('--compare', 'play every policy on the same requests')
    .option('--report <file>', 'write an HTML page with plots, in one file', nonEmpty)
    .action(async (scenario: string | undefined, options) => {
      // Heard from now on: to load what is needed takes a while.
      const signals = new StopSignals(() => process.exit(ExitCode.interrupted));
      await (await import('./sim.ts')).sim(scenario, options, signals);
    });
}

const SIM_EXAMPLES = `gismesh sim classroom-30 --report report.html
         gismesh sim classroom-30 --compare --seeds 3
         gismesh sim ./my-office.yaml --peers 40 --until 10m

Policies: ${POLICY_NAMES.join(', ')}
(bid is gismesh's own), and the bounds ask-all and omniscient.
A scenario is the name of one that comes along, or the path of a YAML file: docs/simulation.md.
With this command, exit code 1 also says that a promise was broken, 130 that it was interrupted;
what there was until then is shown and reported.`;

function command(program: Command, usage: string, description: string, example: string): Command {
  return program
    .command(usage)
    .description(description)
    .option('--json', 'write JSON, for scripts')
    .addHelpText('after', `${EXIT_CODES_HELP}\n\nExample: ${example}`);
}

function withTarget(target: Command): Command {
  return target
    .option('--data <folder>', "data folder of the peer; default: the user's")
    .addOption(
      new Option('--url <url>', 'the peer by its HTTP address, e.g. http://127.0.0.1:8081').conflicts('data'),
    );
}

function list(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

function count(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError(`It must be a whole number from 1 on${nearestWhole(text, 1)}.`);
  return value;
}

function whole(text: string): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw new InvalidArgumentError(
      `It must be a whole number${nearestWhole(text, Number.MIN_SAFE_INTEGER)}.`,
    );
  return value;
}

/** `; the nearest is 2`, or `, such as 1` where there is nothing to be near to. */
function nearestWhole(text: string, least: number): string {
  const given = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(given)) return ', such as 1';
  return `; the nearest is ${Math.min(Number.MAX_SAFE_INTEGER, Math.max(least, Math.round(given)))}`;
}

/** A day, as in a scenario. */
const MAX_SIMULATED_MS = 86_400_000;
const TIME_UNITS_MS = { '': 1000, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds. */
function simulatedTime(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(amount) * TIME_UNITS_MS[unit as keyof typeof TIME_UNITS_MS];
  if (!(ms > 0 && ms <= MAX_SIMULATED_MS))
    throw new InvalidArgumentError('It must be a time above 0 and up to 24h, such as 90, 90s or 10m.');
  return ms;
}

function port(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > 65535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return value;
}
