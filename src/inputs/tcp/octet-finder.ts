import type { LineFinder } from '../../lines/line-finder.js';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const zero = 0x30;
const one = 0x31;
const nine = 0x39;

/** Digits of the longest length that is one: a frame of a gigabyte is cut long before. */
const mostDigits = 10;

/**
 * Frames that begin with their length, `39 <34>1 ...` (RFC 6587 3.4.1). Their text is the whole frame, its length
 * included. Bytes that begin with no length are a line, which a line feed ends; line feeds between frames are skipped.
 */
export class OctetFinder implements LineFinder {
  start = 0;
  end = 0;
  after = 0;
  #bytes: Buffer = Buffer.alloc(0);
  /** Bytes of a line without a length that were searched before. */
  #searched = 0;
  /** Where the frame that is not complete ends; -1: it is a line. */
  #frameEnd = -1;

  begin(bytes: Buffer, from: number): void {
    // What was left of the frame is counted from the first of the new bytes.
    if (this.#frameEnd >= 0) this.#frameEnd += from - this.#bytes.length;
    this.#bytes = bytes;
  }

  find(from: number): boolean {
    const bytes = this.#bytes;
    let at = from;
    while (at < bytes.length && (bytes[at] === lineFeed || bytes[at] === carriageReturn)) at++;
    this.#frameEnd = -1;
    const frameEnd = this.#endOfFrame(at);
    if (frameEnd === undefined) return false;
    if (frameEnd < 0) return this.#findLine(from, at);
    if (frameEnd > bytes.length) {
      this.#frameEnd = frameEnd;
      return false;
    }
    this.#searched = 0;
    this.start = at;
    this.end = this.after = frameEnd;
    return true;
  }

  afterThis(from: number): number | undefined {
    const bytes = this.#bytes;
    if (this.#frameEnd < 0) {
      const at = bytes.indexOf(lineFeed, from);
      return at < 0 ? undefined : at + 1;
    }
    if (this.#frameEnd > bytes.length) return undefined;
    const end = this.#frameEnd;
    this.#frameEnd = -1;
    return Math.max(from, end);
  }

  get unsettled(): number {
    return this.#bytes.length;
  }

  reset(): void {
    this.#searched = 0;
  }

  /** Undefined: the length is not complete; below 0: there is none. */
  #endOfFrame(from: number): number | undefined {
    const bytes = this.#bytes;
    let length = 0;
    let at = from;
    for (let byte = bytes[at] ?? -1; byte >= (at === from ? one : zero) && byte <= nine; byte = bytes[++at] ?? -1)
      length = length * 10 + byte - zero;
    if (at - from > mostDigits) return -1;
    if (at === bytes.length) return undefined;
    return at > from && bytes[at] === space ? at + 1 + length : -1;
  }

  #findLine(from: number, start: number): boolean {
    const at = this.#bytes.indexOf(lineFeed, Math.max(start, from + this.#searched));
    if (at < 0) {
      this.#searched = this.#bytes.length - from;
      return false;
    }
    this.#searched = 0;
    this.start = start;
    this.after = at + 1;
    this.end = at > start && this.#bytes[at - 1] === carriageReturn ? at - 1 : at;
    return true;
  }
}
