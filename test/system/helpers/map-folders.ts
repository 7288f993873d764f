import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { featureCollection, layerXml, polygonOf } from '../../engines/helpers/projects.ts';

/** A folder of map projects that a peer serves with `--projects`. */
export class MapFolders {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<MapFolders> {
    return new MapFolders(await mkdtemp(path.join(tmpdir(), 'gismesh-maps-')));
  }

  /** Writes a project, or writes over files of one; each file as a whole, as careful editors do. */
  async write(id: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    const folder = path.join(this.root, id);
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      const draft = path.join(this.root, `.${id}-${name}`);
      await writeFile(draft, content);
      await rename(draft, path.join(folder, name));
    }
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A map that is one colour wherever it is looked at: its layer `plain` covers the world. */
export function plainMap(colour: string): Record<string, string> {
  const world = polygonOf([-180, -89, 180, 89]);
  return {
    'project.xml': `<Map srs="EPSG:3857" background-color="${colour}">
      <Style name="plain"><Rule><PolygonSymbolizer fill="${colour}" gamma="0"/></Rule></Style>
      ${layerXml('plain', 'plain', 'world.geojson')}
    </Map>`,
    'world.geojson': featureCollection([{ properties: { name: 'World' }, geometry: world }]),
  };
}
