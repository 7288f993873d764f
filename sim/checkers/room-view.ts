import type { Membership } from '../../src/mesh/membership.ts';
import type { JobSession } from '../../src/node/job-session.ts';
import type { MeshSession } from '../../src/node/mesh-session.ts';
import type { Catalogue } from '../../src/projects/project.ts';
import type { Fabric } from '../fabric.ts';
import type { JobPlace } from '../jobs/job-place.ts';
import type { Process } from '../machine.ts';

/** One peer as checkers may look at it. */
export interface PeerView {
  /** Its identity. */
  readonly name: string;
  /** What runs; undefined while no process does. */
  readonly life:
    | {
        readonly process: Process;
        readonly membership: Membership;
        readonly session: MeshSession;
        readonly jobs: JobSession | undefined;
      }
    | undefined;
  /** What its machine has for jobs; undefined in a room without. */
  readonly jobs: Pick<JobPlace, 'statuses' | 'files' | 'slots'> | undefined;
  /** The projects on its disk. */
  readonly catalogue: Pick<Catalogue, 'current' | 'list'>;
}

/** The running room as checkers may look at it. */
export interface RoomView {
  /** By their numbers in faults. */
  readonly peers: readonly PeerView[];
  readonly world: { readonly fabric: Fabric };
}
