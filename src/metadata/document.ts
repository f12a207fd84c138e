/** A JSON document of a peer: fields are read by path, and one of another type than expected is an error. */
export class MetadataDocument {
  readonly #value: unknown;
  readonly #where: string;

  private constructor(value: unknown, where: string) {
    this.#value = value;
    this.#where = where;
  }

  /** Throws for text that is no JSON object. `what` names it in errors. */
  static parse(text: string, what: string): MetadataDocument {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new Error(`${what} is not JSON`, { cause: error });
    }
    if (!isObject(value)) throw new Error(`${what} is not a JSON object`);
    return new MetadataDocument(value, what);
  }

  /** The object in a field; without fields where there is none. */
  object(name: string): MetadataDocument {
    const value = this.#field(name) ?? {};
    if (!isObject(value)) throw this.#wrong(name, 'an object');
    return new MetadataDocument(value, `${this.#where}: ${name}`);
  }

  /** The objects in a list; none where there is no list. */
  objects(name: string): readonly MetadataDocument[] {
    const value = this.#field(name) ?? [];
    if (!Array.isArray(value) || !value.every(isObject)) throw this.#wrong(name, 'a list of objects');
    return value.map((each, i) => new MetadataDocument(each, `${this.#where}: ${name}[${i}]`));
  }

  /** The text in a field; '' where there is none. */
  text(name: string): string {
    const value = this.#field(name) ?? '';
    if (typeof value !== 'string') throw this.#wrong(name, 'text');
    return value;
  }

  /** The text in a field that has to be there. */
  required(name: string): string {
    const value = this.text(name);
    if (value === '') throw new Error(`${this.#where} has no ${name}`);
    return value;
  }

  /** A number or text in a field, as text; '' where there is none. */
  numeral(name: string): string {
    const value = this.#field(name) ?? '';
    if (typeof value !== 'string' && typeof value !== 'number') throw this.#wrong(name, 'a number');
    return String(value);
  }

  /** The fields that hold text, by name. */
  texts(): readonly (readonly [name: string, value: string])[] {
    return Object.entries(this.#fields()).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  }

  has(name: string): boolean {
    return this.#field(name) !== undefined;
  }

  #fields(): Readonly<Record<string, unknown>> {
    return isObject(this.#value) ? this.#value : {};
  }

  /** null is as good as no field, as in Go. */
  #field(name: string): unknown {
    const fields = this.#fields();
    return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
  }

  #wrong(name: string, expected: string): Error {
    return new Error(`${this.#where}: ${name} is not ${expected}`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
