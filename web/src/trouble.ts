import { byId, element } from './dom.ts';

/** Says over the map what is missing and why. */
export class Trouble {
  readonly #box = byId('trouble');
  readonly #retry: () => void;
  #failed = 0;

  constructor(retry: () => void) {
    this.#retry = retry;
  }

  /** One more tile failed; offers to try again. */
  add(reason: string): void {
    this.#failed++;
    const tiles = this.#failed === 1 ? 'A tile is' : `${this.#failed} tiles are`;
    const button = element('button', { type: 'button' }, 'Try again');
    button.addEventListener('click', () => this.retry());
    this.#box.replaceChildren(element('p', {}, `${tiles} missing: ${reason}`), button);
    this.#box.hidden = false;
  }

  say(text: string): void {
    this.#box.replaceChildren(element('p', {}, text));
    this.#box.hidden = false;
  }

  /** Tries again what failed, if anything did. */
  retry(): void {
    if (this.#failed === 0) return;
    this.clear();
    this.#retry();
  }

  clear(): void {
    this.#failed = 0;
    this.#box.hidden = true;
  }
}
