import { randomBytes } from 'node:crypto';
import test from 'ava';
import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { AnnouncementCodec } from '../../../src/mesh/libp2p/announcement.ts';
import { createIdentity, peerIdOf } from '../../../src/mesh/libp2p/identity.ts';
import { meshSecrets } from '../../../src/mesh/mesh-key.ts';

const codecOf = (meshKey: Uint8Array) => {
  const { serviceName, announcementKey } = meshSecrets(meshKey);
  return new AnnouncementCodec(serviceName, announcementKey);
};
const meshKey = new Uint8Array(randomBytes(32));
const ours = codecOf(meshKey);
const peer = peerIdOf(await createIdentity());
const self = { peer, addresses: ['/ip4/192.168.1.7/tcp/4001', '/ip6/fd00::7/tcp/4001'] };

test('members understand each other', (t) => {
  const other = codecOf(meshKey);
  t.deepEqual(other.read(ours.question()), { kind: 'question' });
  t.deepEqual(other.read(ours.announcement(self)), { kind: 'announcement', ...self });
});

test('another mesh is not heard', (t) => {
  const other = codecOf(new Uint8Array(32));
  t.is(other.read(ours.question()), undefined);
  t.is(other.read(ours.announcement(self)), undefined);
});

test('an announcement fits into one packet, however many addresses there are', (t) => {
  const addresses = Array.from(
    { length: 50 },
    (_, index) => `/ip6/fd00:1111:2222:3333:4444:5555:6666:${index}/tcp/65535`,
  );
  const packet = ours.announcement({ peer, addresses });
  t.true(packet.length <= 1400, `${packet.length} bytes`);
  const heard = ours.read(packet);
  t.deepEqual(heard, { kind: 'announcement', peer, addresses: addresses.slice(0, 8) });
});

test('who does not know the key cannot make peers dial', (t) => {
  const packet = decode(Buffer.from(ours.announcement(self)));
  const forged = {
    ...packet,
    answers: packet.answers!.map((answer) =>
      answer.type === 'TXT'
        ? {
            ...answer,
            data: (answer.data as Buffer[]).map((text) => String(text).replace('192.168.1.7', '203.0.113.9')),
          }
        : answer,
    ),
  };
  t.is(ours.read(encode(forged)), undefined);
  const withoutMac = {
    ...packet,
    answers: packet.answers!.map((answer) =>
      answer.type === 'TXT'
        ? { ...answer, data: (answer.data as Buffer[]).filter((text) => !String(text).startsWith('mac=')) }
        : answer,
    ),
  };
  t.is(ours.read(encode(withoutMac)), undefined);
});

test('neither packet contains the key or what the handshake needs', (t) => {
  const { prologue, announcementKey } = meshSecrets(meshKey);
  const packets = Buffer.concat([ours.question(), ours.announcement(self)]);
  for (const secret of [meshKey, prologue, announcementKey]) {
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      const spelled = Buffer.from(secret).toString(encoding).replace(/=+$/, '');
      t.false(packets.toString('latin1').includes(spelled.slice(0, 16)));
    }
  }
});

test('broken packets say nothing', (t) => {
  const valid = [ours.question(), ours.announcement(self)];
  const mutation = fc.record({
    packet: fc.constantFrom(...valid),
    at: fc.nat(),
    to: fc.nat(255),
    cut: fc.nat(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), mutation), (input) => {
      if (input instanceof Uint8Array) {
        t.is(ours.read(input), undefined);
        return;
      }
      const { packet, at, to, cut } = input;
      const heard = ours.read(packet.with(at % packet.length, to).subarray(0, 1 + (cut % packet.length)));
      if (heard?.kind === 'announcement') t.deepEqual(heard, { kind: 'announcement', ...self });
      else t.true(heard === undefined || heard.kind === 'question');
    }),
    { numRuns: 500 },
  );
});
