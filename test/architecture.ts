import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';

const root = path.resolve(import.meta.dirname, '..');

/**
 * The rooms in the order of ARCHITECTURE.md, from the outermost in. A room may import from its own and from later
 * ranks only; rooms of one rank are independent of each other unless `allowed` says otherwise.
 */
const ranks: string[][] = [
  ['cli'],
  ['node'],
  ['config'],
  ['data', 'http'],
  ['maps', 'jobs'],
  ['mesh', 'engines', 'artifacts', 'processes'],
  ['projects'],
  ['ogc'],
  ['protocols', 'core'],
  ['platform'],
];

/** Directions that the ranks alone would not allow, each with its reason. */
const allowed = new Map([
  ['platform -> core', 'errors: the one error class of the project'],
  ['projects -> engines', 'the catalogue inspects and preloads by the engine interface'],
]);

/** Rooms that must run the same in the simulator: nothing of the machine, no libp2p. */
const pure = ['core', 'ogc'];
const simulated = [...pure, 'maps', 'jobs', 'mesh', 'artifacts'];
/** Within simulated rooms, what talks to the machine and is therefore left out of the simulator. */
const machineSide = [
  /^src\/mesh\/libp2p\//,
  /^src\/mesh\/(mesh-key|invitation|base32)\.ts$/,
  /^src\/jobs\/(sqlite-status-store|status-database|status-schema)\.ts$/,
  /^src\/artifacts\/disk-files\.ts$/,
];

/** Modules of Node that compute and nothing else. */
const computing = new Set(['node:crypto', 'node:zlib', 'node:buffer', 'node:util']);

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly target: string | undefined;
  readonly typeOnly: boolean;
  /** Loaded when the code runs. */
  readonly isDynamic: boolean;
}

const sources = await sourceFiles();

async function sourceFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const file of glob(['src/**/*.ts', 'sim/**/*.ts', 'protocols/**/*.js'], { cwd: root })) {
    if (!file.endsWith('.d.ts')) files.set(file, readFileSync(path.join(root, file), 'utf8'));
  }
  return files;
}

function importsOf(file: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...(sources.get(file) as string).matchAll(pattern)].map((match) => {
    const specifier = (match[2] ?? match[3]) as string;
    const target = specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(file), specifier)
      : undefined;
    return {
      from: file,
      specifier,
      target,
      typeOnly: match[1] !== undefined,
      isDynamic: match[3] !== undefined,
    };
  });
}

/** `src/maps/cache.ts` is in maps, `src/node.ts` and `src/node/` in node, `protocols/x/` in protocols. */
function roomOf(file: string): string {
  const [top, next] = file.split('/');
  return top === 'src' ? (next as string).replace(/\.ts$/, '') : (top as string);
}

function rankOf(room: string): number {
  return ranks.findIndex((rank) => rank.includes(room));
}

const allImports = [...sources.keys()].flatMap(importsOf);

test('every source file is in a known room', (t) => {
  const strangers = [...sources.keys()]
    .filter((file) => !file.startsWith('sim/'))
    .filter((file) => rankOf(roomOf(file)) < 0 && roomOf(file) !== 'version');
  t.deepEqual(strangers, []);
});

test('every relative import names a file that is there', (t) => {
  const missing = allImports.filter(({ target }) => target !== undefined && !sources.has(target));
  t.deepEqual(
    missing.map(({ from, specifier }) => `${from}: ${specifier}`),
    [],
  );
});

test('imports run one way', (t) => {
  const wrong = allImports.filter(({ from, target }) => {
    if (target === undefined || from.startsWith('sim/') || target.startsWith('sim/')) return false;
    const [fromRoom, toRoom] = [roomOf(from), roomOf(target)];
    if (fromRoom === toRoom || toRoom === 'version' || allowed.has(`${fromRoom} -> ${toRoom}`)) return false;
    return rankOf(toRoom) <= rankOf(fromRoom);
  });
  t.deepEqual(
    wrong.map(({ from, target }) => `${from} -> ${target}`),
    [],
  );
});

test('nothing in src but its command knows the simulator, and the simulator knows no libp2p', (t) => {
  const wrong = allImports.filter(
    ({ from, target, specifier }) =>
      (from.startsWith('src/') && !/^src\/cli\/sim[./]/.test(from) && target?.startsWith('sim/')) ||
      (from.startsWith('sim/') && (specifier.includes('libp2p') || target?.startsWith('src/mesh/libp2p/'))),
  );
  t.deepEqual(wrong, []);
});

test('the simulator is loaded by its command alone, when that runs, and without libp2p', (t) => {
  const importers = allImports.filter(
    ({ from, target }) => target === 'src/cli/sim.ts' && !from.startsWith('src/cli/sim/'),
  );
  t.deepEqual(
    importers.map(({ from, isDynamic }) => [from, isDynamic]),
    [['src/cli/program.ts', true]],
  );
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file) || !sources.has(file)) return;
    loaded.add(file);
    for (const { target, typeOnly } of importsOf(file)) if (target && !typeOnly) load(target);
  };
  load('src/cli/sim.ts');
  load('sim/batch-worker.ts');
  t.true(loaded.has('sim/run.ts'));
  t.deepEqual(
    [...loaded].filter((file) => file.startsWith('src/mesh/libp2p/')),
    [],
  );
});

test('there are no circles', (t) => {
  const edges = new Map<string, string[]>();
  for (const { from, target, typeOnly } of allImports) {
    if (target !== undefined && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), target]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, trail: string[]) => {
    const at = trail.indexOf(file);
    if (at >= 0) circles.push([...trail.slice(at), file].join(' -> '));
    if (at >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  t.deepEqual(circles, []);
});

test('libp2p is known in one place', (t) => {
  const leaks = allImports.filter(
    ({ from, specifier }) =>
      /^(libp2p$|@libp2p\/|@multiformats\/)/.test(specifier) && !from.startsWith('src/mesh/libp2p/'),
  );
  t.deepEqual(
    leaks.map(({ from, specifier }) => `${from}: ${specifier}`),
    [],
  );
});

test('core needs no package and no Node; ogc nothing but its XML reader', (t) => {
  const wrong = allImports.filter(({ from, target, specifier }) => {
    if (target !== undefined || !pure.includes(roomOf(from))) return false;
    return !(roomOf(from) === 'ogc' && specifier === 'fast-xml-parser');
  });
  t.deepEqual(
    wrong.map(({ from, specifier }) => `${from}: ${specifier}`),
    [],
  );
});

test('what the simulator runs takes time, randomness and the machine only through platform/', (t) => {
  const forbidden =
    /\b(Date\.now|performance\.now|Math\.random|setTimeout|setInterval|setImmediate|new Date\(\))/;
  const files = [...sources.keys()]
    .filter((file) => simulated.includes(roomOf(file)) && file.startsWith('src/'))
    .filter((file) => !machineSide.some((pattern) => pattern.test(file)));
  t.true(files.length > 20);
  const wrong = files.filter((file) => forbidden.test(withoutComments(sources.get(file) as string)));
  t.deepEqual(wrong, []);
  const machine = files
    .flatMap(importsOf)
    .filter(({ specifier }) => specifier.startsWith('node:') && !computing.has(specifier));
  t.deepEqual(
    machine.map(({ from, specifier }) => `${from}: ${specifier}`),
    [],
  );
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
