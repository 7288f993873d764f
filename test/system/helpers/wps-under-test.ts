import { type PeerProcess, startMesh } from './peer-process.ts';
import { schemaOf, XmlLint } from './xmllint.ts';

export interface WpsAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** WPS of a real peer, whose answers are held against the OGC's schemas. */
export class WpsUnderTest {
  readonly #lint: XmlLint;
  readonly #peer: PeerProcess;

  private constructor(lint: XmlLint, peer: PeerProcess) {
    this.#lint = lint;
    this.#peer = peer;
  }

  static async start(): Promise<WpsUnderTest> {
    const lint = await XmlLint.open();
    const [peer] = (await startMesh(1)) as [PeerProcess];
    return new WpsUnderTest(lint, peer);
  }

  async stop(): Promise<void> {
    await this.#peer.stop();
    await this.#lint.close();
  }

  /** Address of the peer's front door. */
  get url(): string {
    return this.#peer.url;
  }

  /** `request`: key-value pairs as they stand in an address, or what is sent. */
  async ask(request: string | RequestInit): Promise<WpsAnswer> {
    const door = `${this.url}/wps`;
    const response = await (typeof request === 'string' ? fetch(`${door}?${request}`) : fetch(door, request));
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      body: await response.text(),
    };
  }

  /** What is wrong with documents, which have names, each by its own schema; empty when nothing is. */
  async complaints(documents: Readonly<Record<string, string>>, schemaFor = schemaOf): Promise<string[]> {
    const bySchema = Map.groupBy(Object.entries(documents), ([, body]) => schemaFor(body));
    const complaints: string[] = [];
    for (const [schema, named] of bySchema) {
      complaints.push(...(await this.#lint.complaints(Object.fromEntries(named), schema)));
    }
    return complaints;
  }
}

/** A document as it is posted. */
export function posted(body: string, type = 'text/xml'): RequestInit {
  return { method: 'POST', headers: { 'content-type': type }, body };
}
