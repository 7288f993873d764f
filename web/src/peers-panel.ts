import type { PeerStatus } from '../../src/mesh/peer-status.ts';
import { distinctNames } from './distinct-names.ts';
import { byId, element } from './dom.ts';
import type { PeerLooks } from './peer-look.ts';

const STATES: Readonly<Record<PeerStatus['state'], string>> = {
  alive: 'here',
  suspect: 'does not answer',
  left: 'left',
  dead: 'gone',
};

/** The list of peers with what they offer and how busy they are. */
export class PeersPanel {
  readonly #looks: PeerLooks;
  readonly #list = byId('peers');
  readonly #count = byId('peer-count');
  readonly #rows = new Map<string, PeerRow>();

  constructor(looks: PeerLooks) {
    this.#looks = looks;
  }

  show(peers: readonly PeerStatus[]): void {
    const present = peers.filter(({ state }) => state === 'alive' || state === 'suspect').length;
    this.#count.textContent = String(present);
    for (const [peerId, row] of this.#rows) {
      if (peers.some((peer) => peer.peerId === peerId)) continue;
      row.item.remove();
      this.#rows.delete(peerId);
    }
    const names = distinctNames(peers);
    for (const [index, peer] of peers.entries()) {
      const row = this.#rows.get(peer.peerId) ?? new PeerRow(swatch(this.#looks, peer.peerId));
      this.#rows.set(peer.peerId, row);
      row.show(peer, names.get(peer.peerId) ?? peer.name);
      if (this.#list.children[index] !== row.item)
        this.#list.insertBefore(row.item, this.#list.children[index] ?? null);
    }
  }
}

/** One peer; its elements are kept, so that the load bar moves and the reader's place is not lost. */
class PeerRow {
  readonly item: HTMLLIElement;
  readonly #name = element('span', { class: 'peer-name' });
  readonly #state = element('span', { class: 'peer-state' });
  readonly #bar = element('span', { class: 'load-running' });
  readonly #load = element('span', { class: 'load', role: 'meter', 'aria-valuemin': '0' }, this.#bar);
  readonly #busy = element('span', { class: 'peer-busy' });
  readonly #facts = element('p', { class: 'peer-facts' });

  constructor(mark: HTMLElement) {
    const head = element('p', { class: 'peer-head' }, mark, this.#name, this.#state);
    this.item = element(
      'li',
      {},
      head,
      element('p', { class: 'peer-load' }, this.#load, this.#busy),
      this.#facts,
    );
  }

  show(peer: PeerStatus, name: string): void {
    const { running, queued, slots } = peer.load;
    this.item.dataset.state = peer.state;
    this.item.title = peer.peerId;
    this.#name.textContent = name;
    const drains = peer.draining && peer.state === 'alive' ? ', takes nothing new' : '';
    this.#state.textContent = (peer.self ? 'this machine' : STATES[peer.state]) + drains;
    this.#bar.style.inlineSize = slots > 0 ? `${Math.min(100, (100 * running) / slots)}%` : '0';
    this.#load.setAttribute('aria-valuemax', String(slots));
    this.#load.setAttribute('aria-valuenow', String(running));
    this.#load.setAttribute('aria-label', `Load of ${name}`);
    this.#busy.textContent =
      slots > 0 ? `${running} of ${slots}${queued > 0 ? ` + ${queued} waiting` : ''}` : 'draws nothing';
    this.#facts.textContent = factsOf(peer);
  }
}

function factsOf({ engines, cores, rttMs, self }: PeerStatus): string {
  const facts = [
    engines.map(({ name, version }) => `${name} ${version}`).join(', ') || 'no engine',
    `${cores} ${cores === 1 ? 'core' : 'cores'}`,
    self || rttMs === undefined ? '' : `${rttMs.toFixed(1)} ms away`,
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
}

/** The colour and pattern of a peer, as on the map. */
export function swatch(looks: PeerLooks, peerId: string): HTMLElement {
  const { colour, pattern } = looks.of(peerId);
  const mark = element('span', { class: 'swatch', 'data-pattern': pattern, 'aria-hidden': 'true' });
  mark.style.setProperty('--peer', colour);
  return mark;
}
