import test from 'ava';
import fc from 'fast-check';
import { GismeshError } from '../../src/core/errors.ts';
import { parseSeed } from '../../src/mesh/seed.ts';

const good: Array<[text: string, address: string, peer?: string]> = [
  ['/ip4/192.168.1.10/tcp/4001', '/ip4/192.168.1.10/tcp/4001'],
  ['/ip4/192.168.1.10/tcp/4001/p2p/12D3Koo', '/ip4/192.168.1.10/tcp/4001', '12D3Koo'],
  ['/dns4/teacher.local/tcp/4001', '/dns4/teacher.local/tcp/4001'],
  [' 192.168.1.10:4001\n', '/ip4/192.168.1.10/tcp/4001'],
  ['teacher.local:4001', '/dns/teacher.local/tcp/4001'],
  ['[fd00::10]:4001', '/ip6/fd00::10/tcp/4001'],
  ['localhost:1', '/dns/localhost/tcp/1'],
];

for (const [text, address, peer] of good) {
  test(`"${text.trim()}" is the address ${address}`, (t) => {
    t.deepEqual(parseSeed(text), { text, address, peer });
  });
}

const bad = [
  '',
  ' ',
  '192.168.1.10',
  'host:0',
  'host:65536',
  'host:port',
  'http://host:4001',
  'a b:1',
  '/p2p/x',
  '/a/p2p/',
];

for (const text of bad) {
  test(`"${text}" is refused with an example of what would do`, (t) => {
    const error = t.throws(() => parseSeed(text), { code: 'CONFIG_INVALID' });
    t.regex(error.message, /host:port/);
    t.true(error.message.includes(`"${text}"`));
  });
}

test('any text is a seed or refused', (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        t.regex(parseSeed(text).address, /^\//);
      } catch (error) {
        t.true(error instanceof GismeshError && error.code === 'CONFIG_INVALID');
      }
    }),
  );
});
