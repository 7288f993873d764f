/** A mistake that somebody could make: one snippet of one file, written differently. */
export interface Mutation {
  readonly name: string;
  /** What goes wrong with it. */
  readonly what: string;
  /** Of the repository. */
  readonly file: string;
  /** Only jobs run through it: in a room without any the mistake changes nothing. */
  readonly jobsAlone?: true;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** The mistakes that the swarm has to find: if it does not, it is the swarm that is broken. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'lost-retry',
    what: 'when the peers of one auction failed, no further one is held',
    file: 'src/maps/placer.ts',
    find: "if (errorCode(error) === 'REQUEST_INVALID') throw error;\n      return undefined;",
    replace: 'throw error;',
  },
  {
    name: 'declined-once',
    what: 'when all peers decline, the client is told so at once instead of asking anew',
    file: 'src/maps/placer.ts',
    find: 'failures.refused(outcome.reason);',
    replace: 'failures.refused(outcome.reason);\n        throw failures.asError(order.drawing);',
  },
  {
    name: 'herd',
    what: 'of all who bid the same one is taken, however busy it is',
    file: 'src/core/policies/bid.ts',
    find: 'return offers.sort((a, b) => a.cost - b.cost);',
    replace: 'return offers.sort((a, b) => (a.bid.peer < b.bid.peer ? -1 : 1));',
  },
  {
    name: 'missing-timeout',
    what: 'a request that nobody can serve is waited for without end',
    file: 'src/maps/request-flights.ts',
    find: '() => flight.abort(this.#tooLate())',
    replace: '() => {}',
  },
  {
    name: 'claim-never-released',
    what: 'the claims of a front door that is gone stay',
    file: 'src/maps/bid-desk.ts',
    find: 'this.#claims.releaseAll(peer);',
    replace: 'void peer;',
  },
  {
    name: 'stale-reservation',
    what: 'a slot that was held for an asker who never came back stays held',
    file: 'src/core/bid.ts',
    find: 'if (held.expiresAtMs > nowMs) return;\n      this.#held.delete(id);',
    replace: 'if (id === "" && held.expiresAtMs > nowMs) return;',
  },
  {
    name: 'no-refutation',
    what: 'a peer that others hold for dead or gone says nothing against it',
    file: 'src/mesh/roster.ts',
    find: 'if (wrong || sequence > this.#own.sequence) this.#refute(claim);',
    replace: 'void wrong;',
  },
  {
    name: 'no-reunion',
    what: 'a lost part of the mesh is never dialled again',
    file: 'src/mesh/dialer.ts',
    find: "return worthATry ? 'wanted' : 'reunion';",
    replace: "return worthATry ? 'wanted' : 'unneeded';",
  },
  {
    name: 'drain-forgotten',
    what: 'a peer that leaves does not finish what it has',
    file: 'src/node/mesh-session.ts',
    find: 'return this.requests.size + this.drawing + this.#projects.awaiting > 0;',
    replace: 'return false;',
  },
  {
    name: 'key-mix-up',
    what: 'the same place of two projects has one name in caches and flights',
    file: 'src/maps/drawing.ts',
    find: 'JSON.stringify([projectHash, engine.name,',
    replace: 'JSON.stringify([projectHash.length, engine.name,',
  },
  {
    name: 'unbounded-queue',
    what: 'however many drawings are on their way, one more is taken',
    file: 'src/maps/flights.ts',
    find: 'return this.#flights.size >= this.#limits.maxFlights;',
    replace: 'return this.#flights.size >= Number.MAX_SAFE_INTEGER;',
  },
  {
    name: 'hedge-without-cancel',
    what: 'whoever was slower draws on for nobody',
    file: 'src/maps/race.ts',
    find: 'if (running.size > 0) attempts.abort(OVERTAKEN);',
    replace: 'void OVERTAKEN;',
  },
  {
    name: 'in-flight-never-cleared',
    what: 'the table of requests at other peers keeps what has ended',
    file: 'src/maps/forwarder.ts',
    find: 'if (rest > 0) this.#inFlight.set(peer, rest);\n      else this.#inFlight.delete(peer);',
    replace: 'if (rest > 0) this.#inFlight.set(peer, rest);',
  },
  {
    name: 'lease-not-renewed',
    what: 'who executes a job never tells its standbys that it still does',
    file: 'src/jobs/lease-renewals.ts',
    jobsAlone: true,
    find: 'clock.now() - this.#renewedMs < options.renewMs / 2',
    replace: 'options.renewMs > 0',
  },
  {
    name: 'takeover-same-epoch',
    what: 'who takes a job over claims the epoch of the attempt before',
    file: 'src/core/jobs/transitions.ts',
    jobsAlone: true,
    find: 'const epoch = status.epoch + 1;',
    replace: 'const epoch = Math.max(1, status.epoch);',
  },
  {
    name: 'results-not-copied',
    what: 'outputs stay with the peer that made them alone',
    file: 'src/node/artifact-outputs.ts',
    jobsAlone: true,
    find: 'this.#artifacts.replicate(id, copies, {',
    replace: 'this.#artifacts.replicate(id, 0 * copies, {',
  },
  {
    name: 'dismissal-lost',
    what: 'who dismisses a job is told so, and nobody else',
    file: 'src/jobs/job-service.ts',
    jobsAlone: true,
    find: 'return await replication.commit(dismissed);',
    replace: 'return { ...(await this.find(id)), status: dismissed };',
  },
  {
    name: 'dismissal-below-success',
    what: 'a success that comes late overrules a dismissal',
    file: 'src/core/jobs/status-record.ts',
    jobsAlone: true,
    find: 'dismissed: 3,',
    replace: 'dismissed: 1.5,',
  },
  {
    name: 'run-twice',
    what: 'what must not be run twice is run again when its peer has died',
    file: 'src/jobs/placement-queue.ts',
    jobsAlone: true,
    find: '!submission.idempotent && status.startedAt',
    replace: 'submission.idempotent === undefined && status.startedAt',
  },
  {
    name: 'no-takeover',
    what: 'nobody claims the jobs of a peer that is gone',
    file: 'src/core/jobs/lease.ts',
    jobsAlone: true,
    find: 'if (claimDueMs(lease, rank, goneMs, this.#options) > nowMs) continue;',
    replace: 'if (claimDueMs(lease, rank, goneMs, this.#options) > 0) continue;',
  },
  {
    name: 'overruled-runs-on',
    what: 'a process goes on computing when its job was dismissed or taken over',
    file: 'src/jobs/attempt.ts',
    jobsAlone: true,
    find: "this.#abort.abort(new GismeshError('CANCELLED', why));",
    replace: 'void why;',
  },
  {
    name: 'copies-not-kept-up',
    what: 'nobody looks whether the copies of a result are still there',
    file: 'src/artifacts/keeper.ts',
    jobsAlone: true,
    find: 'if (copies === 0) continue;',
    replace: 'if (copies >= 0) continue;',
  },
];
