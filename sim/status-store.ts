import { GismeshError } from '../src/core/errors.ts';
import type { IndexEntry } from '../src/core/jobs/status-index.ts';
import {
  comparator,
  matches,
  type PageRequest,
  type StatusFilter,
  type StatusSort,
} from '../src/core/jobs/status-query.ts';
import { mergeRecords, type StatusRecord } from '../src/core/jobs/status-record.ts';
import type { StatusPage, StatusStore, StoredRecord } from '../src/jobs/status-store.ts';
import type { StatusWrite } from '../src/jobs/wire.ts';
import { type Clock, sleep } from '../src/platform/clock.ts';
import type { SeededRandom } from './random.ts';

interface Content {
  readonly records: Map<string, StatusRecord>;
  readonly requests: Map<string, Uint8Array>;
  seenMs: number;
}

const READ_MS = 0.05;
const WRITE_MS = 0.1;
const SYNC_MS = 3;
/** Commits after which the log is written back, and thereby synced, as SQLite does now and then. */
const CHECKPOINT_COMMITS = 1000;

/** What stays of a machine's statuses when its processes die: a write-ahead log whose end a loss of power takes. */
export class SimulatedStatusDisk {
  readonly random: SeededRandom;
  /** Somebody else has filled it: nothing more can be written. */
  full = false;
  readonly content: Content = { records: new Map(), requests: new Map(), seenMs: 0 };
  /** How to take back each commit since the last sync, oldest first. */
  #undo: Array<() => void> = [];
  #wiped: () => void = () => {};
  readonly #onChanged: (record: StatusRecord) => void;

  /** @param onChanged hears of each record that changes, as it is then */
  constructor(random: SeededRandom, onChanged: (record: StatusRecord) => void = () => {}) {
    this.random = random;
    this.#onChanged = onChanged;
  }

  /** Runs one transaction, given what it may change: records and requests by id, undefined to remove them. */
  commit(change: (transaction: Transaction) => void, durable: boolean): void {
    if (this.full) throw new GismeshError('DATA_DIR_UNUSABLE', 'the disk is full');
    const transaction = new Transaction(this.content);
    change(transaction);
    this.#undo.push(() => transaction.takeBack());
    if (durable || this.#undo.length >= CHECKPOINT_COMMITS) this.#undo = [];
  }

  /** All that was committed is on the disk for certain. */
  sync(): void {
    this.#undo = [];
  }

  changed(records: readonly StatusRecord[]): void {
    for (const record of records) this.#onChanged(record);
  }

  /** The power fails: the log ends after any commit from the last sync on. */
  losePower(): void {
    const lost = Math.floor(this.random.next() * (this.#undo.length + 1));
    for (let i = 0; i < lost; i += 1) this.#undo.pop()?.();
    this.#undo = [];
  }

  /** The disk is replaced by a new one, or its content damaged, also while a process runs. */
  wipe(): void {
    this.content.records.clear();
    this.content.requests.clear();
    this.content.seenMs = 0;
    this.#undo = [];
    this.#wiped();
  }

  /** Tells the process that runs, if any. */
  onWiped(listener: () => void): void {
    this.#wiped = listener;
  }
}

class Transaction {
  readonly #content: Content;
  readonly #before: Array<() => void> = [];

  constructor(content: Content) {
    this.#content = content;
  }

  setRecord(id: string, record: StatusRecord | undefined): void {
    this.#set(this.#content.records, id, record);
  }

  setRequest(id: string, request: Uint8Array | undefined): void {
    this.#set(this.#content.requests, id, request);
  }

  setSeen(ms: number): void {
    const before = this.#content.seenMs;
    this.#before.push(() => {
      this.#content.seenMs = before;
    });
    this.#content.seenMs = ms;
  }

  takeBack(): void {
    for (const restore of this.#before.reverse()) restore();
  }

  #set<T>(map: Map<string, T>, id: string, value: T | undefined): void {
    const before = map.get(id);
    this.#before.push(() => put(map, id, before));
    put(map, id, value);
  }
}

function put<T>(map: Map<string, T>, id: string, value: T | undefined): void {
  if (value === undefined) map.delete(id);
  else map.set(id, value);
}

/** `StatusStore` of one simulated process on its machine's disk. */
export class SimulatedStatusStore implements StatusStore {
  readonly #disk: SimulatedStatusDisk;
  readonly #clock: Clock;
  #closed = false;

  constructor(disk: SimulatedStatusDisk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  async put(writes: readonly StatusWrite[], options: { durable?: boolean } = {}): Promise<StatusRecord[]> {
    const durable = options.durable ?? false;
    await this.#wait(WRITE_MS + (durable ? this.#disk.random.exponential(SYNC_MS) : 0));
    const changed: StatusRecord[] = [];
    const { records, requests } = this.#disk.content;
    this.#disk.commit((transaction) => {
      for (const { record, request } of writes) {
        const { id } = record.status;
        const held = records.get(id);
        const merged = held ? mergeRecords(held, record) : record;
        if (merged !== held) changed.push(merged);
        if (merged !== held) transaction.setRecord(id, merged);
        if (request && !requests.has(id)) transaction.setRequest(id, request);
      }
    }, durable);
    this.#disk.changed(changed);
    return changed;
  }

  mark(): () => Promise<void> {
    return async () => {
      await this.#wait(this.#disk.random.exponential(SYNC_MS));
      this.#disk.sync();
    };
  }

  async get(id: string): Promise<StatusRecord | undefined> {
    await this.#wait(READ_MS);
    return this.#disk.content.records.get(id);
  }

  async getAll(ids: readonly string[]): Promise<StoredRecord[]> {
    await this.#wait(READ_MS);
    const held = ids.flatMap((id) => this.#disk.content.records.get(id) ?? []);
    return held.map(({ body, expiresAt }) => ({ body, expiresAt }));
  }

  async request(id: string): Promise<Uint8Array | undefined> {
    await this.#wait(READ_MS);
    return this.#disk.content.requests.get(id);
  }

  async list(filter: StatusFilter, sort: StatusSort, page: PageRequest): Promise<StatusPage> {
    await this.#wait(READ_MS);
    const compare = comparator(sort);
    const found = this.#matching(filter).sort((a, b) => compare(a.status, b.status));
    return { total: found.length, records: found.slice(page.offset, page.offset + page.limit) };
  }

  async remove(filter: StatusFilter): Promise<string[]> {
    await this.#wait(WRITE_MS);
    const ids = this.#matching(filter).map(({ status }) => status.id);
    this.#disk.commit((transaction) => {
      for (const id of ids) {
        transaction.setRecord(id, undefined);
        transaction.setRequest(id, undefined);
      }
    }, false);
    return ids;
  }

  async entries(): Promise<Iterable<readonly [string, IndexEntry]>> {
    await this.#wait(READ_MS);
    return [...this.#disk.content.records].map(([id, record]) => [id, record] as const);
  }

  async lastSeen(): Promise<number> {
    await this.#wait(READ_MS);
    return this.#disk.content.seenMs;
  }

  async markSeen(wallMs: number): Promise<void> {
    await this.#wait(WRITE_MS);
    this.#disk.commit((transaction) => transaction.setSeen(wallMs), false);
  }

  onLost(listener: () => void): void {
    this.#disk.onWiped(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #matching(filter: StatusFilter): StatusRecord[] {
    return [...this.#disk.content.records.values()].filter(({ status, expiresAt }) =>
      matches(status, expiresAt, filter),
    );
  }

  async #wait(ms: number): Promise<void> {
    if (this.#closed) throw new GismeshError('CANCELLED', 'this peer is stopping');
    await sleep(this.#clock, ms);
  }
}
