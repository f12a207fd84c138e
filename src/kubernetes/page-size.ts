/** Objects of a first page: some hundred kilobytes of pods. */
const first = 50;
const most = 500;
/** Bytes of a page: they are read as JSON at once, in about 10 ms. */
const wantedBytes = 1 << 20;

/** How many objects the next page of a list asks for, learned from the size of those before. */
export class PageSize {
  #limit = first;

  get limit(): number {
    return this.#limit;
  }

  /** A page was too large to be read. False: it had a single object. */
  halve(): boolean {
    const before = this.#limit;
    this.#limit = Math.max(1, before >> 1);
    return before > 1;
  }

  /** A page of `items` took `bytes`. */
  learn(items: number, bytes: number): void {
    if (items === 0) return;
    this.#limit = Math.max(1, Math.min(most, Math.floor((wantedBytes * items) / bytes)));
  }
}
