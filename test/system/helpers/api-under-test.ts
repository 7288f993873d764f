import type { ExecutionContext } from 'ava';
import { ApiSchemas } from './api-schemas.ts';
import { type PeerProcess, startMesh, until } from './peer-process.ts';

/** Types of exceptions, and relations of links. */
export const TYPES = 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0';
export const REL = 'http://www.opengis.net/def/rel/ogc/1.0';

// biome-ignore lint/suspicious/noExplicitAny: documents are judged by their schemas
export type Json = any;

export interface Execution {
  readonly inputs?: object;
  readonly outputs?: object;
  readonly response?: 'raw' | 'document';
  readonly subscriber?: object;
}

/** OGC API - Processes of a real peer, whose answers are held against the standard's schemas. */
export class ApiUnderTest {
  readonly schemas: ApiSchemas;
  readonly #peer: PeerProcess;

  private constructor(schemas: ApiSchemas, peer: PeerProcess) {
    this.schemas = schemas;
    this.#peer = peer;
  }

  static async start(): Promise<ApiUnderTest> {
    const schemas = await ApiSchemas.load();
    const [peer] = (await startMesh(1)) as [PeerProcess];
    return new ApiUnderTest(schemas, peer);
  }

  stop(): Promise<void> {
    return this.#peer.stop();
  }

  /** `path` within the API, or a whole address. */
  call(path: string, init: RequestInit = {}): Promise<Response> {
    const url = path.startsWith('http') ? path : `${this.#peer.url}/ogcapi${path}`;
    return fetch(url, { ...init, headers: { accept: 'application/json', ...init.headers } });
  }

  /** A document with the status and the schema that are expected. */
  async document(t: ExecutionContext, response: Response, schema: string, status = 200): Promise<Json> {
    const text = await response.text();
    t.is(response.status, status, text.slice(0, 500));
    t.is(response.headers.get('content-type'), 'application/json');
    const json = JSON.parse(text);
    t.is(this.schemas.complaint(schema, json), '', schema);
    return json;
  }

  async get(t: ExecutionContext, path: string, schema: string, status = 200): Promise<Json> {
    return await this.document(t, await this.call(path), schema, status);
  }

  async execute(body: Execution, prefer?: string): Promise<Response> {
    return await this.call('/processes/echo/execution', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(prefer === undefined ? {} : { prefer }) },
      body: JSON.stringify(body),
    });
  }

  /** The status of a job that was executed asynchronously, when it has ended. */
  async ended(t: ExecutionContext, body: Execution): Promise<Json> {
    const created = await this.execute(body, 'respond-async');
    const { jobID } = await this.document(t, created, 'statusInfo', 201);
    let status: Json;
    await until(async () => {
      status = await (await this.call(`/jobs/${jobID}`)).json();
      return !['accepted', 'running'].includes(status.status);
    }, `job ${jobID} to end`);
    return status;
  }

  /** The results of a job that was executed asynchronously, by the link of its status. */
  async results(t: ExecutionContext, body: Execution): Promise<Response> {
    const status = await this.ended(t, body);
    t.is(status.status, 'successful', status.message);
    const link = status.links.find(({ rel }: Json) => rel === `${REL}/results`);
    return await this.call(link.href);
  }
}
