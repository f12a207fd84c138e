import type { LineFinder } from '../../lines/line-finder.js';

/** Lines that end with a byte of zeros (RFC 6587 3.4.2), which does not belong to the text. */
export class TrailerFinder implements LineFinder {
  start = 0;
  end = 0;
  after = 0;
  #bytes: Buffer = Buffer.alloc(0);
  /** How many bytes of the line were searched before, without finding its end. */
  #searched = 0;

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
  }

  find(from: number): boolean {
    const at = this.#bytes.indexOf(0, from + this.#searched);
    if (at < 0) {
      this.#searched = this.#bytes.length - from;
      return false;
    }
    this.#searched = 0;
    this.start = from;
    this.end = at;
    this.after = at + 1;
    return true;
  }

  afterThis(from: number): number | undefined {
    const at = this.#bytes.indexOf(0, from);
    return at < 0 ? undefined : at + 1;
  }

  get unsettled(): number {
    return this.#bytes.length;
  }

  reset(): void {
    this.#searched = 0;
  }
}
