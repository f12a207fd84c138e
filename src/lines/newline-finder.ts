import type { LineFinder } from './line-finder.js';
import type { TextEncoding } from './text-encoding.js';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Lines that end with a line feed; a carriage return before it does not belong to the text. */
export class NewlineFinder implements LineFinder {
  start = 0;
  end = 0;
  after = 0;
  readonly #unit: TextEncoding['unit'];
  readonly #width: number;
  #bytes: Buffer = Buffer.alloc(0);
  /** How many bytes of the line were searched before, without finding its end. */
  #searched = 0;
  /** The first byte that `afterThis` would have to see again: one of a character whose other byte is missing. */
  unsettled = 0;

  constructor(unit: TextEncoding['unit']) {
    this.#unit = unit;
    this.#width = unit === 'byte' ? 1 : 2;
  }

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
  }

  find(from: number): boolean {
    const at = this.#indexOf(from + this.#searched, from);
    if (at < 0) {
      this.#searched = this.#wholeUnits(from) - from;
      return false;
    }
    this.#searched = 0;
    this.start = from;
    this.after = at + this.#width;
    this.end = this.#isReturn(at - this.#width, from) ? at - this.#width : at;
    return true;
  }

  afterThis(from: number): number | undefined {
    const at = this.#indexOf(from, from);
    this.unsettled = this.#wholeUnits(from);
    return at < 0 ? undefined : at + this.#width;
  }

  reset(): void {
    this.#searched = 0;
  }

  /** Where the last unit ends that has all its bytes, of those that are counted from `from`. */
  #wholeUnits(from: number): number {
    return this.#bytes.length - ((this.#bytes.length - from) % this.#width);
  }

  /** The first line feed from `at` on, in units that are counted from `from`; -1 when there is none. */
  #indexOf(at: number, from: number): number {
    const bytes = this.#bytes;
    if (this.#unit === 'byte') return bytes.indexOf(lineFeed, at);
    const lowFirst = this.#unit === 'low-first';
    for (let low = bytes.indexOf(lineFeed, at); low >= 0; low = bytes.indexOf(lineFeed, low + 1)) {
      const start = lowFirst ? low : low - 1;
      if (start < from || (start - from) % 2 !== 0 || start + 1 >= bytes.length) continue;
      if (bytes[lowFirst ? start + 1 : start] === 0) return start;
    }
    return -1;
  }

  #isReturn(at: number, from: number): boolean {
    if (at < from) return false;
    const bytes = this.#bytes;
    if (this.#unit === 'byte') return bytes[at] === carriageReturn;
    const [first, second] = this.#unit === 'low-first' ? [carriageReturn, 0] : [0, carriageReturn];
    return bytes[at] === first && bytes[at + 1] === second;
  }
}
