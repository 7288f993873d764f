// Completes package-lock.json after an install from a registry that mirrors only some platforms.
//
// Packages with native parts list one optional package per platform. npm leaves those that the registry does not
// have out of the lock file, and `npm ci` then refuses it everywhere. This adds them by name and version, with the
// platform that their name tells, so that npm skips them where they do not fit and fetches them where they do.
// It also leaves out download addresses: every registry may serve the packages.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU = ['arm64', 'arm', 'armv7', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

function platformOf(name) {
  const words = name.split('/').at(-1).split('-');
  const os = words.find((word) => OS.includes(word));
  const cpu = words.find((word) => CPU.includes(word));
  if (!os || !cpu) throw new Error(`${name} is missing from the lock file and its name tells no platform`);
  const musl = words.some((word) => word.startsWith('musl'));
  const libc = os === 'linux' ? { libc: [musl ? 'musl' : 'glibc'] } : {};
  return { cpu: [cpu === 'armv7' ? 'arm' : cpu], ...libc, os: [os] };
}

let added = 0;
for (const entry of Object.values(lock.packages)) {
  delete entry.resolved;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] || !/^\d/.test(version)) continue;
    lock.packages[place] = {
      version,
      ...platformOf(name),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
    };
    added += 1;
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages added`);
