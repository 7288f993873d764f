import test from 'ava';
import fc from 'fast-check';
import { GismeshError } from '../../../src/core/errors.ts';
import { loopbackLast, parseAddress, parseListenAddress } from '../../../src/mesh/libp2p/addresses.ts';

const peer = '12D3KooWGatU9DuhSjQVPMyQSz4wX6mLrPoS3NcQGpjiMDGGJGPo';
const invalid = { instanceOf: GismeshError, code: 'CONFIG_INVALID' };

test('addresses as people write them', (t) => {
  const examples: Record<string, string> = {
    '10.0.0.5:4001': '/ip4/10.0.0.5/tcp/4001',
    ' map.school.example:4001 ': '/dns/map.school.example/tcp/4001',
    'lab-7.local:80': '/dns/lab-7.local/tcp/80',
    '[fd00::2]:4001': '/ip6/fd00::2/tcp/4001',
    '/ip4/10.0.0.5/tcp/4001': '/ip4/10.0.0.5/tcp/4001',
    '/dns4/map.school.example/tcp/4001': '/dns4/map.school.example/tcp/4001',
    '/ip6/fd00::2/tcp/4001': '/ip6/fd00::2/tcp/4001',
  };
  for (const [text, address] of Object.entries(examples))
    t.deepEqual(parseAddress(text), { addresses: [address] });
});

test('a multiaddr may name its peer', (t) => {
  t.deepEqual(parseAddress(`/ip4/10.0.0.5/tcp/4001/p2p/${peer}`), {
    peer,
    addresses: ['/ip4/10.0.0.5/tcp/4001'],
  });
});

test('what is no address is refused with examples', (t) => {
  const wrong = [
    '',
    'example.org',
    'example.org:',
    'example.org:99999',
    ':4001',
    'fd00::2:4001',
    '[10.0.0.5]:4001',
    'exa mple.org:1',
    '-x.example:1',
    'http://example.org:80',
    '/ip4/10.0.0.5',
    '/ip4/10.0.0.5/udp/4001',
    '/ip4/10.0.0.555/tcp/4001',
    '/ip4/10.0.0.5/tcp/4001/ws',
    '/ip4/10.0.0.5/tcp/4001/p2p/nonsense',
    '/unix/tmp%2fsocket',
  ];
  for (const text of wrong) {
    const error = t.throws(() => parseAddress(text), invalid, text);
    t.regex(error?.message ?? '', /host:port/);
  }
});

test('any text is an address that reads as itself, or refused', (t) => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webAuthority(),
    fc.tuple(fc.ipV6(), fc.nat()).map(String),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const [address] = parseAddress(text).addresses;
        t.deepEqual(parseAddress(address!).addresses, [address!]);
      } catch (error) {
        t.true(error instanceof GismeshError, String(error));
      }
    }),
  );
});

test('a port alone listens on every interface', (t) => {
  t.is(parseListenAddress('4001'), '/ip4/0.0.0.0/tcp/4001');
  t.is(parseListenAddress('[::]:4001'), '/ip6/::/tcp/4001');
  t.throws(() => parseListenAddress('70000'), invalid);
});

test('loopback comes last', (t) => {
  const [loop4, loop6, outer] = ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1', '/ip4/10.0.0.5/tcp/1'] as const;
  t.deepEqual(loopbackLast([loop4, loop6, outer]), [outer, loop4, loop6]);
});
