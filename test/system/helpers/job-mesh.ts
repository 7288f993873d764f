import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { invitationOf, PeerProcess, until } from './peer-process.ts';

const LOCAL = ['--no-mdns', '--listen', '127.0.0.1:0'];

/** Many peers of one machine that each ask QGIS for its algorithms leave nothing of it for jobs. */
const CONFIG = { processes: { qgis: { enabled: false } } };

/** A job as `/api/jobs` tells of it. */
export interface JobReport {
  readonly id: string;
  readonly state: string;
  readonly process: string;
  readonly progress: number;
  readonly message: string;
  readonly submitter: string;
  readonly node: string;
  readonly epoch: number;
  readonly attempts: ReadonlyArray<{
    readonly epoch: number;
    readonly owner: string;
    readonly reason?: string;
  }>;
  readonly startedAt?: number;
  readonly updatedAt: number;
}

/** One place in a mesh: a data folder, and the process that runs on it or does not. */
export interface Seat {
  readonly name: string;
  readonly data: string;
  peer: PeerProcess | undefined;
}

/** Real peers of one mesh with data folders of their own, to be killed and started again. */
export class JobMesh {
  readonly seats: readonly Seat[];
  readonly #folder: string;
  readonly #args: readonly string[];
  #invitation = '';

  private constructor(folder: string, count: number, args: readonly string[]) {
    this.#folder = folder;
    this.#args = args;
    this.seats = Array.from({ length: count }, (_, at) => ({
      name: `peer-${at + 1}`,
      data: path.join(folder, `peer-${at + 1}`),
      peer: undefined,
    }));
  }

  /** `args`: further words for every `gismesh start`. */
  static async start(count: number, args: readonly string[] = []): Promise<JobMesh> {
    const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-jobs-'));
    const config = path.join(folder, 'config.yaml');
    await writeFile(config, JSON.stringify(CONFIG));
    const mesh = new JobMesh(folder, count, ['--config', config, ...args]);
    try {
      const [first, ...others] = mesh.seats as [Seat, ...Seat[]];
      await mesh.boot(first);
      mesh.#invitation = await invitationOf(first.peer as PeerProcess);
      await Promise.all(others.map((seat) => mesh.boot(seat)));
      await mesh.whole();
      return mesh;
    } catch (error) {
      await mesh.stop();
      throw error;
    }
  }

  /** Starts a seat's peer, again on what its folder holds. */
  async boot(seat: Seat): Promise<PeerProcess> {
    const join = this.#invitation === '' ? [] : ['--join', this.#invitation];
    const args = [...LOCAL, '--name', seat.name, ...join, ...this.#args];
    seat.peer = await PeerProcess.start({ data: seat.data, args });
    return seat.peer;
  }

  /** Ends a seat's peer with SIGKILL; resolves when its process is gone. */
  async kill(seat: Seat): Promise<void> {
    const { peer } = seat;
    seat.peer = undefined;
    peer?.kill('SIGKILL');
    await peer?.exited();
  }

  get living(): PeerProcess[] {
    return this.seats.flatMap(({ peer }) => peer ?? []);
  }

  seatOf(peerId: string): Seat | undefined {
    return this.seats.find(({ peer }) => peer?.ready.peerId === peerId);
  }

  /** Until every living peer sees all of them. */
  async whole(withinMs = 60_000): Promise<void> {
    const { living } = this;
    await Promise.all(
      living.map((peer) =>
        until(
          async () => {
            const all = await peer.json<Array<{ state: string; load: { slots: number } }>>('/api/peers');
            return (
              all.filter(({ state, load }) => state === 'alive' && load.slots > 0).length === living.length
            );
          },
          `${living.length} peers as seen from ${peer.url}`,
          withinMs,
        ),
      ),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.living.map((peer) => peer.stop()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What a peer says when a job is submitted to it. */
export interface Submitted {
  readonly id: string;
  /** Other peers that hold it, as the answer's header says. */
  readonly copies: number;
}

/** Submits an asynchronous `echo` by OGC API - Processes. Rejects when it is not accepted. */
export async function submitEcho(
  peer: PeerProcess,
  { string, pause }: { readonly string: string; readonly pause: number },
): Promise<Submitted> {
  const response = await fetch(`${peer.url}/ogcapi/processes/echo/execution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'respond-async' },
    body: JSON.stringify({ inputs: { string, pause } }),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`not accepted: ${response.status} ${text.slice(0, 300)}`);
  const id = response.headers.get('x-gismesh-job') as string;
  return { id, copies: Number(response.headers.get('x-gismesh-copies')) };
}

export function jobAt(peer: PeerProcess, id: string): Promise<JobReport> {
  return peer.json<JobReport>(`/api/jobs/${id}`);
}

/**
 * The one value that an `echo` gave, read at a peer. It is given as it is, as was asked for: so the request was found as
 * well. Rejects with what the peer says instead.
 */
export async function resultAt(peer: PeerProcess, id: string): Promise<string> {
  const response = await fetch(`${peer.url}/ogcapi/jobs/${id}/results`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text.slice(0, 300)}`);
  return text;
}

export function isEnded({ state }: Pick<JobReport, 'state'>): boolean {
  return state === 'successful' || state === 'failed' || state === 'dismissed';
}
