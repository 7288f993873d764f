import test from 'ava';
import fc from 'fast-check';
import { Liveness, type LivenessOptions, type Standing } from '../../src/core/liveness.ts';

const options: LivenessOptions = {
  minMs: 4000,
  maxMs: 12_000,
  confirmations: 3,
  closedMs: 1500,
  freshMs: 1000,
  forgetMs: 600_000,
  maxPeers: 100,
};

/** A table with `count` peers `p0`, `p1`, ... that were heard of at time 0 at sequence 10. */
function table(count: number, change: Partial<LivenessOptions> = {}): Liveness {
  const liveness = new Liveness({ ...options, ...change });
  for (let i = 0; i < count; i += 1) {
    liveness.hear(`p${i}`, 10, 0);
    liveness.connection(`p${i}`, true, 0);
  }
  return liveness;
}

/** When a suspect of time 2000 is dead, to 100 ms. */
function deathMs(liveness: Liveness, peer: string, multiplier = 1): number {
  for (let nowMs = 2000; nowMs < 1e6; nowMs += 100) {
    liveness.tick(nowMs, multiplier);
    if (liveness.standing(peer) === 'dead') return nowMs - 2000;
  }
  return Number.POSITIVE_INFINITY;
}

test('a peer is known once it speaks of itself or is spoken of as alive', (t) => {
  const liveness = table(0);
  t.is(liveness.hear('a', undefined, 0), undefined);
  t.deepEqual(liveness.hear('a', 1, 0), { peer: 'a', from: undefined, to: 'alive' });
  t.deepEqual(liveness.claim('b', 1, 'alive', 'a', 0).change, { peer: 'b', from: undefined, to: 'alive' });
  for (const standing of ['suspect', 'dead', 'left'] as const) {
    t.deepEqual(liveness.claim('c', 1, standing, 'a', 0), { change: undefined, verify: false });
  }
  t.is(liveness.size, 2);
});

test('only what comes from a peer itself is first-hand evidence of it', (t) => {
  const liveness = table(2);
  t.true(liveness.wasHeardSince('p0', 0));
  t.false(liveness.wasHeardSince('p0', 1));
  liveness.hear('p0', undefined, 500);
  liveness.doubt('p1', 'self', 500);
  liveness.vouch('p1', 600);
  liveness.claim('p1', 11, 'alive', 'p0', 700);
  t.true(liveness.wasHeardSince('p0', 500));
  t.false(liveness.wasHeardSince('p1', 1));
  t.false(liveness.wasHeardSince('nobody', 0));
});

test('a doubted peer is suspect, then dead', (t) => {
  const liveness = table(1);
  t.deepEqual(liveness.doubt('p0', 'self', 2000), { peer: 'p0', from: 'alive', to: 'suspect' });
  t.is(deathMs(liveness, 'p0'), 4000);
});

test('the more confirm a suspicion the sooner it ends, and never before its minimum', (t) => {
  const deaths = [0, 1, 2, 3, 4, 10].map((confirmations) => {
    const liveness = table(20);
    liveness.doubt('p1', 'self', 2000);
    for (let i = 0; i < confirmations; i += 1) liveness.claim('p1', 10, 'suspect', `p${i + 2}`, 2000);
    return deathMs(liveness, 'p1');
  });
  t.deepEqual(
    deaths,
    deaths.toSorted((a, b) => b - a),
  );
  const scale = Math.log10(21);
  t.true(Math.abs(deaths[0]! - 12_000 * scale) <= 100);
  t.true(Math.abs(deaths[3]! - 4000 * scale) <= 100);
  t.is(deaths[5], deaths[3]);
});

test('the same source counts once', (t) => {
  const once = table(20);
  const often = table(20);
  for (const [liveness, times] of [
    [once, 1],
    [often, 9],
  ] as const) {
    liveness.doubt('p1', 'self', 2000);
    for (let i = 0; i < times; i += 1) liveness.claim('p1', 10, 'suspect', 'p2', 2000);
  }
  t.is(deathMs(often, 'p1'), deathMs(once, 'p1'));
});

test('a peer in trouble itself gives suspects more time', (t) => {
  const liveness = table(1);
  liveness.doubt('p0', 'self', 2000);
  t.is(deathMs(liveness, 'p0', 3), 12_000);
});

test('a closed connection makes suspect at once, and dead soon', (t) => {
  const liveness = table(20);
  t.deepEqual(liveness.connection('p1', false, 2000), { peer: 'p1', from: 'alive', to: 'suspect' });
  liveness.doubt('p1', 'self', 2300);
  t.is(deathMs(liveness, 'p1'), 1500);
});

test('a suspect that speaks, connects or is vouched for is alive', (t) => {
  for (const revive of [
    (liveness: Liveness) => liveness.hear('p1', undefined, 2100),
    (liveness: Liveness) => liveness.hear('p1', 3, 2100),
    (liveness: Liveness) => liveness.vouch('p1', 2100),
    (liveness: Liveness) => liveness.claim('p1', 11, 'alive', 'p2', 2100).change,
    (liveness: Liveness) => {
      liveness.connection('p1', false, 2050);
      return liveness.connection('p1', true, 2100);
    },
  ]) {
    const liveness = table(3);
    liveness.doubt('p1', 'self', 2000);
    t.deepEqual(revive(liveness), { peer: 'p1', from: 'suspect', to: 'alive' });
    t.is(deathMs(liveness, 'p1'), Number.POSITIVE_INFINITY);
  }
});

test('old news are ignored', (t) => {
  const liveness = table(3);
  for (const standing of ['alive', 'suspect', 'dead', 'left'] as const) {
    t.deepEqual(liveness.claim('p1', 9, standing, 'p2', 5000), { change: undefined, verify: false });
  }
  liveness.doubt('p1', 'self', 5000);
  t.is(liveness.claim('p1', 10, 'alive', 'p2', 5000).change, undefined);
  t.is(liveness.standing('p1'), 'suspect');
});

test('hearsay against a peer heard of just now is verified instead of believed', (t) => {
  for (const standing of ['suspect', 'dead'] as const) {
    const liveness = table(3);
    t.deepEqual(liveness.claim('p1', 10, standing, 'p2', 900), { change: undefined, verify: true });
    t.is(liveness.standing('p1'), 'alive');
  }
});

test('a peer said to be dead is only suspect to those who are connected to it', (t) => {
  const liveness = table(3);
  t.deepEqual(liveness.claim('p1', 10, 'dead', 'p2', 5000), {
    change: { peer: 'p1', from: 'alive', to: 'suspect' },
    verify: true,
  });
  liveness.claim('p3', 10, 'alive', 'p2', 5000);
  t.deepEqual(liveness.claim('p3', 10, 'dead', 'p2', 5000), {
    change: { peer: 'p3', from: 'alive', to: 'dead' },
    verify: false,
  });
});

test('only a new life brings back a peer that left', (t) => {
  const liveness = table(3);
  liveness.claim('p1', 10, 'left', 'p1', 2000);
  t.is(liveness.hear('p1', undefined, 2001), undefined);
  t.is(liveness.hear('p1', 10, 2001), undefined);
  t.is(liveness.connection('p1', false, 2002), undefined);
  t.is(liveness.claim('p1', 10, 'dead', 'p2', 2003).change, undefined);
  t.is(liveness.standing('p1'), 'left');
  t.deepEqual(liveness.hear('p1', 11, 3000), { peer: 'p1', from: 'left', to: 'alive' });
});

test('the dead are forgotten after a time, or when the table is nearly full', (t) => {
  const liveness = table(5, { maxPeers: 10 });
  liveness.claim('p1', 10, 'left', 'p1', 2000);
  t.deepEqual(liveness.tick(601_999, 1), []);
  t.deepEqual(liveness.tick(602_000, 1), [{ peer: 'p1', from: 'left', to: undefined }]);
  liveness.claim('p2', 10, 'left', 'p2', 602_000);
  for (let i = 10; i < 16; i += 1) liveness.hear(`p${i}`, 1, 602_000);
  t.is(liveness.size, 10);
  t.is(liveness.hear('newcomer', 1, 602_000), undefined);
  t.deepEqual(liveness.tick(602_100, 1), [{ peer: 'p2', from: 'left', to: undefined }]);
  t.truthy(liveness.hear('newcomer', 1, 602_100));
});

test('time in which this peer did not run counts against nobody', (t) => {
  const liveness = table(1);
  liveness.doubt('p0', 'self', 2000);
  liveness.excuse(10_000);
  t.is(deathMs(liveness, 'p0'), 14_000);
});

test('after a sleep everyone living is suspect, with the full time to answer', (t) => {
  const liveness = table(3);
  liveness.connection('p0', false, 1900);
  liveness.claim('p2', 10, 'left', 'p2', 1900);
  t.deepEqual(liveness.suspectAll('all', 2000), [{ peer: 'p1', from: 'alive', to: 'suspect' }]);
  t.is(liveness.standing('p2'), 'left');
  t.is(deathMs(liveness, 'p0'), 12_000);
});

test('of those who are others’ to watch nothing is suspected after a sleep', (t) => {
  const liveness = table(1);
  liveness.hear('far', 10, 1900);
  t.deepEqual(liveness.suspectAll('connected', 2000), [{ peer: 'p0', from: 'alive', to: 'suspect' }]);
  t.is(liveness.standing('far'), 'alive');
});

test('who has lost the last connection suspects all without one, and nobody longer than before', (t) => {
  const liveness = table(2);
  liveness.hear('far', 10, 1900);
  liveness.connection('p0', false, 1900);
  t.deepEqual(liveness.suspectAll('unconnected', 2000), [{ peer: 'far', from: 'alive', to: 'suspect' }]);
  t.is(liveness.standing('p1'), 'alive');
  t.is(deathMs(liveness, 'p0'), options.closedMs - 100);
});

test('what was decided on those without a connection can be taken back, whatever is older stays', (t) => {
  const liveness = table(2);
  for (const peer of ['dead', 'suspect', 'left', 'long dead']) liveness.hear(peer, 10, 0);
  liveness.claim('long dead', 10, 'dead', 'p0', 40_000);
  t.is(liveness.standing('long dead'), 'dead');
  liveness.claim('dead', 10, 'dead', 'p0', 50_000);
  liveness.claim('left', 10, 'left', 'p0', 50_000);
  liveness.doubt('suspect', 'self', 50_000);
  liveness.doubt('p0', 'self', 50_000);
  t.deepEqual(liveness.reprieve(50_000, 51_000), [
    { peer: 'suspect', from: 'suspect', to: 'alive' },
    { peer: 'dead', from: 'dead', to: undefined },
  ]);
  t.is(liveness.standing('p0'), 'suspect');
  t.is(liveness.standing('left'), 'left');
  t.is(liveness.standing('long dead'), 'dead');
});

test('whoever parts is as alive as before, and no longer somebody whom a connection tells of', (t) => {
  const liveness = table(2);
  liveness.parted('p0');
  t.is(liveness.standing('p0'), 'alive');
  t.deepEqual(liveness.suspectAll('connected', 2000), [{ peer: 'p1', from: 'alive', to: 'suspect' }]);
  t.deepEqual(liveness.claim('p0', 10, 'suspect', 'p1', 60_000), {
    change: { peer: 'p0', from: 'alive', to: 'suspect' },
    verify: false,
  });
});

test('a suspicion is one’s own by a connection, its end, or a doubt, and not by hearsay', (t) => {
  const liveness = table(2);
  liveness.hear('far', 10, 0);
  liveness.hear('doubted', 10, 0);
  liveness.claim('far', 10, 'suspect', 'p1', 50_000);
  liveness.claim('doubted', 10, 'suspect', 'p1', 50_000);
  liveness.doubt('doubted', 'self', 50_000);
  liveness.connection('p0', false, 50_000);
  liveness.suspectAll('connected', 50_000);
  const own = ['far', 'doubted', 'p0', 'p1', 'nobody'].filter((peer) => liveness.isOwnSuspect(peer, 'self'));
  t.deepEqual(own, ['doubted', 'p0', 'p1']);
});

test('everyone without a connection can be forgotten', (t) => {
  const liveness = table(1);
  liveness.hear('far', 10, 0);
  liveness.claim('gone', 10, 'alive', 'p0', 0);
  liveness.claim('gone', 10, 'dead', 'p0', 50_000);
  t.deepEqual(liveness.forgetUnconnected(), [
    { peer: 'far', from: 'alive', to: undefined },
    { peer: 'gone', from: 'dead', to: undefined },
  ]);
  t.is(liveness.size, 1);
  t.is(liveness.living, 1);
});

test('in a full table a death can be told before it is forgotten', (t) => {
  const liveness = new Liveness({ ...options, maxPeers: 2 });
  liveness.hear('a', 1, 0);
  liveness.hear('b', 1, 0);
  liveness.doubt('a', 'self', 1000);
  t.deepEqual(liveness.tick(1000 + options.maxMs, 1), [{ peer: 'a', from: 'suspect', to: 'dead' }]);
  t.is(liveness.standing('a'), 'dead');
  t.deepEqual(liveness.tick(1500 + options.maxMs, 1), [{ peer: 'a', from: 'dead', to: undefined }]);
});

type Step =
  | { readonly kind: 'hear'; readonly peer: string; readonly sequence: number | undefined }
  | {
      readonly kind: 'claim';
      readonly peer: string;
      readonly sequence: number;
      readonly standing: Standing;
      readonly source: string;
    }
  | { readonly kind: 'connection'; readonly peer: string; readonly open: boolean }
  | { readonly kind: 'doubt' | 'vouch' | 'part'; readonly peer: string }
  | { readonly kind: 'forgetUnconnected' }
  | { readonly kind: 'tick'; readonly byMs: number }
  | { readonly kind: 'reprieve'; readonly agoMs: number }
  | { readonly kind: 'suspectAll'; readonly whom: 'all' | 'connected' | 'unconnected' };

const peer = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const sequence = fc.nat(6);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('hear' as const), peer, sequence: fc.option(sequence, { nil: undefined }) }),
  fc.record({
    kind: fc.constant('claim' as const),
    peer,
    sequence,
    standing: fc.constantFrom<Standing>('alive', 'suspect', 'dead', 'left'),
    source: peer,
  }),
  fc.record({ kind: fc.constant('connection' as const), peer, open: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('doubt' as const, 'vouch' as const, 'part' as const), peer }),
  fc.record({ kind: fc.constant('forgetUnconnected' as const) }),
  fc.record({ kind: fc.constant('tick' as const), byMs: fc.nat(8000) }),
  fc.record({
    kind: fc.constant('suspectAll' as const),
    whom: fc.constantFrom('all' as const, 'connected' as const, 'unconnected' as const),
  }),
  fc.record({ kind: fc.constant('reprieve' as const), agoMs: fc.nat(20_000) }),
);

/** Applies a step and gives the changes that it reported. */
function apply(liveness: Liveness, each: Step, nowMs: number) {
  switch (each.kind) {
    case 'hear':
      return [liveness.hear(each.peer, each.sequence, nowMs)];
    case 'claim':
      return [liveness.claim(each.peer, each.sequence, each.standing, each.source, nowMs).change];
    case 'connection':
      return [liveness.connection(each.peer, each.open, nowMs)];
    case 'doubt':
      return [liveness.doubt(each.peer, 'self', nowMs)];
    case 'vouch':
      return [liveness.vouch(each.peer, nowMs)];
    case 'part':
      liveness.parted(each.peer);
      return [];
    case 'forgetUnconnected':
      return liveness.forgetUnconnected();
    case 'tick':
      return liveness.tick(nowMs, 1);
    case 'suspectAll':
      return liveness.suspectAll(each.whom, nowMs);
    case 'reprieve':
      return liveness.reprieve(nowMs - each.agoMs, nowMs);
  }
}

test('whatever happens: every change is reported once, sequences never fall, the table stays bounded', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const liveness = new Liveness({ ...options, maxPeers: 4, forgetMs: 20_000 });
      const told = new Map<string, Standing>();
      const sequences = new Map<string, number>();
      let nowMs = 0;
      for (const each of steps) {
        if (each.kind === 'tick') nowMs += each.byMs;
        for (const change of apply(liveness, each, nowMs)) {
          if (!change) continue;
          t.is(change.from, told.get(change.peer));
          t.not(change.from, change.to);
          if (change.to) told.set(change.peer, change.to);
          else {
            told.delete(change.peer);
            sequences.delete(change.peer);
          }
        }
        t.true(liveness.size <= 4);
        const now = new Map([...liveness.peers()].map((entry) => [entry.peer, entry]));
        t.deepEqual(new Map([...now].map(([name, { standing }]) => [name, standing])), told);
        const standings = [...told.values()];
        t.is(liveness.living, standings.filter((each) => each === 'alive' || each === 'suspect').length);
        t.deepEqual(
          [...liveness.suspects].sort(),
          [...told]
            .filter(([, each]) => each === 'suspect')
            .map(([name]) => name)
            .sort(),
        );
        for (const [name, entry] of now) {
          t.true(entry.sequence >= (sequences.get(name) ?? 0));
          sequences.set(name, entry.sequence);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever happened before: who then stays silent is dead in bounded time, who speaks is alive', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const liveness = new Liveness(options);
      let nowMs = 0;
      for (const each of steps) {
        if (each.kind === 'tick') nowMs += each.byMs;
        apply(liveness, each, nowMs);
      }
      liveness.hear('a', 100, nowMs);
      t.is(liveness.standing('a'), 'alive');
      if (liveness.standing('b') !== undefined) liveness.doubt('b', 'self', nowMs);
      liveness.tick(nowMs + options.maxMs * 2, 1);
      t.true([undefined, 'dead', 'left'].includes(liveness.standing('b')));
      t.is(liveness.standing('a'), 'alive');
    }),
  );
});

test('peers that saw the same claims in any order agree on the dead, the departed and the living', (t) => {
  const claim = fc.record({ sequence, standing: fc.constantFrom<Standing>('alive', 'dead', 'left') });
  fc.assert(
    fc.property(
      fc
        .array(claim, { minLength: 1, maxLength: 12 })
        .chain((claims) =>
          fc.tuple(fc.constant(claims), fc.shuffledSubarray(claims, { minLength: claims.length })),
        ),
      ([claims, shuffled]) => {
        const outcome = (list: readonly { sequence: number; standing: Standing }[]) => {
          const liveness = new Liveness(options);
          liveness.claim('x', 0, 'alive', 'source', 0);
          for (const each of list) liveness.claim('x', each.sequence, each.standing, 'source', 5000);
          return { standing: liveness.standing('x'), sequence: liveness.sequence('x') };
        };
        t.deepEqual(outcome(claims), outcome(shuffled));
      },
    ),
  );
});
