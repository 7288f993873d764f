import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';

const MODULE = new URL('../../../src/processes/sandbox/stand-guard.ts', import.meta.url).href;

/** A peer that has stopped the process, and says so; with `line` it goes on when it is given one. */
function peerWith(pid: number) {
  const script = `
    const { StandGuard } = await import(${JSON.stringify(MODULE)});
    process.kill(${pid}, 'SIGSTOP');
    const guard = new StandGuard([${pid}]);
    console.log('stopped');
    process.stdin.once('data', () => {
      guard.dismiss();
      process.kill(${pid}, 'SIGCONT');
      console.log('goes on');
    });
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

test('what was stopped by a peer that is killed does not stay for ever', async (t) => {
  const stopped = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const ended = once(stopped, 'exit');
  const peer = peerWith(stopped.pid as number);
  await once(peer.stdout, 'data');
  peer.kill('SIGKILL');
  t.deepEqual(await ended, [null, 'SIGKILL']);
});

test('what goes on is left alone', async (t) => {
  const stopped = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const ended = once(stopped, 'exit');
  const peer = peerWith(stopped.pid as number);
  await once(peer.stdout, 'data');
  peer.stdin.write('go on\n');
  await once(peer.stdout, 'data');
  const gone = once(peer, 'exit');
  peer.stdin.end();
  peer.kill('SIGKILL');
  await gone;
  stopped.kill('SIGTERM');
  t.deepEqual(await ended, [null, 'SIGTERM']);
});
