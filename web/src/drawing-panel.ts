import { distinctNames } from './distinct-names.ts';
import { byId, element } from './dom.ts';
import type { PeerLooks } from './peer-look.ts';
import { swatch } from './peers-panel.ts';
import type { TileLog } from './tile-log.ts';

/** Who drew the tiles that this page loaded, and how they were come by. */
export class DrawingPanel {
  readonly #looks: PeerLooks;
  readonly #log: TileLog;
  readonly #shares = byId('shares');
  readonly #figures = byId('figures');
  #isDue = false;

  constructor(looks: PeerLooks, log: TileLog) {
    this.#looks = looks;
    this.#log = log;
    this.#show();
  }

  /** Many tiles come at once: shows them together. */
  update(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#show();
    });
  }

  #show(): void {
    const shares = this.#log.shares();
    const names = distinctNames(shares.map(({ peerId, peerName }) => ({ peerId, name: peerName })));
    const bar = element('div', { class: 'share-bar', 'aria-hidden': 'true' });
    const list = element('ul', { class: 'share-list' });
    for (const { peerId, peerName, tiles } of shares) {
      const name = names.get(peerId) ?? peerName;
      const part = swatch(this.#looks, peerId);
      part.style.flexGrow = String(tiles);
      bar.append(part);
      const count = element('span', { class: 'share-tiles' }, `${tiles} ${tiles === 1 ? 'tile' : 'tiles'}`);
      list.append(
        element('li', {}, swatch(this.#looks, peerId), element('span', { class: 'peer-name' }, name), count),
      );
    }
    this.#shares.replaceChildren(...(shares.length > 0 ? [bar, list] : []));
    const { hit, joined, miss } = this.#log.outcomes;
    this.#figures.replaceChildren(
      ...figure('from cache', String(hit), 'They had been drawn before'),
      ...figure('drawn', String(miss), 'They were drawn for this page'),
      ...figure('joined', String(joined), 'Somebody else was having them drawn at that moment'),
      ...figure('median time', milliseconds(this.#log.medianRenderMs), 'Drawing time, the last 50'),
      ...figure('last time', milliseconds(this.#log.lastRenderMs), 'Drawing time of the latest'),
    );
  }
}

function figure(name: string, value: string, meaning: string): HTMLElement[] {
  return [element('div', { title: meaning }, element('dt', {}, name), element('dd', {}, value))];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(0)} ms`;
}
