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
 * included. Bytes that begin with no length are a line, which a line feed ends; line ends between frames are empty
 * lines.
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
    // The rest of the frame is counted from the first of the new bytes.
    if (this.#frameEnd >= 0) this.#frameEnd += from - this.#bytes.length;
    this.#bytes = bytes;
  }

  find(from: number): boolean {
    const bytes = this.#bytes;
    let at = from;
    while (at < bytes.length && (bytes[at] === lineFeed || bytes[at] === carriageReturn)) at++;
    if (at > from) return this.#take(at, at, at);
    this.#frameEnd = -1;
    const frameEnd = this.#endOfFrame(at);
    if (frameEnd === undefined) return false;
    if (frameEnd < 0) return this.#findLine(at);
    if (frameEnd > bytes.length) {
      this.#frameEnd = frameEnd;
      return false;
    }
    return this.#take(at, frameEnd, frameEnd);
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

  #take(start: number, end: number, after: number): true {
    this.#searched = 0;
    this.start = start;
    this.end = end;
    this.after = after;
    return true;
  }

  /** Undefined: the length is not complete; below 0: there is none. */
  #endOfFrame(from: number): number | undefined {
    const bytes = this.#bytes;
    let length = 0;
    let at = from;
    for (let byte = bytes[at] ?? -1; byte >= (at === from ? one : zero) && byte <= nine; byte = bytes[++at] ?? -1) {
      if (at - from > mostDigits) break;
      length = length * 10 + byte - zero;
    }
    if (at - from > mostDigits) return -1;
    if (at === bytes.length) return undefined;
    return at > from && bytes[at] === space ? at + 1 + length : -1;
  }

  #findLine(from: number): boolean {
    const at = this.#bytes.indexOf(lineFeed, from + this.#searched);
    if (at < 0) {
      this.#searched = this.#bytes.length - from;
      return false;
    }
    return this.#take(from, at > from && this.#bytes[at - 1] === carriageReturn ? at - 1 : at, at + 1);
  }
}
