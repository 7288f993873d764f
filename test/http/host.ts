import test from 'ava';
import fc from 'fast-check';
import { isLoopbackName, parseHost } from '../../src/http/host.ts';

test('reads names, addresses and ports', (t) => {
  t.deepEqual(parseHost('Maps.Example.org:8080'), {
    name: 'maps.example.org',
    authority: 'maps.example.org:8080',
    port: 8080,
  });
  t.deepEqual(parseHost('[::1]:80'), { name: '::1', authority: '[::1]:80', port: 80 });
  t.deepEqual(parseHost('localhost.'), { name: 'localhost', authority: 'localhost.', port: undefined });
});

for (const text of [
  '',
  'a b',
  'a/b',
  'a@b',
  'a:0',
  'a:65536',
  'a:b',
  '[::1',
  '::1',
  '[zz]',
  '"x"',
  'ä.org',
  'a\r\nb',
  'a?b',
  'a#b',
  '-a',
  '999.1.1.1',
  '2130706433',
  '0x7f.1',
]) {
  test(`${JSON.stringify(text)} is no host`, (t) => {
    t.is(parseHost(text), undefined);
  });
}

test('nothing that is read as a host can leave the authority of a URL', (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      const host = parseHost(text);
      if (host === undefined) return;
      const url = new URL(`http://${host.authority}/path`);
      t.is(url.pathname, '/path');
      t.is(url.username + url.password + url.search + url.hash, '');
    }),
  );
  t.pass();
});

test('names of this machine are told from others', (t) => {
  for (const name of ['localhost', 'gis.localhost', '127.0.0.1', '127.9.9.9', '::1'])
    t.true(isLoopbackName(name), name);
  for (const name of [
    'example.org',
    'localhost.example.org',
    'notlocalhost',
    '127.0.0.1.nip.io',
    '192.168.1.7',
    '::2',
  ]) {
    t.false(isLoopbackName(name), name);
  }
});
