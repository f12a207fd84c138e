/** UTF-16 units of the longest text that is kept, so that a full cache takes some megabytes for each 1,000 texts. */
const longest = 4096;

/** Matches of the last texts; the oldest makes room for the next. */
export class MatchCache {
  readonly #size: number;
  readonly #matches = new Map<string, readonly (string | undefined)[]>();

  constructor(size: number) {
    this.#size = size;
  }

  get(text: string): readonly (string | undefined)[] | undefined {
    return this.#matches.get(text);
  }

  add(text: string, groups: readonly (string | undefined)[]): void {
    if (text.length > longest) return;
    if (this.#matches.size >= this.#size) {
      const [oldest = ''] = this.#matches.keys();
      this.#matches.delete(oldest);
    }
    this.#matches.set(text, groups);
  }
}
