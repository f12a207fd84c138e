import { apiList, type ApiJson } from './json.js';

/** The key of the list of a page. */
const itemsKey = 'items';

/**
 * Takes a page of a list apart while it comes: each of its objects is given as soon as its last byte is there, and only
 * the page around them is kept. A page that is read at once costs a multiple of its bytes until it has been looked at.
 */
export class ListReader {
  readonly #take: (object: Buffer) => void;
  /** The fields around the objects. */
  readonly #envelope: Buffer[] = [];
  /** The begin of an object whose end has not come. */
  #held: Buffer[] = [];
  #isOpen = false;
  #isInItems = false;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  /** Where the last text of the envelope began, in bytes of the page, and whether it is the key of the list. */
  #textAt = 0;
  #isItemsKey = false;
  /** Bytes of the pieces before, and the last of these. */
  #passed = 0;
  #tail = '';

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
        else {
          isInText = false;
          if (depth === 1) this.#isItemsKey = this.#endsWithKey(piece, i);
        }
      } else if (byte === quote) {
        isInText = true;
        if (depth === 1) this.#textAt = this.#passed + i + 1;
      } else if (byte === openMap) {
        if (++depth !== 3 || !this.#isInItems) continue;
        this.#isOpen = true;
        from = i;
      } else if (byte === openList) {
        if (++depth !== 2 || this.#isInItems || !this.#isItemsKey) continue;
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
    this.#passed += end;
    this.#tail = (this.#tail + piece.toString('latin1', Math.max(0, end - itemsKey.length), end)).slice(
      -itemsKey.length,
    );
    // Copies: the piece is larger than its rest, and may be used again.
    if (this.#isOpen) this.#held.push(Buffer.from(piece.subarray(from)));
    else if (!this.#isInItems) this.#envelope.push(Buffer.from(piece.subarray(from)));
  }

  /** The page without its objects. Throws when it is no JSON, or has objects that were not given. */
  finish(): ApiJson {
    const page: ApiJson = JSON.parse(Buffer.concat(this.#envelope).toString('utf8'));
    if (apiList(page, itemsKey).length > 0) throw new Error('the key of the list is not written as it is');
    return page;
  }

  /** Whether the text that ends at `to` is the key of the list. */
  #endsWithKey(piece: Buffer, to: number): boolean {
    const { length } = itemsKey;
    if (this.#passed + to - this.#textAt !== length) return false;
    return (this.#tail + piece.toString('latin1', Math.max(0, to - length), to)).endsWith(itemsKey);
  }

  #joined(last: Buffer): Buffer {
    if (this.#held.length === 0) return last;
    const whole = Buffer.concat([...this.#held, last]);
    this.#held = [];
    return whole;
  }
}
