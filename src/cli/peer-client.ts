import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GismeshError } from '../core/errors.ts';
import { defaultDataFolder } from '../data/data-dir.ts';
import { type RunningPeer, runningPeerAt, runningPeerIn } from '../data/running-peer.ts';
import { UsageError } from './failure.ts';

/** Local answers take milliseconds; joining a mesh or an overloaded machine may take longer. */
const ANSWER_TIMEOUT_MS = 15_000;

/** How a command is told which peer is meant; by default the one of the user's data folder. */
export interface Target {
  readonly data?: string;
  readonly url?: string;
}

/** The front door of a running peer, as a command uses it. */
export class PeerClient {
  /** Without a trailing slash. */
  readonly url: string;
  /** Known when the peer runs on this machine for this user. */
  readonly running: RunningPeer | undefined;
  readonly #token: string | undefined;

  private constructor(url: string, running: RunningPeer | undefined) {
    this.url = url.replace(/\/+$/, '');
    this.running = running;
    this.#token = running?.token;
  }

  /** Finds the peer. Rejects `NO_PEER_RUNNING` when none runs in the data folder. */
  static async find(target: Target): Promise<PeerClient> {
    if (target.url !== undefined) {
      const url = parseUrl(target.url);
      return new PeerClient(url.href, isLoopback(url) ? await runningPeerAt(url.href) : undefined);
    }
    const data = path.resolve(target.data ?? defaultDataFolder());
    const running = await runningPeerIn(data);
    if (!running) throw noPeer(`in ${data}`);
    return new PeerClient(running.url, running);
  }

  async get<T>(resource: string): Promise<T> {
    return (await this.#request('GET', resource)) as T;
  }

  /** A page of a list, and how many there are in all. */
  async list<T>(resource: string): Promise<{ items: T[]; total: number }> {
    const { answer, headers } = await this.#answer('GET', resource);
    return { items: answer as T[], total: Number(headers.get('x-total-count') ?? 0) };
  }

  async post<T>(resource: string, body: object = {}): Promise<T> {
    if (!this.#token) {
      const reason =
        'its control token is not known: run this as the user, and on the machine, that started it';
      throw new GismeshError('NO_PEER_RUNNING', `no peer of yours runs at ${this.url}, or ${reason}`);
    }
    return (await this.#request('POST', resource, JSON.stringify(body))) as T;
  }

  /** What everybody may do, such as submitting a job. */
  async send<T>(
    method: 'POST' | 'DELETE',
    resource: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    return (await this.#request(method, resource, body, headers)) as T;
  }

  /** Saves a file of any size; it has its name once it is whole. */
  async save(resource: string, file: string): Promise<void> {
    const response = await this.#fetch(resource, {});
    if (!response.ok) throw failureOf(parseJson(await response.text())) ?? noPeer(`at ${this.url}`);
    const part = `${file}.part`;
    try {
      await pipeline(response.body ?? [], createWriteStream(part));
      await rename(part, file);
    } catch (cause) {
      await rm(part, { force: true });
      const message = `${file} could not be saved (${(cause as Error).message}): try again, or at another peer`;
      throw new GismeshError('NETWORK_CLOSED', message, { cause });
    }
  }

  async #request(
    method: string,
    resource: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    return (await this.#answer(method, resource, body, headers)).answer;
  }

  async #answer(
    method: string,
    resource: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ answer: unknown; headers: Headers }> {
    const response = await this.#fetch(resource, {
      method,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body } : {}),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const answer = parseJson(await response.text());
    if (response.ok && answer !== undefined) return { answer, headers: response.headers };
    throw failureOf(answer) ?? noPeer(`at ${this.url} (something else answers there: ${response.status})`);
  }

  async #fetch(resource: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${resource}`, init);
    } catch (cause) {
      if ((cause as Error).name === 'TimeoutError') {
        throw new GismeshError('DEADLINE_EXCEEDED', `the peer at ${this.url} did not answer in time`, {
          cause,
        });
      }
      throw noPeer(`at ${this.url}`, cause);
    }
  }
}

/** An error that the peer tells, as `{ code, message }` or by RFC 7807. */
function failureOf(answer: unknown): GismeshError | undefined {
  const { code, message, detail } = (answer ?? {}) as { code?: string; message?: string; detail?: string };
  const text = message || detail;
  return text ? new GismeshError((code ?? 'INTERNAL') as GismeshError['code'], text) : undefined;
}

function parseUrl(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--url: "${text}" is not an HTTP address`);
  return url;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noPeer(where: string, cause?: unknown): GismeshError {
  return new GismeshError('NO_PEER_RUNNING', `no peer is running ${where}: start one with "gismesh start"`, {
    cause,
  });
}
