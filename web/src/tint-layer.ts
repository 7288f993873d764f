import Feature from 'ol/Feature.js';
import { fromExtent } from 'ol/geom/Polygon.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorSource from 'ol/source/Vector.js';
import Fill from 'ol/style/Fill.js';
import Stroke from 'ol/style/Stroke.js';
import Style from 'ol/style/Style.js';
import Text from 'ol/style/Text.js';
import { createXYZ } from 'ol/tilegrid.js';
import type { PeerLook, PeerLooks } from './peer-look.ts';
import type { TileOrigin } from './tile-log.ts';

/** Tiles that are remembered; several screens full. */
const MAX_TILES = 1500;
const GRID = createXYZ({ maxZoom: 24 });
const PATTERN_PIXELS = 12;

/** Tints each tile by the peer that drew it, and names the peer in its middle. */
export class TintLayer {
  readonly layer: VectorLayer;
  readonly #source = new VectorSource();
  readonly #looks: PeerLooks;
  /** By tile, the one seen longest ago first. */
  readonly #tiles = new Map<string, Feature>();
  readonly #styles = new Map<string, Style>();

  constructor(looks: PeerLooks) {
    this.#looks = looks;
    this.layer = new VectorLayer({
      source: this.#source,
      visible: false,
      updateWhileAnimating: true,
      updateWhileInteracting: true,
      style: (feature, resolution) => this.#styleAt(feature as Feature, resolution),
    });
  }

  show(isShown: boolean): void {
    this.layer.setVisible(isShown);
  }

  add(z: number, x: number, y: number, origin: TileOrigin): void {
    const key = `${z}/${x}/${y}`;
    const known = this.#tiles.get(key);
    const feature = known ?? new Feature(fromExtent(GRID.getTileCoordExtent([z, x, y])));
    feature.setProperties({ z, peerId: origin.peerId, peerName: origin.peerName });
    this.#tiles.delete(key);
    this.#tiles.set(key, feature);
    if (!known) this.#source.addFeature(feature);
    if (this.#tiles.size > MAX_TILES) this.#forgetOldest();
  }

  clear(): void {
    this.#tiles.clear();
    this.#source.clear(true);
  }

  #forgetOldest(): void {
    const [oldest] = this.#tiles;
    if (!oldest) return;
    this.#tiles.delete(oldest[0]);
    this.#source.removeFeature(oldest[1]);
  }

  /** Tiles of other zoom levels are remembered, though not shown. */
  #styleAt(feature: Feature, resolution: number): Style | undefined {
    if (feature.get('z') !== GRID.getZForResolution(resolution)) return undefined;
    const peerId = feature.get('peerId') as string;
    const peerName = feature.get('peerName') as string;
    const key = `${peerId} ${peerName}`;
    const known = this.#styles.get(key) ?? styleOf(this.#looks.of(peerId), peerName);
    this.#styles.set(key, known);
    return known;
  }
}

function styleOf(look: PeerLook, peerName: string): Style {
  return new Style({
    fill: new Fill({ color: fillOf(look) }),
    stroke: new Stroke({ color: withAlpha(look.colour, 0.9), width: 1 }),
    text: new Text({
      text: peerName.length > 22 ? `${peerName.slice(0, 21)}…` : peerName,
      font: '600 12px system-ui, sans-serif',
      fill: new Fill({ color: '#101418' }),
      stroke: new Stroke({ color: 'rgba(255, 255, 255, 0.9)', width: 3 }),
      overflow: true,
    }),
  });
}

function fillOf({ colour, pattern }: PeerLook): string | CanvasPattern {
  if (pattern === 'solid') return withAlpha(colour, 0.28);
  const canvas = document.createElement('canvas');
  canvas.width = PATTERN_PIXELS;
  canvas.height = PATTERN_PIXELS;
  const context = canvas.getContext('2d')!;
  context.fillStyle = withAlpha(colour, 0.2);
  context.fillRect(0, 0, PATTERN_PIXELS, PATTERN_PIXELS);
  context.fillStyle = withAlpha(colour, 0.55);
  if (pattern === 'stripes') context.fillRect(0, 0, PATTERN_PIXELS / 3, PATTERN_PIXELS);
  else context.fillRect(0, 0, PATTERN_PIXELS / 2, PATTERN_PIXELS / 2);
  return context.createPattern(canvas, 'repeat')!;
}

function withAlpha(colour: string, alpha: number): string {
  return `${colour}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}
