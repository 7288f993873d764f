import { LANES, type TimelineItem } from '../../sim/report/data.ts';
import { byId, element } from '../src/dom.ts';
import { clockTicks, clockTime } from './clock-time.ts';
import type { Moment } from './moment.ts';
import { dashedLine, fitting, gutter, prepared } from './plane.ts';
import { colour } from './theme.ts';

const LANE_PX = 24;
const AXIS_PX = 24;
/** What happens at one moment, and what is too short to be seen, px. */
const LEAST_PX = 3;

/** Faults, deaths and takeovers below the heat map, on the same time axis. */
export class Timeline {
  readonly #container: HTMLElement;
  readonly #moment: Moment;
  readonly #canvas = element('canvas', {
    role: 'img',
    'aria-label': 'What went wrong when; the list below has all of it',
  });
  readonly #line = element('div', { class: 'now', 'aria-hidden': 'true' });

  constructor(container: HTMLElement, moment: Moment) {
    this.#container = container;
    this.#moment = moment;
    container.classList.add('plane');
    container.replaceChildren(this.#canvas, this.#line);
    this.#canvas.addEventListener('pointerdown', (event) => this.#point(event));
    this.#canvas.addEventListener('pointermove', (event) => this.#point(event));
    moment.onChange(() => this.#place());
  }

  paint(): void {
    const lanes = this.#lanes();
    const [width, left] = this.#size();
    this.#line.hidden = lanes.length === 0;
    const height = lanes.length * LANE_PX + AXIS_PX;
    const context = prepared(this.#canvas, width, height);
    context.font = `${width < 480 ? 11 : 12}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    this.#axis(context, left, width, height);
    for (const [index, lane] of lanes.entries()) {
      const top = index * LANE_PX;
      context.fillStyle = colour('--quiet');
      context.textAlign = 'right';
      context.fillText(fitting(context, lane, left - 10), left - 8, top + LANE_PX / 2 + 2);
      for (const item of this.#items(lane)) this.#bar(context, item, top + 5, left, width);
    }
    const { healedMs } = this.#moment.run.data;
    if (healedMs !== undefined && lanes.length > 0) {
      dashedLine(context, this.#x(healedMs, left, width), height - AXIS_PX, colour('--text'));
    }
    this.#place();
  }

  #bar(
    context: CanvasRenderingContext2D,
    item: TimelineItem,
    top: number,
    left: number,
    width: number,
  ): void {
    const from = this.#x(item.atMs, left, width);
    const length = Math.max(LEAST_PX, this.#x(item.untilMs ?? item.atMs, left, width) - from);
    context.fillStyle = colour(item.isBad ? '--bad' : laneColour(item.lane));
    // Many of one kind at a time show as a darker bar.
    context.globalAlpha = item.untilMs === undefined ? 0.9 : 0.55;
    context.beginPath();
    context.roundRect(from, top, length, LANE_PX - 7, Math.min(4, length / 2));
    context.fill();
    context.globalAlpha = 1;
  }

  #axis(context: CanvasRenderingContext2D, left: number, width: number, height: number): void {
    const ticks = clockTicks(this.#moment.run.durationMs, Math.max(2, Math.floor((width - left) / 80)));
    for (const atMs of ticks) {
      const x = this.#x(atMs, left, width);
      context.fillStyle = colour('--line');
      context.fillRect(x, 0, 1, height - AXIS_PX + 5);
      context.fillStyle = colour('--quiet');
      context.textAlign = x > width - 30 ? 'right' : x < left + 20 ? 'left' : 'center';
      context.fillText(atMs === 0 ? '0' : clockTime(atMs), Math.min(x, width - 1), height - AXIS_PX / 2 + 3);
    }
  }

  #lanes(): TimelineItem['lane'][] {
    const used = new Set(this.#moment.run.data.timeline.map(({ lane }) => lane));
    return LANES.filter((lane) => used.has(lane));
  }

  #items(lane: string): TimelineItem[] {
    return this.#moment.run.data.timeline.filter((item) => item.lane === lane);
  }

  #size(): [width: number, left: number] {
    const width = Math.max(220, this.#container.clientWidth);
    return [width, gutter(width)];
  }

  #x(atMs: number, left: number, width: number): number {
    return left + Math.min(1, atMs / Math.max(1, this.#moment.run.durationMs)) * (width - left);
  }

  #place(): void {
    const [width, left] = this.#size();
    this.#line.style.insetInlineStart = `${this.#x(this.#moment.atMs, left, width)}px`;
  }

  #point(event: PointerEvent): void {
    const [width, left] = this.#size();
    const atMs = ((event.offsetX - left) / (width - left)) * this.#moment.run.durationMs;
    if (atMs < 0) return;
    if (event.type === 'pointerdown' || event.buttons > 0) {
      this.#moment.go(Math.floor(atMs / this.#moment.run.data.columnMs));
    }
    const lane = this.#lanes()[Math.floor(event.offsetY / LANE_PX)];
    const slackMs = (LEAST_PX / (width - left)) * this.#moment.run.durationMs;
    const found = this.#items(lane ?? '').filter(
      (item) => item.atMs - slackMs <= atMs && atMs <= (item.untilMs ?? item.atMs) + slackMs,
    );
    if (found.length === 0) return;
    const more = found.length > 1 ? `, and ${found.length - 1} more` : '';
    byId('told').textContent = `${clockTime(found[0]!.atMs)}: ${found[0]!.text}${more}`;
  }
}

function laneColour(lane: TimelineItem['lane']): string {
  return `--lane-${LANES.indexOf(lane)}`;
}
