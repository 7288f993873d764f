import { GismeshError } from '../src/core/errors.ts';
import type { PeerId } from '../src/platform/network.ts';
import { Connection, type ConnectionEnd } from './connection.ts';
import type { Fabric } from './fabric.ts';

/** One side of a handshake: a process with a network. */
export interface Party<Self extends ConnectionEnd> extends ConnectionEnd {
  /** Peers whose `mesh` differs refuse each other. */
  readonly mesh: string;
  readonly isStarted: boolean;
  isConnected(peer: PeerId): boolean;
  /** A connection has been made; both sides are told. */
  opened(peer: PeerId, connection: Connection<Self>): void;
  /** This side's end of a connection has closed. */
  closed(connection: Connection<Self>): void;
}

/** A dial; its caller may have given up meanwhile. */
interface Attempt {
  readonly givenUp: boolean;
}

interface Outcome {
  resolve(peer: PeerId): void;
  reject(error: Error): void;
}

/** Dials from `here` to who listens `there`: a knock, an answer, the handshake, a welcome. */
export function shakeHands<Self extends Party<Self>>(
  fabric: Fabric,
  here: Self,
  there: Self,
  expected: PeerId | undefined,
  attempt: Attempt,
  { resolve, reject }: Outcome,
): void {
  const to = (arrive: () => void) =>
    fabric.datagram(here.self, there.self, () => there.clock.deliver(arrive));
  const back = (arrive: () => void) =>
    fabric.datagram(there.self, here.self, () => here.clock.deliver(arrive));
  const { time, options } = fabric;
  to(() => {
    fabric.report(here.self, there.self, 'knock', 0);
    back(() => {
      if (expected !== undefined && expected !== there.self) reject(refused(`${expected} is not there`));
      else if (here.mesh !== there.mesh) reject(refused('the peer there belongs to another mesh'));
      else if (here.isConnected(there.self)) resolve(there.self);
      else if (!attempt.givenUp) {
        time.at(time.nowMs + options.handshakeMs, () =>
          to(() => welcome(fabric, there, here, attempt, () => resolve(there.self))),
        );
      }
    });
  });
}

/** Runs at the listening side; `from` learns of the connection before anything else comes over it. */
function welcome<Self extends Party<Self>>(
  fabric: Fabric,
  here: Self,
  from: Self,
  attempt: Attempt,
  established: () => void,
): void {
  if (!here.isStarted) return;
  const connection = new Connection<Self>(fabric, from, here, (end) => end.closed(connection));
  connection.send(here, 0, 'connected', () => {
    if (!from.isStarted || attempt.givenUp) connection.close(from);
    else from.opened(here.self, connection);
    established();
  });
  here.opened(from.self, connection);
}

/**
 * Dials where nobody listens: the machine there says so, as long as it has power and can be reached. Without a machine the
 * own network says so.
 */
export function knockInVain(
  fabric: Fabric,
  here: ConnectionEnd,
  machine: PeerId | undefined,
  where: string,
  reject: (error: Error) => void,
): void {
  const there = machine ?? here.self;
  const refuse = () =>
    reject(new GismeshError('NETWORK_UNREACHABLE', `nobody listens at ${where || 'no address'}`));
  fabric.datagram(here.self, there, () =>
    fabric.datagram(there, here.self, () => here.clock.deliver(refuse)),
  );
}

export function refused(message: string): GismeshError {
  return new GismeshError('NETWORK_REFUSED', message);
}
