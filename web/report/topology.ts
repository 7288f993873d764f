import type { SiteLink } from '../../sim/report/data.ts';
import { encodeCell } from '../../sim/report/data.ts';
import { arranged, type Box, type Site } from './arrange.ts';
import { css, inWords, loadColours } from './load-colours.ts';
import type { Moment } from './moment.ts';
import type { Rgb } from './theme.ts';

const SVG = 'http://www.w3.org/2000/svg';
const LEAST_WIDTH = 260;
/** With more sites than this the links between all of them would hide the sites. */
const MOST_LINKED_SITES = 6;

/** The sites with their machines, the links between them, and what each machine does at the moment. */
export class Topology {
  readonly #container: HTMLElement;
  readonly #links: readonly SiteLink[];
  readonly #moment: Moment;
  #machines: { readonly shape: SVGElement; readonly person: SVGElement; readonly title: SVGElement }[] = [];
  #colours: readonly Rgb[] = [];

  constructor(container: HTMLElement, links: readonly SiteLink[], moment: Moment) {
    this.#container = container;
    this.#links = links;
    this.#moment = moment;
    moment.onChange(() => this.#colour());
  }

  paint(): void {
    this.#colours = loadColours();
    const width = Math.max(LEAST_WIDTH, this.#container.clientWidth);
    const sites = this.#moment.run.sites();
    const links = sites.length <= MOST_LINKED_SITES ? this.#links : [];
    const { boxes, cell, height } = arranged(sites, width, links.length > 0);
    const svg = made('svg', {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': `${sites.length} sites with ${this.#moment.run.machines.length} computers`,
    });
    const byName = new Map(sites.map(({ name }, index) => [name, boxes[index]!]));
    const drawn = links.map((link) => linkOf(link, byName));
    for (const { line } of drawn) svg.append(line);
    this.#machines = [];
    for (const [index, site] of sites.entries()) this.#site(svg, site, boxes[index]!, cell);
    for (const { label } of drawn) svg.append(label);
    const facts = this.#facts(links.length === 0 ? this.#links : []);
    this.#container.replaceChildren(svg, facts);
    this.#colour();
  }

  #site(svg: Element, site: Site, box: Box, cell: number): void {
    svg.append(
      made('rect', { class: 'site', x: box.x, y: box.y, width: box.width, height: box.height, rx: 10 }),
      made('text', { class: 'site-name', x: box.x + 10, y: box.y + 17 }, `${site.name} · ${site.count}`),
    );
    const { machines } = this.#moment.run;
    const most = machines.reduce((slots, machine) => Math.max(slots, machine.slots), 1);
    const fastest = machines.reduce((speed, machine) => Math.max(speed, machine.speed), 0.1);
    for (let i = 0; i < site.count; i += 1) {
      const { slots, speed } = machines[site.first + i]!;
      const side = (cell - Math.max(1, cell * 0.16)) * Math.max(0.5, Math.sqrt(slots / most));
      const x = box.x + box.padding + ((i % box.perRow) + 0.5) * cell;
      const y = box.y + box.top + (Math.floor(i / box.perRow) + 0.5) * cell;
      const frame = cell < 10 ? 0 : Math.max(0.5, (speed / fastest) * Math.min(4, cell / 8));
      const shape = made('rect', {
        class: 'machine',
        x: x - side / 2,
        y: y - side / 2,
        width: side,
        height: side,
        rx: Math.min(4, side / 5),
        'stroke-width': frame,
      });
      const title = made('title');
      shape.append(title);
      const person = made('circle', {
        class: 'person-mark',
        cx: x + side / 2 - side * 0.12,
        cy: y - side / 2 + side * 0.12,
        r: Math.max(1.5, side * 0.2),
      });
      svg.append(shape, person);
      this.#machines.push({ shape, person, title });
    }
  }

  #colour(): void {
    const { run, column } = this.#moment;
    for (const [index, { shape, person, title }] of this.#machines.entries()) {
      const cell = run.cell(index, column);
      const { name, slots } = run.machines[index]!;
      shape.setAttribute('fill', css(this.#colours[encodeCell(cell)]!));
      person.setAttribute('visibility', cell.ownerActive && cell.load !== undefined ? 'visible' : 'hidden');
      title.textContent = `${name}: ${inWords(cell, slots)}`;
    }
  }

  /** How many machines there are of each kind, and the links that are not drawn. */
  #facts(links: readonly SiteLink[]): Element {
    const kinds = Map.groupBy(this.#moment.run.machines, ({ slots, speed }) => `${slots}|${speed}`);
    const most = [...kinds.values()].sort((a, b) => b.length - a.length).slice(0, 6);
    const list = document.createElement('ul');
    list.className = 'classes';
    for (const machines of most) {
      const { slots, speed } = machines[0]!;
      const item = document.createElement('li');
      item.textContent = `${machines.length} × ${slots} ${slots === 1 ? 'worker' : 'workers'}, speed ${Number(speed.toPrecision(2))}`;
      list.append(item);
    }
    if (kinds.size > most.length) {
      const item = document.createElement('li');
      item.textContent = `and ${kinds.size - most.length} other kinds`;
      list.append(item);
    }
    const kindsOfLinks = new Set(links.map(nameOf));
    if (kindsOfLinks.size > 0) {
      const item = document.createElement('li');
      item.textContent = `between any two sites ${[...kindsOfLinks].join(' or ')}`;
      list.append(item);
    }
    return list;
  }
}

function nameOf({ latencyMs, megabitsPerSecond }: SiteLink): string {
  return `${latencyMs} ms${megabitsPerSecond === undefined ? '' : `, ${megabitsPerSecond} Mbit/s`}`;
}

/** A line behind the sites and a label before them. */
function linkOf(
  link: SiteLink,
  boxes: ReadonlyMap<string, Box>,
): { readonly line: Element; readonly label: Element } {
  const [a, b] = [boxes.get(link.from)!, boxes.get(link.to)!];
  const [ax, ay, bx, by] = [a.x + a.width / 2, a.y + a.height / 2, b.x + b.width / 2, b.y + b.height / 2];
  const line = made('line', { class: 'link', x1: ax, y1: ay, x2: bx, y2: by });
  const [x, y] = middleOfGap(a, b);
  return { line, label: made('text', { class: 'link-name', x, y }, nameOf(link)) };
}

/** A place for the label where no box hides it. */
function middleOfGap(a: Box, b: Box): [number, number] {
  const [upper, lower] = a.y <= b.y ? [a, b] : [b, a];
  if (upper.y + upper.height <= lower.y) {
    return [(a.x + a.width / 2 + b.x + b.width / 2) / 2, (upper.y + upper.height + lower.y) / 2 + 4];
  }
  const [first, second] = a.x <= b.x ? [a, b] : [b, a];
  return [(first.x + first.width + second.x) / 2, a.y + Math.min(a.height, b.height) / 2 - 6];
}

function made(name: string, attributes: Record<string, string | number> = {}, text = ''): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== '') element.textContent = text;
  return element;
}
