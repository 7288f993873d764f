import { element } from '../dom.ts';
import { describeProcess, execute, jobPage, type ListedProcess, listProcesses } from './api.ts';
import { InputField } from './input-field.ts';
import { failure } from './parts.ts';
import { type DescribedProcess, formatsOf, type InputFormat, kindOf } from './process-form.ts';

/** `/jobs/new`: a form for any process, made of its description. */
export class SubmitView {
  readonly #chooser = element('select', { id: 'process', disabled: '' });
  readonly #form = element('form', { class: 'submit', novalidate: '' });
  readonly #problem = element('div');
  /** Of another job, for the first input that takes it. */
  readonly #given: string;
  #fields = new Map<string, InputField>();
  #process: DescribedProcess | undefined;

  constructor(main: HTMLElement) {
    const query = new URLSearchParams(location.search);
    this.#given = query.get('input') ?? '';
    const label = element('label', { class: 'process' }, element('span', {}, 'Process'), this.#chooser);
    const head = element('header', { class: 'title' }, element('h2', {}, 'New job'), label);
    main.replaceChildren(head, this.#problem, this.#form);
    this.#chooser.addEventListener('change', () => {
      history.replaceState(null, '', `?${this.#search()}`);
      void this.#describe();
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    void this.#begin(query.get('process') ?? '');
  }

  async #begin(wanted: string): Promise<void> {
    try {
      const processes = await listProcesses();
      if (processes.length === 0) throw new Error('No peer offers a process at the moment');
      this.#chooser.replaceChildren(...options(processes));
      this.#chooser.disabled = false;
      if (wanted !== '') this.#chooser.value = wanted;
      // A name that is none of them leaves nothing chosen.
      if (this.#chooser.selectedIndex === -1)
        throw new Error(`No peer offers a process "${wanted}" at the moment`);
      await this.#describe();
    } catch (error) {
      this.#problem.replaceChildren(failure(error));
    }
  }

  #search(): string {
    const query = new URLSearchParams({ process: this.#chooser.value });
    if (this.#given !== '') query.set('input', this.#given);
    return query.toString();
  }

  async #describe(): Promise<void> {
    const id = this.#chooser.value;
    this.#problem.replaceChildren();
    try {
      const process = await describeProcess(id);
      if (this.#chooser.value === id) this.#show(process);
    } catch (error) {
      this.#form.replaceChildren();
      this.#problem.replaceChildren(failure(error));
    }
  }

  #show(process: DescribedProcess): void {
    this.#process = process;
    const inputs = Object.entries(process.inputs);
    const taker = inputs.find(([, input]) => kindOf(input).kind === 'complex')?.[0];
    this.#fields = new Map(
      inputs.map(([id, input]) => [id, new InputField(id, input, id === taker ? this.#given : '')]),
    );
    // What is needed stands first; of the rest there may be a lot.
    const isNeeded = ([id]: readonly [string, InputField]) => (process.inputs[id]?.minOccurs ?? 1) > 0;
    const fields = [...this.#fields];
    const needed = fields.filter(isNeeded).map(([, field]) => field.element);
    const optional = fields.filter((entry) => !isNeeded(entry)).map(([, field]) => field.element);
    const more = element(
      'details',
      { class: 'optional' },
      element('summary', {}, `Optional inputs (${optional.length})`),
      ...optional,
    );
    more.open = needed.length === 0 || optional.length <= 6;
    this.#form.replaceChildren(
      element('p', { class: 'about' }, process.description ?? process.title ?? ''),
      ...needed,
      ...(optional.length > 0 ? [more] : []),
      outputChoice(process),
      modeChoice(process),
      element('p', {}, element('button', { type: 'submit', class: 'primary' }, 'Submit')),
    );
  }

  async #submit(): Promise<void> {
    const process = this.#process;
    if (!process) return;
    const button = this.#form.querySelector<HTMLButtonElement>('button[type=submit]') as HTMLButtonElement;
    this.#problem.replaceChildren();
    button.disabled = true;
    try {
      const inputs = await this.#inputs();
      if (!inputs) return;
      const form = new FormData(this.#form);
      const outputs = Object.fromEntries(form.getAll('output').map((id) => [id, wishFor(String(id), form)]));
      if (Object.keys(outputs).length === 0) throw new Error('Choose at least one output');
      const body = { inputs, outputs, response: 'document' };
      location.assign(jobPage(await execute(process.id, body, form.get('mode') !== 'sync')));
    } catch (error) {
      this.#blame(error as Error);
    } finally {
      button.disabled = false;
    }
  }

  /** Undefined when something is wrong with one of them, which is shown there. */
  async #inputs(): Promise<Record<string, unknown> | undefined> {
    const inputs: Record<string, unknown> = {};
    let first: InputField | undefined;
    for (const [id, field] of this.#fields) {
      try {
        const value = await field.json();
        if (value !== undefined) inputs[id] = value;
      } catch {
        first ??= field;
      }
    }
    first?.focus();
    return first ? undefined : inputs;
  }

  /** Where the peer names an input, there; else above the form. */
  #blame(error: Error): void {
    const named = [...this.#fields].find(([id]) => error.message.includes(`"${id}"`));
    if (named) {
      const [, field] = named;
      field.tell(error.message);
      field.element.closest('details')?.setAttribute('open', '');
      field.focus();
      return;
    }
    const shown = failure(error);
    this.#problem.replaceChildren(shown);
    shown.scrollIntoView({ block: 'nearest' });
  }
}

function options(processes: readonly ListedProcess[]): HTMLElement[] {
  return processes.map(({ id, title }) =>
    element('option', { value: id }, title === id ? id : `${id} – ${title}`),
  );
}

function outputChoice({ outputs }: DescribedProcess): HTMLElement {
  const boxes = Object.entries(outputs).map(([id, { title = id, schema = {} }]) => {
    const box = element('input', { type: 'checkbox', name: 'output', value: id, checked: '' });
    const label = element('label', {}, box, ` ${title}`, element('code', { class: 'quiet' }, ` ${id}`));
    return element('div', { class: 'row' }, label, formatChoice(id, title, formatsOf(schema)));
  });
  return element('fieldset', { class: 'choices' }, element('legend', {}, 'Outputs'), ...boxes);
}

/** Nothing where there is nothing to choose. */
function formatChoice(id: string, title: string, formats: readonly InputFormat[]): HTMLElement | false {
  if (formats.length < 2) return false;
  return element(
    'select',
    { name: `format-${id}`, 'aria-label': `Format of ${title}` },
    ...formats.map(({ mediaType }) => element('option', {}, mediaType)),
  );
}

function wishFor(id: string, form: FormData): object {
  const mediaType = form.get(`format-${id}`);
  return mediaType === null ? {} : { format: { mediaType } };
}

function modeChoice({ jobControlOptions = [] }: DescribedProcess): HTMLElement {
  const modes = [
    ['async', 'async', 'go on at once, and look when it is done'],
    ['sync', 'sync', 'before jobs that nobody waits for; this page waits'],
  ] as const;
  const offered = modes.filter(([mode]) => jobControlOptions.includes(`${mode}-execute`));
  const radios = (offered.length > 0 ? offered : modes).map(([mode, name, meaning], index) => {
    const radio = element('input', {
      type: 'radio',
      name: 'mode',
      value: mode,
      ...(index === 0 && { checked: '' }),
    });
    return element('label', {}, radio, ` ${name}`, element('span', { class: 'quiet' }, ` – ${meaning}`));
  });
  return element('fieldset', { class: 'choices' }, element('legend', {}, 'Mode'), ...radios);
}
