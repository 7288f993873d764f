import test from 'ava';
import fc from 'fast-check';
import { baseUrl } from '../../src/http/base-url.ts';

function urlFor(
  headers: Record<string, string>,
  remoteAddress = '127.0.0.1',
  trust: 'loopback' | 'always' | 'never' = 'loopback',
) {
  return baseUrl({ host: 'door:8080', remoteAddress, header: (name) => headers[name] }, trust);
}

const cases: [why: string, headers: Record<string, string>, expected: string][] = [
  ['nothing said', {}, 'http://door:8080'],
  ['host', { 'x-forwarded-host': 'maps.example.org' }, 'http://maps.example.org'],
  [
    'first of a chain',
    { 'x-forwarded-host': 'a.org, b.org', 'x-forwarded-proto': 'https, http' },
    'https://a.org',
  ],
  ['prefix', { 'x-forwarded-host': 'a.org', 'x-forwarded-prefix': '/gis/maps/' }, 'http://a.org/gis/maps'],
  [
    'port',
    { 'x-forwarded-host': 'a.org', 'x-forwarded-port': '8443', 'x-forwarded-proto': 'https' },
    'https://a.org:8443',
  ],
  [
    'usual port',
    { 'x-forwarded-host': 'a.org', 'x-forwarded-port': '443', 'x-forwarded-proto': 'https' },
    'https://a.org',
  ],
  ['port in the host wins', { 'x-forwarded-host': 'a.org:1', 'x-forwarded-port': '2' }, 'http://a.org:1'],
  [
    'RFC 7239',
    { forwarded: 'for=192.0.2.1;proto=https;host="a.org:8443", for=10.0.0.1;host=b.org' },
    'https://a.org:8443',
  ],
  ['RFC 7239 before X-Forwarded', { forwarded: 'host=a.org', 'x-forwarded-host': 'b.org' }, 'http://a.org'],
  ['RFC 7239 with a comma in quotes', { forwarded: 'for="a,b";host=a.org' }, 'http://a.org'],
  ['hostile host', { 'x-forwarded-host': 'evil.org/"><script>' }, 'http://door:8080'],
  ['hostile scheme', { 'x-forwarded-host': 'a.org', 'x-forwarded-proto': 'javascript' }, 'http://a.org'],
  ['hostile prefix', { 'x-forwarded-prefix': '/a/../../b' }, 'http://door:8080'],
  ['prefix of another host', { 'x-forwarded-prefix': '//evil.org' }, 'http://door:8080'],
  ['hostile port', { 'x-forwarded-host': 'a.org', 'x-forwarded-port': '1e9' }, 'http://a.org'],
];

for (const [why, headers, expected] of cases) {
  test(`behind a proxy on this machine: ${why}`, (t) => {
    t.is(urlFor(headers), expected);
  });
}

test('only those who are trusted are believed', (t) => {
  const headers = { 'x-forwarded-host': 'maps.example.org' };
  t.is(urlFor(headers, '192.168.1.9'), 'http://door:8080');
  t.is(urlFor(headers, '::ffff:127.0.0.1'), 'http://maps.example.org');
  t.is(urlFor(headers, '192.168.1.9', 'always'), 'http://maps.example.org');
  t.is(urlFor(headers, '127.0.0.1', 'never'), 'http://door:8080');
});

test('whatever headers say, the result is a plain URL', (t) => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[/a-z.:"<>;=,%\\-]*$/));
  fc.assert(
    fc.property(text, text, text, text, text, (host, proto, prefix, port, forwarded) => {
      const url = urlFor({
        'x-forwarded-host': host,
        'x-forwarded-proto': proto,
        'x-forwarded-prefix': prefix,
        'x-forwarded-port': port,
        forwarded,
      });
      t.regex(url, /^https?:\/\/[a-z0-9._[\]:-]+(?:\/[\w.~-]+)*$/);
      t.true(URL.canParse(url));
    }),
  );
  t.pass();
});
