import { availableParallelism, totalmem } from 'node:os';
import { type Finding, fail, ok, warn } from './finding.ts';

const NEEDED_NODE_MAJOR = 24;
/** Where Mapnik comes prebuilt by npm. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const NEEDED_GLIBC = [2, 29] as const;
/** A peer and one render process, with room for large maps. */
const COMFORTABLE_MEMORY_BYTES = 2 * 1024 ** 3;

export function checkRuntime(): Finding[] {
  return [checkNode(), checkPlatform(), checkCapacity()];
}

function checkNode(): Finding {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= NEEDED_NODE_MAJOR) return ok('runtime', `Node ${node}`);
  return fail('runtime', `Node ${node}`, `install Node ${NEEDED_NODE_MAJOR} or newer`);
}

function checkPlatform(): Finding {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    return fail('platform', platform, `drawing works on ${PLATFORMS.join(', ')}; this peer can only forward`);
  }
  const glibc = process.platform === 'linux' ? glibcVersion() : undefined;
  if (process.platform === 'linux' && !glibc) {
    return fail(
      'platform',
      `${platform} without glibc`,
      'drawing needs a Linux with glibc, such as Debian or Fedora',
    );
  }
  if (glibc && isOlder(glibc)) {
    return fail(
      'platform',
      `${platform}, glibc ${glibc}`,
      `drawing needs glibc ${NEEDED_GLIBC.join('.')} or newer`,
    );
  }
  return ok('platform', glibc ? `${platform}, glibc ${glibc}` : platform);
}

function checkCapacity(): Finding {
  const cores = availableParallelism();
  const memory = totalmem();
  const detail = `${cores} cores, ${(memory / 1024 ** 3).toFixed(1)} GiB of memory`;
  if (memory >= COMFORTABLE_MEMORY_BYTES) return ok('capacity', detail);
  return warn('capacity', detail, 'draw with one process: --workers 1');
}

/** Undefined on a C library other than glibc. */
function glibcVersion(): string | undefined {
  // Looking up every socket's host name would take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < NEEDED_GLIBC[0] || (major === NEEDED_GLIBC[0] && minor < NEEDED_GLIBC[1]);
}
