import { element } from '../dom.ts';
import { ComplexField, type ValueField } from './complex-field.ts';
import {
  boxValue,
  type DescribedInput,
  hintOf,
  type InputKind,
  isLatitudeFirst,
  kindOf,
  numberValue,
} from './process-form.ts';

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
    while (this.#fields.length < Math.min(minOccurs, this.#most)) this.#add();
  }

  /** The JSON of the input; undefined where nothing was given. Rejects, and shows it, when something is wrong. */
  async json(): Promise<unknown> {
    this.tell('');
    try {
      const all = await Promise.all(this.#fields.map((field) => field.value()));
      const values = all.filter((value) => value !== undefined);
      const { minOccurs = 1 } = this.#described;
      if (values.length < minOccurs)
        throw new Error(minOccurs === 1 ? 'A value is needed' : `${minOccurs} values are needed`);
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
