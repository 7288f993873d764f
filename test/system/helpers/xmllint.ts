import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const SCHEMAS = path.resolve(import.meta.dirname, '../../../../shared/schemas/ogc');

/** The OGC's schemas that answers of geoprocessing follow. */
export const SCHEMA = {
  wps1: 'wps/1.0.0/wpsAll.xsd',
  wps2: 'wps/2.0/wps.xsd',
  ows1: 'ows/1.1.0/owsAll.xsd',
  ows2: 'ows/2.0/owsAll.xsd',
} as const;

/** Holds documents against the OGC's schemas, many at a time: reading a schema takes longer than a document. */
export class XmlLint {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<XmlLint> {
    await access(SCHEMAS).catch((cause) => {
      throw new Error(`the OGC's schemas are not at ${SCHEMAS}: they are needed to judge answers by`, {
        cause,
      });
    });
    return new XmlLint(await mkdtemp(path.join(tmpdir(), 'gismesh-xmllint-')));
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** What is wrong with the documents, which have names; none are left out. Empty when nothing is. */
  async complaints(documents: Readonly<Record<string, string>>, schema: string): Promise<string[]> {
    const folder = await mkdtemp(path.join(this.#folder, 'documents-'));
    const files = Object.entries(documents).map(([name, body], index) => {
      const file = path.join(folder, `${index}-${name.replaceAll(/\W+/g, '-').slice(0, 100)}.xml`);
      return { file, body };
    });
    if (files.length === 0) throw new Error('there is no document to be judged');
    await Promise.all(files.map(({ file, body }) => writeFile(file, body)));
    const words = [
      '--nonet',
      '--noout',
      '--schema',
      path.join(SCHEMAS, schema),
      ...files.map(({ file }) => file),
    ];
    const told = await execute('xmllint', words, { maxBuffer: 1 << 24 })
      .then(() => [])
      .catch(({ stderr }: { stderr: string }) => stderr.split('\n'));
    return told
      .filter((line) => line !== '' && !line.endsWith(' validates'))
      .map((line) => line.replaceAll(`${folder}/`, ''));
  }
}

/** The schema that a document of the doors is to follow, by its root element. */
export function schemaOf(body: string): string {
  const root = /<(?:[\w-]+:)?(\w+)/.exec(body.replace(/^<\?xml[^>]*\?>\s*/, ''))?.[1];
  const is2 = /opengis\.net\/(?:wps|ows)\/2\.0"/.test(body.slice(0, 1000));
  if (root === 'ExceptionReport') return is2 ? SCHEMA.ows2 : SCHEMA.ows1;
  return is2 ? SCHEMA.wps2 : SCHEMA.wps1;
}
