/** The cursors of entries that are on their way, by their position: numbers that grow by one. */
export class Cursors {
  #first = 1;
  #cursors: string[] = [];

  /** Notes the next entry and returns its position. */
  add(cursor: string): number {
    this.#cursors.push(cursor);
    return this.#first + this.#cursors.length - 1;
  }

  /** The cursor of the entry at `position`, and forgets all before it; undefined when it was forgotten already. */
  upTo(position: number): string | undefined {
    const at = Math.min(position - this.#first, this.#cursors.length - 1);
    if (at < 0) return undefined;
    const cursor = this.#cursors[at];
    this.#cursors = this.#cursors.slice(at);
    this.#first += at;
    return cursor;
  }

  /** The position of the entry that was added last. */
  get last(): number {
    return this.#first + this.#cursors.length - 1;
  }
}
