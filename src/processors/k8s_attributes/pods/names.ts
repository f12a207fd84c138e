/** Texts that are kept once, however many objects have them. */
const most = 50_000;

/** Keeps texts that many objects share, such as the names of nodes and images, once. */
export class Names {
  readonly #known: Map<string, string> = new Map();

  /** The same text, from its first object. */
  shared(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= most) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }
}
