/** Forms of the documents about one list: languages, and addresses under which the front door is reached. */
const MAX_FORMS = 16;

/** Documents about a list, written once for as long as it is the very same one: of all processes that is megabytes. */
export class KeptDocuments<T> {
  #list: object | undefined;
  /** By form, the one used last at the end. */
  readonly #documents = new Map<string, T>();

  of(list: object, form: string, write: () => T): T {
    if (list !== this.#list) {
      this.#list = list;
      this.#documents.clear();
    }
    const document = this.#documents.get(form) ?? write();
    this.#documents.delete(form);
    this.#documents.set(form, document);
    const [oldest] = this.#documents.keys();
    if (this.#documents.size > MAX_FORMS && oldest !== undefined) this.#documents.delete(oldest);
    return document;
  }
}
