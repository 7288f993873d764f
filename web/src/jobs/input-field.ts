import { element } from '../dom.ts';
import { listJobs } from './api.ts';
import {
  boxValue,
  type DescribedInput,
  hintOf,
  type InputFormat,
  type InputKind,
  inlineValue,
  isLatitudeFirst,
  kindOf,
  numberValue,
} from './process-form.ts';
import { size } from './words.ts';

/** One value of an input, as a person gives it. */
interface ValueField {
  readonly element: HTMLElement;
  /** Undefined where nothing was given. Rejects with what is wrong, for people. */
  value(): Promise<unknown>;
}

/** Larger files stand in no request: they are given by address. */
const MAX_FILE_BYTES = 20_000_000;
const OFFERED_JOBS = 50;
const MAX_VALUES = 100;

/** An input of a process: its title, its help, and a control for each of its values. */
export class InputField {
  readonly element: HTMLFieldSetElement;
  readonly #id: string;
  readonly #described: DescribedInput;
  readonly #kind: InputKind;
  readonly #values = element('div', { class: 'values' });
  readonly #problem = element('p', { class: 'problem', role: 'alert', hidden: '' });
  readonly #fields: ValueField[] = [];
  readonly #another = element('button', { type: 'button', class: 'small' }, 'Add another value');

  constructor(id: string, described: DescribedInput, given = '') {
    this.#id = id;
    this.#described = described;
    this.#kind = kindOf(described);
    const { title = id, description, minOccurs = 1, schema } = described;
    const help = [description, hintOf(schema)].filter((text) => text).join(' ');
    this.element = element(
      'fieldset',
      { class: 'input', 'data-input': id, ...(help !== '' && { 'aria-describedby': `help-${id}` }) },
      element(
        'legend',
        {},
        title,
        element('code', { class: 'quiet' }, ` ${id}`),
        element('span', { class: 'quiet' }, minOccurs > 0 ? ' needed' : ' optional'),
      ),
      help !== '' && element('p', { class: 'help', id: `help-${id}` }, help),
      this.#values,
      this.#another,
      this.#problem,
    );
    this.#another.addEventListener('click', () => this.#add());
    this.#add(given);
  }

  /** The JSON of the input; undefined where nothing was given. Rejects, and shows it, when something is wrong. */
  async json(): Promise<unknown> {
    this.tell('');
    try {
      const all = await Promise.all(this.#fields.map((field) => field.value()));
      const values = all.filter((value) => value !== undefined);
      if (values.length < (this.#described.minOccurs ?? 1)) throw new Error('A value is needed');
      return this.#mayRepeat && values.length > 0 ? values : values[0];
    } catch (error) {
      this.tell((error as Error).message);
      throw error;
    }
  }

  /** Shows what is wrong with it; '' for nothing. */
  tell(problem: string): void {
    this.#problem.textContent = problem;
    this.#problem.hidden = problem === '';
    this.element.toggleAttribute('data-wrong', problem !== '');
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('input, select, textarea')?.focus();
  }

  get #most(): number {
    const { maxOccurs = 1 } = this.#described;
    return maxOccurs === 'unbounded' ? MAX_VALUES : Math.min(maxOccurs, MAX_VALUES);
  }

  get #mayRepeat(): boolean {
    return this.#most > 1;
  }

  #add(given = ''): void {
    const label = `${this.#described.title ?? this.#id}${this.#fields.length > 0 ? ` ${this.#fields.length + 1}` : ''}`;
    const field = fieldOf(this.#kind, this.#described, label, given);
    const row = element('div', { class: 'value' }, field.element);
    if (this.#fields.length > 0) {
      const remove = element(
        'button',
        { type: 'button', class: 'small', 'aria-label': `Remove ${label}` },
        'Remove',
      );
      remove.addEventListener('click', () => {
        this.#fields.splice(this.#fields.indexOf(field), 1);
        row.remove();
        this.#another.hidden = this.#fields.length >= this.#most;
        this.#another.focus();
      });
      row.append(remove);
    }
    this.#fields.push(field);
    this.#values.append(row);
    this.#another.hidden = this.#fields.length >= this.#most;
  }
}

function fieldOf(
  kind: InputKind,
  { schema, minOccurs = 1 }: DescribedInput,
  label: string,
  given: string,
): ValueField {
  const byDefault = schema.default === undefined ? '' : String(schema.default);
  switch (kind.kind) {
    case 'choice':
      return choiceField(kind.values, label, byDefault, minOccurs === 0);
    case 'boolean':
      return choiceField(['true', 'false'], label, byDefault, minOccurs === 0, (text) => text === 'true');
    case 'number':
      return numberField(kind, label, byDefault);
    case 'text':
      return textField(kind.type, label, byDefault);
    case 'bbox':
      return new BoxField(kind.crs, label);
    case 'complex':
      return new ComplexField(kind.formats, label, given, byDefault);
  }
}

function choiceField(
  values: readonly string[],
  label: string,
  byDefault: string,
  isOptional: boolean,
  json: (text: string) => unknown = (text) => text,
): ValueField {
  const none = isOptional && byDefault === '' ? [['', 'not given'] as const] : [];
  const options = [...none, ...values.map((value) => [value, value] as const)];
  const select = element(
    'select',
    { 'aria-label': label },
    ...options.map(([value, text]) => element('option', { value }, text)),
  );
  if (byDefault !== '') select.value = byDefault;
  return { element: select, value: async () => (select.value === '' ? undefined : json(select.value)) };
}

function numberField(
  { isWhole, minimum, maximum, units }: Extract<InputKind, { kind: 'number' }>,
  label: string,
  byDefault: string,
): ValueField {
  const input = element('input', {
    type: 'number',
    'aria-label': label,
    step: isWhole ? '1' : 'any',
    value: byDefault,
    ...(minimum !== undefined && { min: String(minimum) }),
    ...(maximum !== undefined && { max: String(maximum) }),
  });
  const unit = element(
    'select',
    { 'aria-label': `Unit of ${label}` },
    ...units.map((each) => element('option', {}, each)),
  );
  const row = element('div', { class: 'row' }, input, units.length > 0 && unit);
  return {
    element: row,
    value: async () => {
      if (input.validity.badInput) throw new Error('A number is needed');
      return input.value === '' ? undefined : numberValue(input.value, units.length > 0 ? unit.value : '');
    },
  };
}

function textField(type: string, label: string, byDefault: string): ValueField {
  const input = element('input', {
    type,
    'aria-label': label,
    value: byDefault,
    ...(type === 'datetime-local' && { step: '1' }),
  });
  return {
    element: input,
    value: async () => {
      if (input.value === '') return undefined;
      return type === 'datetime-local' ? new Date(input.value).toISOString() : input.value;
    },
  };
}

const SIDES = ['West', 'South', 'East', 'North'] as const;

/** Four numbers, typed or drawn. They stand as west, south, east, north; the request has the order of the CRS. */
class BoxField implements ValueField {
  readonly element: HTMLElement;
  readonly #sides: HTMLInputElement[];
  readonly #crs: HTMLSelectElement;
  #map: { readonly element: HTMLElement; show(extent: readonly number[], crs: string): void } | undefined;

  constructor(crs: readonly string[], label: string) {
    this.#sides = SIDES.map((side) =>
      element('input', { type: 'number', step: 'any', placeholder: side, 'aria-label': `${label}: ${side}` }),
    );
    this.#crs = element(
      'select',
      { 'aria-label': `CRS of ${label}` },
      ...crs.map((each) => element('option', {}, each)),
    );
    const button = element('button', { type: 'button' }, 'Draw on a map');
    const row = element('div', { class: 'row box' }, ...this.#sides, this.#crs, button);
    this.element = element('div', {}, row);
    row.addEventListener('change', () => this.#showTyped());
    button.addEventListener('click', () => void this.#openMap(button));
  }

  async value(): Promise<unknown> {
    const texts = this.#sides.map(({ value }) => value);
    if (texts.every((text) => text === '')) return undefined;
    const [west = '', south = '', east = '', north = ''] = texts;
    const crs = this.#crs.value;
    return boxValue(isLatitudeFirst(crs) ? [south, west, north, east] : [west, south, east, north], crs);
  }

  async #openMap(button: HTMLButtonElement): Promise<void> {
    const { BoxMap, canBeDrawn } = await import('./box-map.ts');
    if (!canBeDrawn(this.#crs.value)) {
      button.textContent = 'Boxes in this CRS are typed';
      return;
    }
    button.remove();
    const map = new BoxMap(
      () => this.#crs.value,
      (extent) => {
        for (const [index, side] of this.#sides.entries())
          side.value = String(rounded(extent[index] as number));
      },
    );
    this.#map = map;
    const take = element('button', { type: 'button', class: 'small' }, 'Take what the map shows');
    take.addEventListener('click', () => map.takeVisible());
    this.element.append(map.element, take);
    this.#showTyped();
  }

  #showTyped(): void {
    const extent = this.#sides.map(({ value }) => (value === '' ? Number.NaN : Number(value)));
    if (extent.every(Number.isFinite)) this.#map?.show(extent, this.#crs.value);
  }
}

/** Six decimals of a degree are ten centimetres. */
const rounded = (value: number) => Math.round(value * 1e6) / 1e6;

const SOURCES = [
  ['text', 'Text'],
  ['file', 'File'],
  ['address', 'Address'],
  ['job', 'Output of a job'],
] as const;

/** Data: written, from a file, from the web, or from another job. */
class ComplexField implements ValueField {
  readonly element: HTMLElement;
  readonly #formats: readonly InputFormat[];
  readonly #source: HTMLSelectElement;
  readonly #format: HTMLSelectElement;
  readonly #controls: Readonly<Record<(typeof SOURCES)[number][0], HTMLInputElement | HTMLTextAreaElement>>;

  constructor(formats: readonly InputFormat[], label: string, given: string, byDefault: string) {
    this.#formats = formats;
    this.#source = element(
      'select',
      { 'aria-label': `Where ${label} comes from` },
      ...SOURCES.map(([value, text]) => element('option', { value }, text)),
    );
    this.#format = element(
      'select',
      { 'aria-label': `Format of ${label}` },
      ...formats.map(({ mediaType }, index) => element('option', { value: String(index) }, mediaType)),
    );
    const offered = element('datalist', { id: `jobs-${crypto.randomUUID()}` });
    this.#controls = {
      text: element('textarea', { rows: '4', spellcheck: 'false', 'aria-label': label }, byDefault),
      file: element('input', { type: 'file', 'aria-label': label }),
      address: element('input', { type: 'url', placeholder: 'https://…', 'aria-label': label }),
      job: element('input', { placeholder: 'job:…/output', list: offered.id, 'aria-label': label }),
    };
    this.element = element(
      'div',
      { class: 'complex' },
      element('div', { class: 'row' }, this.#source, formats.length > 1 && this.#format),
      ...Object.values(this.#controls),
      offered,
    );
    this.#source.addEventListener('change', () => this.#show(offered));
    if (given !== '') {
      this.#source.value = 'job';
      this.#controls.job.value = given;
    }
    this.#show(offered);
  }

  async value(): Promise<unknown> {
    const format = this.#formats[Number(this.#format.value)] as InputFormat;
    const { text, file, address, job } = this.#controls;
    switch (this.#source.value) {
      case 'file':
        return await this.#fileValue((file as HTMLInputElement).files?.[0], format);
      case 'address':
        return address.value === '' ? undefined : { href: address.value, type: format.mediaType };
      case 'job':
        return job.value === '' ? undefined : { href: job.value };
      default:
        return text.value.trim() === '' ? undefined : inlineValue(text.value, format);
    }
  }

  async #fileValue(file: File | undefined, format: InputFormat): Promise<unknown> {
    if (!file) return undefined;
    if (file.size > MAX_FILE_BYTES) {
      const most = size(MAX_FILE_BYTES);
      throw new Error(
        `${file.name} has ${size(file.size)}; up to ${most} are sent along: give it by its address`,
      );
    }
    if (!format.isBinary) return inlineValue(await file.text(), format);
    return inlineValue(base64(new Uint8Array(await file.arrayBuffer())), format);
  }

  #show(offered: HTMLDataListElement): void {
    for (const [source, control] of Object.entries(this.#controls))
      control.hidden = source !== this.#source.value;
    if (this.#source.value === 'job' && offered.childElementCount === 0) void offerOutputs(offered);
  }
}

/** Outputs of the latest successful jobs. */
async function offerOutputs(list: HTMLDataListElement): Promise<void> {
  const query = new URLSearchParams({ state: 'successful', limit: String(OFFERED_JOBS) });
  const { jobs } = await listJobs(query);
  const options = jobs.flatMap(({ id, process, outputs }) =>
    outputs.map(({ name }) =>
      element(
        'option',
        { value: `job:${id}/${encodeURIComponent(name)}` },
        `${name} of ${process} ${id.slice(0, 8)}`,
      ),
    ),
  );
  list.replaceChildren(...options);
}

function base64(bytes: Uint8Array): string {
  let text = '';
  const step = 0x8000;
  for (let at = 0; at < bytes.length; at += step)
    text += String.fromCharCode(...bytes.subarray(at, at + step));
  return btoa(text);
}
