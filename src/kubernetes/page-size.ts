/** Objects of a first page: some hundred kilobytes of pods. */
const first = 50;
const most = 500;
/** Bytes of a page: the server makes all of it before it sends the first one. */
const wantedBytes = 1 << 20;

/** A page of a list has more bytes than are read. */
export class PageTooLarge extends Error {}

interface SizedPage {
  /** Objects. */
  readonly count: number;
  /** Its size on the wire. */
  readonly bytes: number;
}

/** How many objects the next page of a list asks for, learned from the size of those before. */
export class PageSize {
  #limit = first;

  /** The next page. Objects may be much larger than those before: when they are too large, fewer are asked for. */
  async ask<P extends SizedPage>(page: (limit: number) => Promise<P>): Promise<P> {
    for (;;)
      try {
        const found = await page(this.#limit);
        this.#learn(found.count, found.bytes);
        return found;
      } catch (error) {
        if (!(error instanceof PageTooLarge) || this.#limit === 1) throw error;
        this.#limit = Math.max(1, this.#limit >> 1);
      }
  }

  #learn(items: number, bytes: number): void {
    if (items === 0) return;
    this.#limit = Math.max(1, Math.min(most, Math.floor((wantedBytes * items) / bytes)));
  }
}
