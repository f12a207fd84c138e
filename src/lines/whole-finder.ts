import type { Following, LineFinder } from './line-finder.js';

/** No lines at all: everything that there is at one time is one (encoding `nop`). */
export class WholeFinder implements LineFinder {
  start = 0;
  end = 0;
  after = 0;
  #length = 0;
  #following: Following = 'later';

  begin(bytes: Buffer, _from: number, following: Following): void {
    this.#length = bytes.length;
    this.#following = following;
  }

  find(from: number): boolean {
    if (this.#following === 'more' || from === this.#length) return false;
    this.start = from;
    this.end = this.after = this.#length;
    return true;
  }

  afterThis(): number | undefined {
    return this.#following === 'more' ? undefined : this.#length;
  }

  get unsettled(): number {
    return this.#length;
  }

  reset(): void {}
}
