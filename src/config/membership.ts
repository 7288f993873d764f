import { z } from 'zod';

const ms = z.number().positive();
const count = z.int().positive();

const backoff = (baseMs: number, maxMs: number, why: string) =>
  z
    .strictObject({
      baseMs: ms.default(baseMs).describe('Bound of the first wait; it doubles with every failure.'),
      maxMs: ms.default(maxMs).describe('Bound that no wait exceeds.'),
    })
    .prefault({})
    .describe(why);

/** Who is in the mesh: heartbeats, suspicion, news, dialling. */
export const membershipConfig = z.strictObject({
  seeds: z
    .array(z.string().min(1))
    .max(64)
    .default([])
    .describe(
      'Addresses of peers to begin with (`host:port` or multiaddrs), where multicast DNS does not reach.',
    ),
  heartbeat: z
    .strictObject({
      periodMs: ms
        .default(500)
        .describe(
          'One peer is probed per period, every other one the successor: a stopped peer is noticed within 1 s.',
        ),
      largeEvery: count
        .default(2)
        .describe(
          'In a mesh of more than `dial.fullMesh` peers a neighbour is probed only every so many periods: all of them together send as many pings as there are peers, and a stopped one matters to fewer. Among 200 one is noticed after 1.6 s (median; 1.5 s with 1) and at the latest after 5 s.',
        ),
      pingTimeoutMs: ms.default(400).describe('A first ping; a LAN answers in 1 ms, a busy peer in 100.'),
      indirectTimeoutMs: ms
        .default(800)
        .describe('Second ping and pings by helpers: twice the first, for a way over another peer.'),
      lateMs: ms
        .default(5000)
        .describe(
          'A late answer still shows life, and timeouts follow measured answers up to this: a full link holds back everything for seconds, and whoever is suspected for that fills it further.',
        ),
      helpers: count
        .default(3)
        .describe('Peers asked for help; as in SWIM, more hardly lowers false alarms.'),
      maxServed: count.default(16).describe('Probes for others at a time; beyond that others are asked.'),
      maxProbes: count.default(16).describe('Own probes at a time, so that a lost network makes no storm.'),
      suspectsPerPeriod: count.default(3).describe('Suspects probed again each period: they recover soon.'),
      strangerEvery: count
        .default(60)
        .describe(
          'Every so many periods one member without a connection is probed, which may cost a dial; its own neighbours watch it anyway.',
        ),
      reconnectAfter: count
        .default(3)
        .describe('Failed direct pings in a row after which a connection is made anew.'),
    })
    .prefault({})
    .describe('Probes of other peers.'),
  liveness: z
    .strictObject({
      minMs: ms
        .default(4000)
        .describe('A suspect is dead after this when others confirm; longer than a pause for garbage.'),
      maxMs: ms.default(12_000).describe('A suspect is dead after this when nobody confirms.'),
      confirmations: count.default(3).describe('Confirmations that suffice; as in Lifeguard.'),
      closedMs: ms
        .default(1500)
        .describe('A peer whose connections closed is dead after this: time for a restart.'),
      freshMs: ms.default(1000).describe('Who was heard of just now is not suspected on hearsay.'),
      forgetMs: ms.default(600_000).describe('Dead and departed peers are shown for ten minutes.'),
      maxPeers: count.default(2000).describe('Members known; more than the largest campus.'),
    })
    .prefault({})
    .describe('When a peer that does not answer is suspected, dead and forgotten.'),
  health: z
    .strictObject({
      maxScore: count.default(8).describe('Most by which a troubled peer stretches its timeouts, plus one.'),
      delayPerPointMs: ms.default(200).describe('Event-loop delay that counts as one point of trouble.'),
    })
    .prefault({})
    .describe('How far a peer that is itself slow mistrusts its judgement of others.'),
  news: z
    .strictObject({
      floorMs: ms
        .default(1000)
        .describe(
          'Between announcements of any kind by one peer. The first goes at once; in a storm what is due is told together, so that the cost to each peer grows with the mesh and not with what happens in it.',
        ),
      offerFloorMs: ms
        .default(2000)
        .describe('Between announcements of a changed offer: 800 peers cost 400 a second at most.'),
      loadFloorMs: ms.default(10_000).describe('Between announcements of the load, a mere hint.'),
      loadSpacingMs: ms
        .default(1000)
        .describe(
          'Between announcements of loads by anyone: the floor of each peer is this times the members, so that loads cost a peer of a large mesh no more than its heartbeats.',
        ),
      loadChange: z.number().positive().default(0.5).describe('Change of work per slot worth announcing.'),
      gatherMs: ms
        .default(100)
        .describe('News of several peers is gathered for so long: a class that ends is one message.'),
      publishers: count
        .default(4)
        .describe(
          'A fate that so many have published is published by no more: one more than confirm a suspicion, else every death would be told by everyone to everyone.',
        ),
      introduceMs: ms
        .default(1000)
        .describe(
          'In a large mesh newcomers are announced by the peer that they came to, those of so long together: else 800 machines that boot within 20 s send every peer 40 announcements a second, each several times.',
        ),
      claimsPerMessage: count.default(8).describe('News that travels along with a ping.'),
      maxClaims: count.default(256).describe('News kept to travel along; the oldest go first.'),
      repeats: z
        .number()
        .positive()
        .default(2)
        .describe('News travels along this many times the logarithm of the mesh.'),
    })
    .prefault({})
    .describe('What is published of offers and fates.'),
  sync: z
    .strictObject({
      floorMs: ms.default(2000).describe('Between exchanges that a peer begins.'),
      settleMs: ms
        .default(1500)
        .describe('After a change, news under way gets so long to mend a difference.'),
      patienceMs: ms
        .default(15_000)
        .describe('Under ceaseless change an exchange is made this often all the same.'),
      timeoutMs: ms.default(5000).describe('One exchange.'),
      helloTimeoutMs: ms
        .default(30_000)
        .describe(
          'One hello. Its answer tells everyone: asking again before it is through would keep a full link full.',
        ),
      maxMessageBytes: count.default(262_144).describe('Largest exchange; at most the limit of the network.'),
      tellAllMembers: count
        .default(64)
        .describe(
          'In a mesh of so many a hello tells all that differs; in a larger one only newcomers: when 800 peers boot at once, nearly every hello would carry everyone.',
        ),
      helloBackoff: backoff(500, 10_000, 'Between tries of the first exchange on a connection.'),
      leaveTimeoutMs: ms.default(500).describe('A leaving peer waits so long for its goodbye to be heard.'),
    })
    .prefault({})
    .describe('How views of the mesh are brought together.'),
  dial: z
    .strictObject({
      timeoutMs: ms.default(5000).describe('One dial, all addresses of the peer.'),
      concurrency: count.default(8).describe('Dials at a time: a handshake costs 17 ms of computing.'),
      backoff: backoff(500, 15_000, 'Between dials of seeds and members.'),
      reunion: backoff(2000, 60_000, 'Between dials of peers that are only remembered.'),
      reunionConcurrency: count.default(2).describe('Dials of remembered peers at a time.'),
      startJitterMs: ms
        .default(200)
        .describe('First dials are spread over this: a class that boots at eight.'),
      yieldMs: ms.default(1500).describe('Of two peers one lets the other dial first, for so long.'),
      fullMesh: count.default(50).describe('Up to so many peers all are connected to all.'),
      degree: count.default(12).describe('In a larger mesh each connects to so many, and as many to it.'),
      idleMs: ms.default(60_000).describe('In a larger mesh unused connections are closed after this.'),
      maxTargets: count
        .default(3000)
        .describe('Places that may be dialled: all members and remembered peers, and some announced ones.'),
      maxSeeds: count.default(64).describe('Seeds kept.'),
      maxAddresses: count.default(16).describe('Addresses tried of one peer.'),
    })
    .prefault({})
    .describe('How connections are made and kept.'),
  book: z
    .strictObject({
      maxPeers: count.default(512).describe('Peers remembered over restarts; the longest unseen go first.'),
      maxAgeMs: ms
        .default(60 * 86_400_000)
        .describe('Forgotten after two months: longer than a summer holiday course.'),
      saveFloorMs: ms
        .default(5000)
        .describe('What is to be remembered is gathered for so long before a write.'),
      saveSpacingMs: ms
        .default(300_000)
        .describe('Between writes of the book: in a large mesh new peers are met all the time.'),
    })
    .prefault({})
    .describe('The book of known peers.'),
  clockWatch: z
    .strictObject({
      checkMs: ms.default(500).describe('How often wall clock and monotonic clock are compared.'),
      jumpMs: ms.default(5000).describe('A difference that means sleep; clock corrections are smaller.'),
      stallMs: ms.default(500).describe('A check this late means that the process did not run.'),
    })
    .prefault({})
    .describe('Noticing that this machine slept.'),
});
