import { encodeCell } from '../../sim/report/data.ts';
import { byId, element } from '../src/dom.ts';
import { clockTime } from './clock-time.ts';
import { inWords, loadColours } from './load-colours.ts';
import type { Moment } from './moment.ts';
import { dashedLine, fitting, gutter, prepared } from './plane.ts';
import { colour, rgb } from './theme.ts';

const ROW_PX = 11;
const LEAST_HEIGHT_PX = 120;
const MOST_HEIGHT_PX = 300;
/** Where an owner is at work his colour is mixed in with this share. */
const OWNER_SHARE = 0.45;

/** Load of every machine over time, a row each. */
export class HeatMap {
  readonly #container: HTMLElement;
  readonly #moment: Moment;
  readonly #canvas = element('canvas', {
    tabindex: '0',
    role: 'img',
    'aria-label': 'Load of every computer over time. Arrow keys move from computer to computer and in time.',
    'aria-describedby': 'told',
  });
  readonly #line = element('div', { class: 'now', 'aria-hidden': 'true' });
  readonly #mark = element('div', { class: 'row-mark', 'aria-hidden': 'true' });
  #machine: number | undefined;

  constructor(container: HTMLElement, moment: Moment) {
    this.#container = container;
    this.#moment = moment;
    container.classList.add('plane');
    container.replaceChildren(this.#canvas, this.#line, this.#mark);
    this.#canvas.addEventListener('pointerdown', (event) => this.#point(event));
    this.#canvas.addEventListener('pointermove', (event) => this.#point(event));
    this.#canvas.addEventListener('keydown', (event) => this.#press(event));
    moment.onChange(() => this.#place());
  }

  paint(): void {
    const { run } = this.#moment;
    const [width, height, left] = this.#size();
    const context = prepared(this.#canvas, width, height);
    context.imageSmoothingEnabled = run.machines.length > height;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.#picture(), left, 0, width - left, height);
    this.#nameSites(context, left, height);
    const { healedMs } = run.data;
    if (healedMs !== undefined) {
      const x = left + (healedMs / run.durationMs) * (width - left);
      dashedLine(context, x, height, colour('--text'));
    }
    this.#machine = Math.min(this.#machine ?? 0, run.machines.length - 1);
    this.#place();
  }

  #size(): [width: number, height: number, left: number] {
    const width = Math.max(220, this.#container.clientWidth);
    const rows = this.#moment.run.machines.length;
    const height = Math.min(MOST_HEIGHT_PX, Math.max(LEAST_HEIGHT_PX, rows * ROW_PX));
    return [width, height, gutter(width)];
  }

  /** One pixel per cell. */
  #picture(): HTMLCanvasElement {
    const { run } = this.#moment;
    const canvas = element('canvas', {});
    canvas.width = run.columns;
    canvas.height = Math.max(1, run.machines.length);
    const context = canvas.getContext('2d')!;
    const image = context.createImageData(canvas.width, canvas.height);
    const [colours, owner] = [loadColours(), rgb('--person')];
    for (let machine = 0; machine < run.machines.length; machine += 1) {
      for (let column = 0; column < run.columns; column += 1) {
        const cell = run.cell(machine, column);
        const base = colours[encodeCell(cell)]!;
        const share = cell.ownerActive && cell.load !== undefined ? OWNER_SHARE : 0;
        const at = (machine * run.columns + column) * 4;
        for (let part = 0; part < 3; part += 1) {
          image.data[at + part] = base[part]! * (1 - share) + owner[part]! * share;
        }
        image.data[at + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  #nameSites(context: CanvasRenderingContext2D, left: number, height: number): void {
    const { run } = this.#moment;
    const row = height / run.machines.length;
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    let free = 0;
    for (const { name, first, count } of run.sites()) {
      const middle = (first + count / 2) * row;
      if (first > 0) {
        context.fillStyle = colour('--surface');
        context.fillRect(left, first * row - 1, context.canvas.width, 2);
      }
      if (middle - 7 < free) continue;
      free = middle + 7;
      context.fillStyle = colour('--quiet');
      context.fillText(fitting(context, `${name} (${count})`, left - 10), left - 8, middle);
    }
  }

  #point(event: PointerEvent): void {
    const [width, height, left] = this.#size();
    const x = event.offsetX - left;
    if (x < 0) return;
    const { run } = this.#moment;
    this.#machine = clamp(Math.floor((event.offsetY / height) * run.machines.length), run.machines.length);
    if (event.type === 'pointerdown' || event.buttons > 0) {
      this.#moment.go(Math.floor((x / (width - left)) * run.columns));
    }
    this.#place();
    this.#tell(clamp(Math.floor((x / (width - left)) * run.columns), run.columns));
  }

  #press(event: KeyboardEvent): void {
    const { run } = this.#moment;
    const wide = event.shiftKey ? 10 : 1;
    const [rows, columns] =
      (
        {
          ArrowUp: [-wide, 0],
          ArrowDown: [wide, 0],
          ArrowLeft: [0, -wide],
          ArrowRight: [0, wide],
        } as Record<string, [number, number]>
      )[event.key] ?? [];
    if (rows === undefined || columns === undefined) return;
    event.preventDefault();
    this.#machine = clamp((this.#machine ?? 0) + rows, run.machines.length);
    this.#moment.go(this.#moment.column + columns);
    this.#tell(this.#moment.column);
  }

  #place(): void {
    const [width, height, left] = this.#size();
    const { run, column } = this.#moment;
    this.#line.style.insetInlineStart = `${left + ((column + 0.5) / run.columns) * (width - left)}px`;
    const row = height / run.machines.length;
    this.#mark.style.insetBlockStart = `${((this.#machine ?? 0) + 0.5) * row}px`;
    this.#mark.style.insetInlineStart = `${left - 6}px`;
  }

  #tell(column: number): void {
    const { run } = this.#moment;
    const machine = run.machines[this.#machine ?? 0];
    if (!machine) return;
    const cell = run.cell(this.#machine ?? 0, column);
    byId('told').textContent =
      `${machine.name} (${machine.site}), ${clockTime((column + 0.5) * run.data.columnMs)}: ` +
      inWords(cell, machine.slots);
  }
}

function clamp(value: number, count: number): number {
  return Math.min(count - 1, Math.max(0, value));
}
