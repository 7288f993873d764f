const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const listeners: (() => void)[] = [];
let chosen: 'light' | 'dark' | undefined;

prefersDark.addEventListener('change', changed);

/** A button for rooms whose projector wants the other one. */
export function offerThemes(button: HTMLElement): void {
  button.hidden = false;
  const name = () => {
    button.textContent = isDark() ? 'Light' : 'Dark';
  };
  button.addEventListener('click', () => {
    chosen = isDark() ? 'light' : 'dark';
    document.documentElement.style.colorScheme = chosen;
    changed();
  });
  listeners.push(name);
  name();
}

export function onThemeChange(listener: () => void): void {
  listeners.push(listener);
}

function isDark(): boolean {
  return chosen ? chosen === 'dark' : prefersDark.matches;
}

function changed(): void {
  for (const listener of listeners) listener();
}

const probe = document.createElement('span');
probe.hidden = true;
document.body.append(probe);

/** The value of a CSS custom property as a colour that a canvas understands, in the present theme. */
export function colour(property: string): string {
  probe.style.color = `var(${property})`;
  return getComputedStyle(probe).color;
}

/** Red, green, blue: 0..255. */
export type Rgb = readonly [number, number, number];

export function rgb(property: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (colour(property).match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}
