import { defaults as defaultControls } from 'ol/control/defaults.js';
import ScaleLine from 'ol/control/ScaleLine.js';
import { defaults as defaultInteractions } from 'ol/interaction/defaults.js';
import TileLayer from 'ol/layer/Tile.js';
import OlMap from 'ol/Map.js';
import { toLonLat, transformExtent } from 'ol/proj.js';
import ImageTileSource from 'ol/source/ImageTile.js';
import { createXYZ } from 'ol/tilegrid.js';
import View from 'ol/View.js';
import type { ProjectDescription } from '../../src/ogc/project-description.ts';
import { prefersReducedMotion } from './dom.ts';
import { hashOfPlace, type Place, placeOfHash } from './place.ts';
import { type TileListener, tileLoader } from './tile-loader.ts';
import type { TintLayer } from './tint-layer.ts';

const TILE_PIXELS = 256;
const MAX_ZOOM = 19;
/** Where Web Mercator ends. */
const MAX_LATITUDE = 85.06;
const CSS_PIXEL_RATIO = Math.min(2, Math.ceil(devicePixelRatio));

/** A point that somebody asked about. */
export interface Question {
  readonly project: ProjectDescription;
  /** EPSG:3857. */
  readonly coordinate: readonly [number, number];
  /** Metres per CSS pixel. */
  readonly resolution: number;
}

/** The tiles of one project in one version; a new version replaces the old tile by tile. */
class ProjectTiles extends ImageTileSource {
  setVersion(hash: string): void {
    this.setKey(hash);
  }
}

/** The map, of one project at a time. */
export class MapView {
  readonly #element: HTMLElement;
  readonly #map: OlMap;
  readonly #tiles = new TileLayer();
  readonly #base: URL;
  readonly #listener: TileListener;
  #project: ProjectDescription | undefined;
  #source: ProjectTiles | undefined;

  constructor(parts: { base: URL; target: HTMLElement; tint: TintLayer; listener: TileListener }) {
    this.#base = parts.base;
    this.#element = parts.target;
    // OpenLayers pans and zooms by keys while its element has the focus.
    this.#element.tabIndex = 0;
    this.#listener = parts.listener;
    const duration = prefersReducedMotion() ? 0 : 250;
    this.#map = new OlMap({
      target: this.#element,
      layers: [this.#tiles, parts.tint.layer],
      controls: defaultControls({ attributionOptions: { collapsible: false } }).extend([new ScaleLine()]),
      interactions: defaultInteractions({ zoomDuration: duration }),
      // At rest always at the zoom of the tiles, where their labels are sharp.
      view: new View({
        center: [0, 0],
        zoom: 1,
        maxZoom: MAX_ZOOM,
        multiWorld: true,
        constrainResolution: true,
      }),
      moveTolerance: 3,
    });
    this.#map.on('moveend', () => this.#rememberPlace());
  }

  /** Shows a project; a new version of the one shown keeps the view. */
  show(project: ProjectDescription): void {
    const isSame = this.#project?.id === project.id;
    this.#project = project;
    if (isSame && this.#source) this.#source.setVersion(project.hash);
    else this.#open(project);
    this.#source?.setAttributions(project.attribution || undefined);
    this.#element.style.setProperty('--map-background', project.background);
  }

  /** Tries the tiles that failed again. */
  retry(): void {
    this.#source?.refresh();
  }

  /** Calls back with where somebody clicked, or, by the Enter key, with the middle of the map. */
  onQuestion(ask: (question: Question) => void): void {
    const askAt = ([x, y]: number[]) => {
      const resolution = this.#map.getView().getResolution();
      if (!this.#project || resolution === undefined) return;
      ask({ project: this.#project, coordinate: [x!, y!], resolution });
    };
    this.#map.on('singleclick', ({ coordinate }) => askAt(coordinate));
    this.#element.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target === event.currentTarget)
        askAt(this.#map.getView().getCenter() ?? [0, 0]);
    });
  }

  #open(project: ProjectDescription): void {
    const suffix = CSS_PIXEL_RATIO > 1 ? '@2x.png' : '.png';
    const tileUrl = (z: number, x: number, y: number) =>
      new URL(`tiles/${project.id}/${z}/${x}/${y}${suffix}`, this.#base);
    this.#source = new ProjectTiles({
      loader: tileLoader(tileUrl, this.#listener),
      tileGrid: createXYZ({ maxZoom: MAX_ZOOM, tileSize: TILE_PIXELS }),
      tileSize: TILE_PIXELS * CSS_PIXEL_RATIO,
      transition: prefersReducedMotion() ? 0 : 200,
    });
    this.#source.setVersion(project.hash);
    this.#tiles.setSource(this.#source);
    this.#goTo(project);
  }

  /** The place of the address bar when it is of this project, else the project's whole extent. */
  #goTo(project: ProjectDescription): void {
    const place = placeOfHash(location.hash);
    const view = this.#map.getView();
    if (place?.project === project.id) {
      view.setCenter(
        transformExtent(
          [place.longitude, place.latitude, place.longitude, place.latitude],
          'EPSG:4326',
          'EPSG:3857',
        ).slice(0, 2),
      );
      view.setZoom(place.zoom);
      return;
    }
    const [west, south, east, north] = project.extent;
    const shown = [west, Math.max(south, -MAX_LATITUDE), east, Math.min(north, MAX_LATITUDE)];
    view.fit(transformExtent(shown, 'EPSG:4326', 'EPSG:3857'), { nearest: true });
  }

  #rememberPlace(): void {
    const view = this.#map.getView();
    const [longitude, latitude] = toLonLat(view.getCenter() ?? [0, 0]);
    if (!this.#project) return;
    const place: Place = {
      project: this.#project.id,
      zoom: view.getZoom() ?? 0,
      longitude: longitude!,
      latitude: latitude!,
    };
    history.replaceState(null, '', hashOfPlace(place));
  }
}
