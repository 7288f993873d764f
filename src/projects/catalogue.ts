import path from 'node:path';
import { errorCode } from '../core/errors.ts';
import type { Engine } from '../engines/engine.ts';
import { type Clock, sleep, type Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { type BundleLimits, type BundleListing, listBundle } from './bundle-files.ts';
import { BundleChangedError } from './bundle-hash.ts';
import { type Discovery, discover, type ProjectFolder } from './discover.ts';
import { FolderWatch } from './folder-watch.ts';
import { HeldBundles, type HeldBundlesOptions } from './held-bundles.ts';
import type { Catalogue, CatalogueChange, ProjectBundle } from './project.ts';
import { type OpenOptions, ProjectOpener } from './project-opener.ts';
import { type SnapshotOptions, SnapshotStore } from './snapshot-store.ts';
import { TrackedProject, type TrackingOptions } from './tracked-project.ts';

export interface CatalogueOptions
  extends BundleLimits,
    TrackingOptions,
    SnapshotOptions,
    HeldBundlesOptions,
    OpenOptions {
  readonly maxProjects: number;
  /** Time between looks at the folders where no hint comes. */
  readonly pollMs: number;
  /** Looking may take this share of the time at most; large folders are looked at less often. */
  readonly pollShare: number;
  /** Events within this time are one. */
  readonly debounceMs: number;
  /** How long a project must be gone before it is taken away: a folder may be replaced. */
  readonly removeAfterMs: number;
  /** Folders watched for events; others are only looked at. */
  readonly maxWatchedFolders: number;
}

/**
 * Finds projects in folders, and follows them as they change.
 *
 * A changed folder is left alone until it is quiet, copied as it is (`SnapshotStore`), checked, and drawn from
 * once; only then does the copy take the place of the version before, at one moment. A version that fails on
 * this way is reported, and the one before goes on serving.
 */
export class ProjectCatalogue implements Catalogue {
  readonly #roots: readonly string[];
  readonly #engines: Readonly<Record<string, Engine>>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: CatalogueOptions;
  readonly #store: SnapshotStore;
  readonly #opener: ProjectOpener;
  readonly #held: HeldBundles;
  readonly #watch: FolderWatch;
  readonly #listeners: Array<(change: CatalogueChange) => void> = [];
  readonly #tracked = new Map<string, TrackedProject>();
  /** Where each held project was found. */
  readonly #folders = new Map<string, string>();
  readonly #missingSince = new Map<string, number>();
  #unreadable = new Set<string>();
  #timer: Timer | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;
  #round: Promise<void> | undefined;
  #lookedMs = 0;
  #waiting = false;
  #isStarting = true;
  #stopped = false;

  /**
   * @param parts.roots folders of project folders, or project folders; an earlier one goes before a later
   * @param parts.snapshotFolder for the frozen copies; belongs to this catalogue alone
   * @param parts.engines by the name that `project.yaml` gives; `mapnik` is the default
   */
  constructor(parts: {
    readonly roots: readonly string[];
    readonly snapshotFolder: string;
    readonly engines: Readonly<Record<string, Engine>>;
    readonly clock: Clock;
    readonly log: Log;
    readonly options: CatalogueOptions;
  }) {
    const { clock, engines, options } = parts;
    this.#roots = parts.roots.map((root) => path.resolve(root));
    this.#engines = engines;
    this.#clock = clock;
    this.#log = parts.log;
    this.#options = options;
    this.#store = new SnapshotStore({
      folder: parts.snapshotFolder,
      clock,
      options,
    });
    this.#opener = new ProjectOpener({ engines, clock, options });
    this.#held = new HeldBundles({ clock, options, onGone: (bundle) => this.#onGone(bundle) });
    this.#watch = new FolderWatch(options.maxWatchedFolders, () => this.#wake(options.debounceMs));
  }

  /** Resolves when every project found at first is either served or refused, or is being written to. */
  async start(): Promise<void> {
    await this.#store.open();
    await this.#look();
    if (this.#waiting && !this.#stopped) {
      await sleep(this.#clock, this.#options.quietMs);
      await this.#look();
    }
    this.#isStarting = false;
  }

  /** Finishes the step being done, and forgets nothing on the disk. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#watch.close();
    this.#held.stop();
    await this.#round;
  }

  current(id: string): ProjectBundle | undefined {
    return this.#held.current(id);
  }

  byHash(hash: string): ProjectBundle | undefined {
    return this.#held.byHash(hash);
  }

  list(): ProjectBundle[] {
    return this.#held.list();
  }

  hold(hash: string): (() => void) | undefined {
    return this.#held.hold(hash);
  }

  on(listener: (change: CatalogueChange) => void): void {
    this.#listeners.push(listener);
  }

  /** One look at all folders at a time; the next one is due by hint or by time. */
  #look(): Promise<void> {
    this.#round ??= this.#lookOnce()
      .catch((error: unknown) => this.#log.error({ err: error }, 'Looking for projects failed'))
      .finally(() => {
        this.#round = undefined;
        this.#wake(Math.max(this.#options.pollMs, this.#lookedMs / this.#options.pollShare));
      });
    return this.#round;
  }

  #wake(delayMs: number): void {
    const at = this.#clock.now() + delayMs;
    if (this.#stopped || at >= this.#wakesAt) return;
    this.#timer?.cancel();
    this.#wakesAt = at;
    this.#timer = this.#clock.after(delayMs, () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      // A hint during a look may be of what was looked at already: look again after it.
      if (this.#round) this.#wake(this.#options.debounceMs);
      else void this.#look();
    });
  }

  async #lookOnce(): Promise<void> {
    this.#lookedMs = 0;
    this.#waiting = false;
    const found = await this.#timed(discover(this.#roots, this.#options.maxProjects));
    const folders = new Set(found.places);
    for (const project of found.projects) {
      if (this.#stopped) return;
      for (const folder of await this.#visit(project)) folders.add(folder);
    }
    this.#removeMissing(found);
    this.#tellUnreadable(found);
    if (this.#stopped) return;
    this.#watch.update(folders);
    await this.#store.collect(this.#held.hashes());
  }

  /** Returns the folders of the project, to be watched. */
  async #visit(project: ProjectFolder): Promise<readonly string[]> {
    const tracked = this.#trackedAt(project.folder);
    if (project.refusal !== undefined) {
      this.#refuse(tracked, project.id, project.refusal);
      return [];
    }
    try {
      const listing = await this.#timed(listBundle(project.folder, this.#options));
      await this.#follow(tracked, project, listing);
      return listing.folders;
    } catch (error) {
      // The folder went away, which is for the next look to find, or cannot be a bundle.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#refuse(tracked, project.id, messageOf(error));
      return [];
    }
  }

  async #follow(tracked: TrackedProject, project: ProjectFolder, listing: BundleListing): Promise<void> {
    const longQuiet = this.#isStarting && this.#isLongQuiet(listing);
    const verdict = tracked.consider(listing, this.#clock.now(), longQuiet);
    if (verdict.kind === 'ready') await this.#renew(tracked, project, listing);
    if (verdict.kind !== 'wait') return;
    this.#waiting = true;
    this.#wake(verdict.waitMs);
    if (verdict.isRestless) {
      const { quietMs } = this.#options;
      this.#refuse(
        tracked,
        project.id,
        `its files keep changing; it is read once they rest for ${quietMs} ms`,
      );
    }
  }

  async #renew(
    tracked: TrackedProject,
    { id, folder }: ProjectFolder,
    listing: BundleListing,
  ): Promise<void> {
    try {
      const snapshot = await this.#store.freeze(folder, listing);
      if (this.#held.current(id)?.description.hash !== snapshot.hash) {
        const bundle = await this.#opener.open(id, snapshot);
        if (this.#stopped) return;
        const kind = this.#held.put(bundle) === undefined ? 'added' : 'changed';
        this.#tell({ kind, bundle });
        this.#log.info({ project: id, hash: snapshot.hash }, `Project ${kind}`);
      } else if (tracked.complaint !== '') {
        this.#tell({ kind: 'changed', bundle: this.#held.current(id)! });
      }
      this.#folders.set(id, folder);
      tracked.settle(listing);
      tracked.complaint = '';
    } catch (error) {
      if (!this.#stopped) this.#onFailure(tracked, id, listing, error);
    }
  }

  #onFailure(tracked: TrackedProject, id: string, listing: BundleListing, error: unknown): void {
    const now = this.#clock.now();
    if (error instanceof BundleChangedError) {
      tracked.disturb(now);
      this.#waiting = true;
      this.#wake(this.#options.quietMs);
      return;
    }
    if (errorCode(error) === 'PROJECT_INVALID') {
      tracked.settle(listing);
    } else {
      const retryMs = tracked.fail(listing, now);
      if (retryMs !== undefined) this.#wake(retryMs);
    }
    this.#refuse(tracked, id, messageOf(error));
  }

  #refuse(tracked: TrackedProject, id: string, reason: string): void {
    if (tracked.complaint === reason) return;
    tracked.complaint = reason;
    const goesOn = this.#held.current(id) !== undefined;
    this.#log.warn({ project: id, reason, goesOn }, 'A project cannot be served as it is');
    this.#tell({ kind: 'refused', id, reason });
  }

  #removeMissing(found: Discovery): void {
    const ids = new Set(found.projects.filter(({ refusal }) => refusal === undefined).map(({ id }) => id));
    const now = this.#clock.now();
    for (const { description } of this.#held.list()) {
      const { id } = description;
      if (ids.has(id) || this.#isOutOfSight(id, found)) {
        this.#missingSince.delete(id);
        continue;
      }
      const since = this.#missingSince.get(id) ?? now;
      this.#missingSince.set(id, since);
      const leftMs = since + this.#options.removeAfterMs - now;
      if (leftMs > 0) this.#wake(leftMs);
      else this.#remove(id);
    }
    const folders = new Set(found.projects.map(({ folder }) => folder));
    for (const folder of this.#tracked.keys()) if (!folders.has(folder)) this.#tracked.delete(folder);
  }

  #remove(id: string): void {
    this.#missingSince.delete(id);
    this.#folders.delete(id);
    this.#held.remove(id);
    this.#log.info({ project: id }, 'Project removed');
    this.#tell({ kind: 'removed', id });
  }

  /** A file server that does not answer has not removed its projects. */
  #isOutOfSight(id: string, { unreadable }: Discovery): boolean {
    const folder = this.#folders.get(id);
    if (folder === undefined) return false;
    const error = unreadable.get(folder) ?? unreadable.get(path.dirname(folder));
    return error !== undefined && error.code !== 'ENOENT';
  }

  #tellUnreadable({ unreadable }: Discovery): void {
    for (const [folder, error] of unreadable) {
      if (!this.#unreadable.has(folder)) this.#log.warn({ folder, err: error }, 'A folder cannot be read');
    }
    this.#unreadable = new Set(unreadable.keys());
  }

  #trackedAt(folder: string): TrackedProject {
    const tracked = this.#tracked.get(folder) ?? new TrackedProject(this.#options);
    this.#tracked.set(folder, tracked);
    return tracked;
  }

  /** The files' times come from the file system's clock, so they are trusted for long pauses only. */
  #isLongQuiet({ files }: BundleListing): boolean {
    const newest = files.reduce((latest, { changedAt }) => Math.max(latest, changedAt), 0);
    return newest < this.#clock.wallTime() - this.#options.quietMs;
  }

  #onGone({ description }: ProjectBundle): void {
    const unloaded = this.#engines[description.engine]?.unload(description.hash);
    unloaded?.catch((error: unknown) => this.#log.warn({ err: error }, 'A project could not be closed'));
  }

  #tell(change: CatalogueChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  async #timed<T>(work: Promise<T>): Promise<T> {
    const startedAt = this.#clock.now();
    try {
      return await work;
    } finally {
      this.#lookedMs += this.#clock.now() - startedAt;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
