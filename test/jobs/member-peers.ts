import test from 'ava';
import { JOBS_PROTOCOL, jobPeersOf } from '../../src/jobs/member-peers.ts';
import type { Membership } from '../../src/mesh/membership.ts';
import type { Member } from '../../src/mesh/offer.ts';
import { offerNamed } from '../mesh/helpers/classroom.ts';

function peersOf(members: readonly Partial<Member>[], isLearning = false) {
  const offer = { ...offerNamed('host'), protocols: [JOBS_PROTOCOL] };
  const all = members.map((member) => ({ self: false, state: 'alive', offer, ...member }) as Member);
  return jobPeersOf({ members: () => all, isLearning } as unknown as Membership);
}

test('whoever knows of nobody that may live is alone', (t) => {
  t.true(peersOf([{ self: true }]).isAlone());
  t.true(peersOf([{ self: true }, { state: 'dead' }, { state: 'left' }]).isAlone());
  t.true(peersOf([{ self: true }, { offer: offerNamed('without jobs') }]).isAlone());
  t.false(peersOf([{ self: true }, { state: 'suspect' }]).isAlone());
});

test('whoever has forgotten the others is not alone for that', (t) => {
  t.false(peersOf([{ self: true }], true).isAlone());
});
