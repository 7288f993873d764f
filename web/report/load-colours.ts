import { type Cell, decodeCell, encodeCell } from '../../sim/report/data.ts';
import { element } from '../src/dom.ts';
import { type Rgb, rgb } from './theme.ts';

/** Work per worker at which the colour is the last one of the scale. */
const WORST = 8;

/** A colour for each byte of a run's cells, in the present theme. */
export function loadColours(): Rgb[] {
  const [idle, full, waiting, worst, off, still] = (
    ['--load-idle', '--load-full', '--load-waiting', '--load-worst', '--load-off', '--load-still'] as const
  ).map(rgb) as [Rgb, Rgb, Rgb, Rgb, Rgb, Rgb];
  return Array.from({ length: 256 }, (_, byte) => {
    const { load, isStill } = decodeCell(byte);
    if (load === undefined) return isStill ? still : off;
    if (load <= 1) return between(idle, full, load ** 0.8);
    return between(waiting, worst, Math.min(1, Math.log2(load) / Math.log2(WORST)));
  });
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

function between(from: Rgb, to: Rgb, share: number): Rgb {
  return [0, 1, 2].map((index) =>
    Math.round(from[index]! + (to[index]! - from[index]!) * share),
  ) as unknown as Rgb;
}

/** What the machine of a cell does, in words. */
export function inWords({ load, isStill, ownerActive }: Cell, slots: number): string {
  if (load === undefined) return isStill ? 'asleep or frozen' : 'off';
  const work = Math.min(load, 1) * slots;
  const waiting = Math.max(0, load - 1) * slots;
  const drawing = work < 0.05 ? 'idle' : `draws ${round(work)} of ${slots}`;
  const queue = waiting < 0.05 ? '' : `, ${round(waiting)} waiting`;
  return `${drawing}${queue}${ownerActive ? ', somebody works at it' : ''}`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

/** The key to the colours. */
export function showLoadScale(container: HTMLElement): void {
  const colours = loadColours();
  const steps: readonly [label: string, load: number | undefined, isStill?: true][] = [
    ['idle', 0],
    ['half busy', 0.5],
    ['all workers draw', 1],
    ['requests wait', 1.4],
    ['many wait', WORST],
    ['off', undefined],
    ['asleep or frozen', undefined, true],
  ];
  container.replaceChildren(
    element(
      'ul',
      { class: 'scale' },
      ...steps.map(([label, load, isStill = false]) => {
        const box = element('span', { class: 'box', 'aria-hidden': 'true' });
        box.style.background = css(colours[encodeCell({ load, isStill, ownerActive: false })]!);
        return element('li', {}, box, label);
      }),
      element('li', {}, element('span', { class: 'person', 'aria-hidden': 'true' }), 'somebody works at it'),
    ),
  );
}
