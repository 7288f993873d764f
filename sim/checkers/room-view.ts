import type { Engine } from '../../src/engines/engine.ts';
import type { Membership } from '../../src/mesh/membership.ts';
import type { JobSession } from '../../src/node/job-session.ts';
import type { MeshSession } from '../../src/node/mesh-session.ts';
import type { Catalogue } from '../../src/projects/project.ts';
import type { Condition } from '../engine/condition.ts';
import type { Work } from '../engine/work.ts';
import type { Fabric } from '../fabric.ts';
import type { JobPlace } from '../jobs/job-place.ts';
import type { Process } from '../machine.ts';
import type { Projects } from '../projects.ts';

/** One peer as checkers may look at it. */
export interface PeerView {
  /** Its identity. */
  readonly name: string;
  /** What runs; undefined while no process does. */
  readonly life:
    | {
        readonly process: Process;
        readonly engine: Pick<Engine, 'load'>;
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
  /** Their machines. */
  readonly seats: readonly { readonly condition: Condition }[];
  readonly projects: Pick<Projects, 'numberOf'>;
  readonly work: Pick<Work, 'projectMs'>;
  readonly world: { readonly fabric: Fabric };
}
