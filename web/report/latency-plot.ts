import uPlot from 'uplot';
import type { LatencyCurve } from '../../sim/report/data.ts';
import { colour } from './theme.ts';

/** Shares of the requests that the horizontal axis names. */
const NAMED = [0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99];
/** The last share drawn: beyond it a curve is one single request. */
const LAST = 0.99;
/** A logarithmic axis knows no zero; what comes from memory takes less than this. */
const LEAST_MS = 1;
const LABEL_GAP_PX = 15;
const ROOM_FOR_LABELS_PX = 560;

/** Latency over the share of requests, both such that the unlucky few get as much room as all others. */
export class LatencyPlot {
  readonly #container: HTMLElement;
  readonly #curves: readonly LatencyCurve[];
  readonly #hidden = new Set<string>();
  #focused: string | undefined;
  #plot: uPlot | undefined;

  constructor(container: HTMLElement, curves: readonly LatencyCurve[]) {
    this.#container = container;
    this.#curves = curves;
    this.#listenToLegend();
    this.paint();
  }

  paint(): void {
    this.#plot?.destroy();
    const width = Math.max(240, Math.floor(this.#container.clientWidth));
    const beside = document.querySelector<HTMLElement>('.legend')?.clientHeight ?? 0;
    const height = width < 480 ? 300 : Math.min(520, Math.max(340, beside));
    this.#plot = new uPlot(this.#options(width, height), this.#data(), this.#container);
  }

  #data(): uPlot.AlignedData {
    const last = Math.round(LAST * 100);
    const shares = Array.from({ length: last + 1 }, (_, index) => rarity(index / 100));
    return [
      shares,
      ...this.#curves.map(({ quantiles }) =>
        shares.map((_, index) => Math.max(LEAST_MS, quantiles[index] ?? LEAST_MS)),
      ),
    ];
  }

  #options(width: number, height: number): uPlot.Options {
    const quiet = colour('--quiet');
    const grid = { stroke: colour('--line'), width: 1 };
    const font = '12px system-ui, sans-serif';
    const labels = width >= ROOM_FOR_LABELS_PX;
    return {
      width,
      height,
      padding: [12, labels ? 130 : 18, 0, 0],
      legend: { show: false },
      cursor: { points: { size: 7 }, drag: { x: false, y: false } },
      scales: { x: { time: false, range: [0, rarity(LAST)] }, y: { distr: 3, log: 10 } },
      axes: [
        {
          stroke: quiet,
          grid,
          ticks: grid,
          font,
          size: 44,
          gap: 6,
          label: 'share of the requests',
          labelFont: font,
          labelSize: 18,
          splits: () => NAMED.filter((named) => width > 480 || ![0.75, 0.98].includes(named)).map(rarity),
          values: (_, splits) => splits.map((split) => `${Math.round((1 - 10 ** -split) * 100)} %`),
        },
        {
          stroke: quiet,
          grid,
          ticks: grid,
          font,
          size: 58,
          values: (_, splits) => splits.map(axisTime),
        },
      ],
      series: [
        {},
        ...this.#curves.map(({ policy }) => ({
          label: policy,
          stroke: colour(`--policy-${policy}`),
          width: policy === 'bid' ? 3.5 : 2,
          alpha: this.#focused === undefined || this.#focused === policy ? 1 : 0.18,
          ...(dashOf(policy) ? { dash: dashOf(policy)! } : {}),
          show: !this.#hidden.has(policy),
          points: { show: false },
        })),
      ],
      hooks: { draw: labels ? [(plot) => this.#labels(plot)] : [], setCursor: [(plot) => this.#tell(plot)] },
    };
  }

  /** Names at the ends of the curves, moved apart where they would overlap. */
  #labels(plot: uPlot): void {
    const ratio = devicePixelRatio;
    const ends = this.#curves
      .map(({ policy, quantiles }) => ({
        policy,
        y: plot.valToPos(Math.max(LEAST_MS, quantiles[Math.round(LAST * 100)] ?? LEAST_MS), 'y', true),
      }))
      .filter(({ policy }) => !this.#hidden.has(policy))
      .sort((a, b) => a.y - b.y);
    const { ctx, bbox } = plot;
    const gap = LABEL_GAP_PX * ratio;
    const lowest = bbox.top + bbox.height;
    const places = ends.map(({ y }) => y);
    for (let i = 1; i < places.length; i += 1) places[i] = Math.max(places[i]!, places[i - 1]! + gap);
    for (let i = places.length - 1; i >= 0; i -= 1) {
      places[i] = Math.min(places[i]!, i === places.length - 1 ? lowest : places[i + 1]! - gap);
    }
    ctx.save();
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    for (const [index, { policy, y }] of ends.entries()) {
      const right = bbox.left + bbox.width;
      ctx.globalAlpha = this.#focused === undefined || this.#focused === policy ? 1 : 0.25;
      ctx.strokeStyle = ctx.fillStyle = colour(`--policy-${policy}`);
      ctx.font = `${policy === 'bid' ? '700' : '400'} ${12 * ratio}px system-ui, sans-serif`;
      ctx.lineWidth = ratio;
      ctx.beginPath();
      ctx.moveTo(right, y);
      ctx.lineTo(right + 10 * ratio, places[index]!);
      ctx.stroke();
      ctx.fillText(policy, right + 13 * ratio, places[index]!);
    }
    ctx.restore();
  }

  #tell(plot: uPlot): void {
    const index = plot.cursor.idx;
    if (index === null || index === undefined) {
      plot.root.title = '';
      return;
    }
    const lines = this.#curves
      .filter(({ policy }) => !this.#hidden.has(policy))
      .map(({ policy, quantiles }) => `${policy}: ${axisTime(quantiles[index] ?? Number.NaN)}`);
    plot.root.title = [`${index} of 100 within`, ...lines].join('\n');
  }

  #listenToLegend(): void {
    for (const label of document.querySelectorAll<HTMLElement>('.legend label')) {
      const policy = label.dataset.policy!;
      const box = label.querySelector('input')!;
      box.addEventListener('change', () => {
        if (box.checked) this.#hidden.delete(policy);
        else this.#hidden.add(policy);
        this.paint();
      });
      const focus = (name: string | undefined) => () => {
        this.#focused = name !== undefined && this.#hidden.has(name) ? undefined : name;
        this.paint();
      };
      label.addEventListener('pointerenter', focus(policy));
      label.addEventListener('pointerleave', focus(undefined));
      box.addEventListener('focus', () => box.matches(':focus-visible') && focus(policy)());
      box.addEventListener('blur', focus(undefined));
    }
  }
}

/** 0 for the median's half, 1 for one in ten, 2 for one in a hundred. */
function rarity(share: number): number {
  return -Math.log10(1 - share);
}

function dashOf(policy: string): number[] | undefined {
  if (policy === 'omniscient') return [2, 4];
  if (policy === 'ask-all') return [7, 4];
  return undefined;
}

function axisTime(ms: number | null): string {
  if (ms === null || Number.isNaN(ms)) return '';
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}
