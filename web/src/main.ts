import type { PeerStatus } from '../../src/mesh/peer-status.ts';
import type { ProjectDescription } from '../../src/ogc/project-description.ts';
import { showRecipes } from './connect-panel.ts';
import { byId, element } from './dom.ts';
import { DrawingPanel } from './drawing-panel.ts';
import { FeatureInfo } from './feature-info.ts';
import { showLegend } from './legend-panel.ts';
import { Live } from './live.ts';
import { MapView } from './map-view.ts';
import { PeerLooks } from './peer-look.ts';
import { PeersPanel } from './peers-panel.ts';
import { placeOfHash } from './place.ts';
import { TileLog } from './tile-log.ts';
import { TintLayer } from './tint-layer.ts';
import { Trouble } from './trouble.ts';

const base = new URL('.', location.href);
const looks = new PeerLooks();
const log = new TileLog();
const tint = new TintLayer(looks);
const drawing = new DrawingPanel(looks, log);
const peersPanel = new PeersPanel(looks);
const trouble = new Trouble(() => map.retry());
const map = new MapView({
  base,
  target: byId('map'),
  tint,
  listener: {
    loaded(z, x, y, origin) {
      log.add(origin);
      tint.add(z, x, y, origin);
      drawing.update();
    },
    failed: (reason) => trouble.add(reason),
  },
});
const info = new FeatureInfo(base, byId('map'));
map.onQuestion((question) => void info.ask(question));

const chooser = byId<HTMLSelectElement>('project');
let projects: readonly ProjectDescription[] = [];
let shown: ProjectDescription | undefined;

chooser.addEventListener('change', () => show(projects.find(({ id }) => id === chooser.value)));
byId<HTMLInputElement>('tint').addEventListener('change', ({ target }) => {
  tint.show((target as HTMLInputElement).checked);
});

new Live(base, {
  connected: showConnection,
  peers: (peers: readonly PeerStatus[]) => peersPanel.show(peers),
  projects(now) {
    projects = now;
    if (now.length === 0) trouble.say('No map is served yet. Name a folder of projects with --projects.');
    else trouble.clear();
    chooser.replaceChildren(...now.map(({ id, title }) => element('option', { value: id }, title || id)));
    chooser.disabled = now.length < 2;
    const wanted = shown?.id ?? placeOfHash(location.hash)?.project;
    show(now.find(({ id }) => id === wanted) ?? now.find(({ id }) => id === 'world') ?? now[0]);
  },
});

function show(project: ProjectDescription | undefined): void {
  if (!project || project.hash === shown?.hash) return;
  if (project.id !== shown?.id) {
    tint.clear();
    info.hide();
  }
  shown = project;
  chooser.value = project.id;
  document.title = `${project.title || project.id} – gismesh`;
  trouble.clear();
  map.show(project);
  showLegend(base, project);
  showRecipes(base, project);
}

function showConnection(isConnected: boolean): void {
  // What failed meanwhile can be had now.
  if (isConnected) trouble.retry();
  const box = byId('connection');
  box.dataset.state = isConnected ? 'live' : 'lost';
  box.textContent = isConnected ? 'Live' : 'Connection to this peer lost, trying again …';
  byId('panel').classList.toggle('stale', !isConnected);
}
