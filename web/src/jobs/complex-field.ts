import { element } from '../dom.ts';
import { listJobs } from './api.ts';
import { formatOfFile, type InputFormat, inlineValue } from './process-form.ts';
import { size } from './words.ts';

/** One value of an input, as a person gives it. */
export interface ValueField {
  readonly element: HTMLElement;
  /** Undefined where nothing was given. Rejects with what is wrong, for people. */
  value(): Promise<unknown>;
}

/** Larger files stand in no request: they are given by address. */
const MAX_FILE_BYTES = 20_000_000;
const OFFERED_JOBS = 50;

const SOURCES = [
  ['text', 'Text'],
  ['file', 'File'],
  ['address', 'Address'],
  ['job', 'Output of a job'],
] as const;

/** Data: written, from a file, from the web, or from another job. */
export class ComplexField implements ValueField {
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
    this.#controls.file.addEventListener('change', () => this.#followFile());
    if (given !== '') {
      this.#source.value = 'job';
      this.#controls.job.value = given;
    } else if (byDefault === '' && formats[0]?.isBinary) {
      // Nobody writes bytes.
      this.#source.value = 'file';
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

  /** A file that was chosen tells by its name what it is, mostly. */
  #followFile(): void {
    const [file] = (this.#controls.file as HTMLInputElement).files ?? [];
    const format = file && formatOfFile(file.name, this.#formats);
    if (format) this.#format.value = String(this.#formats.indexOf(format));
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
    if (this.#source.value !== 'job' || offered.childElementCount > 0) return;
    // They are a help: without them the address can be written, and whoever comes back asks again.
    offerOutputs(offered).catch(() => {});
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
