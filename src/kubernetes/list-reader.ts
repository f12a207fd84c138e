import type { ApiJson } from './json.js';

/** Where the list of a page begins. */
const itemsKey = /"items"\s*:\s*$/;

/**
 * Takes a page of a list apart while it comes: each of its objects is given as soon as its last byte is there, and only
 * the page around them is kept. A page that is read at once costs a multiple of its bytes until it has been looked at.
 */
export class ListReader {
  readonly #take: (object: Buffer) => void;
  /** What stands around the objects. */
  readonly #envelope: Buffer[] = [];
  /** The begin of an object whose end has not come. */
  #held: Buffer[] = [];
  #isOpen = false;
  #isInItems = false;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;

  constructor(take: (object: Buffer) => void) {
    this.#take = take;
  }

  /** The next bytes; they are looked at only now. Throws what `take` throws. */
  push(bytes: Uint8Array): void {
    // Numbers of this function: those of the module are read anew for each byte.
    const quote = 34;
    const backslash = 92;
    const openList = 91;
    const closeList = 93;
    const openMap = 123;
    const closeMap = 125;
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = piece.length;
    let depth = this.#depth;
    let isInText = this.#isInText;
    let isEscaped = this.#isEscaped;
    /** Of what is open in this piece: an object, or the envelope. */
    let from = 0;
    for (let i = 0; i < end; i++) {
      let byte = piece[i] ?? 0;
      if (isInText) {
        if (isEscaped) {
          isEscaped = false;
          continue;
        }
        while (byte !== quote && byte !== backslash && ++i < end) byte = piece[i] ?? 0;
        if (i === end) break;
        if (byte === backslash) isEscaped = true;
        else isInText = false;
      } else if (byte === quote) isInText = true;
      else if (byte === openMap) {
        if (++depth !== 3 || !this.#isInItems) continue;
        this.#isOpen = true;
        from = i;
      } else if (byte === openList) {
        if (++depth !== 2 || this.#isInItems || !this.#isBeforeItems(piece.subarray(from, i))) continue;
        this.#envelope.push(Buffer.from(piece.subarray(from, i + 1)));
        this.#isInItems = true;
      } else if (byte === closeMap) {
        if (--depth !== 2 || !this.#isOpen) continue;
        this.#isOpen = false;
        this.#take(this.#joined(piece.subarray(from, i + 1)));
      } else if (byte === closeList) {
        if (--depth !== 1 || !this.#isInItems) continue;
        this.#isInItems = false;
        from = i;
      }
    }
    this.#depth = depth;
    this.#isInText = isInText;
    this.#isEscaped = isEscaped;
    // Copies: the piece is larger than its rest, and may be used again.
    if (this.#isOpen) this.#held.push(Buffer.from(piece.subarray(from)));
    else if (!this.#isInItems) this.#envelope.push(Buffer.from(piece.subarray(from)));
  }

  /** The page without its objects. Throws when it is no JSON. */
  finish(): ApiJson {
    return JSON.parse(Buffer.concat(this.#envelope).toString('utf8'));
  }

  #isBeforeItems(rest: Buffer): boolean {
    return itemsKey.test(Buffer.concat([...this.#envelope, rest]).toString('latin1'));
  }

  #joined(last: Buffer): Buffer {
    if (this.#held.length === 0) return last;
    const whole = Buffer.concat([...this.#held, last]);
    this.#held = [];
    return whole;
  }
}
