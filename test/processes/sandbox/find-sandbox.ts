import test from 'ava';
import { findSandbox } from '../../../src/processes/sandbox/find-sandbox.ts';

test('without bubblewrap there is no sandbox unless that is allowed, and the log tells why', async (t) => {
  for (const allowUnsandboxed of [false, true]) {
    const logged: string[] = [];
    const write = (fields: object, message: string) => logged.push(`${message} ${JSON.stringify(fields)}`);
    const log = { debug: write, info: write, warn: write, error: write };
    const sandbox = await findSandbox({
      searchPath: '/nowhere',
      readOnlyFolders: [],
      allowUnsandboxed,
      log,
    });
    t.is(sandbox?.name, allowUnsandboxed ? 'none' : undefined);
    t.regex(logged.join('\n'), /bwrap/);
  }
});
