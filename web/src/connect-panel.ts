import type { ProjectDescription } from '../../src/ogc/project-description.ts';
import { byId, element } from './dom.ts';
import { type Recipe, recipes } from './services.ts';

const COPIED_MS = 2000;

/** Addresses and snippets for other programs, each with a button that copies it. */
export function showRecipes(base: URL, project: ProjectDescription): void {
  byId('connect').replaceChildren(...recipes(base, project).map(recipeElement));
}

function recipeElement({ program, hint, text }: Recipe): HTMLElement {
  const code = element('code', {}, text);
  const button = element('button', { type: 'button', 'aria-label': `Copy for ${program}` }, 'Copy');
  button.addEventListener('click', () => void copy(text, code, button));
  return element(
    'section',
    { class: 'recipe' },
    element('header', {}, element('h3', {}, program), button),
    element('p', {}, hint),
    element('pre', { tabindex: '0' }, code),
  );
}

/** The clipboard is closed to pages of other machines without TLS: then the text is selected to be copied. */
async function copy(text: string, code: HTMLElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    getSelection()?.selectAllChildren(code);
    button.textContent = 'Selected: Ctrl+C';
  }
  setTimeout(() => {
    button.textContent = 'Copy';
  }, COPIED_MS);
}
