import { byteAt } from '../../otlp/wire/at.js';
import { copyMatch } from './copy-match.js';

/** Largest size of a block over the bytes that stand for it, rounded up: three bytes are at most 64. */
export const snappyRatio = 22;

/** Literals up to here are copied by a loop, bytes. */
const byLoop = 32;

/** A block whose declared length is below 2^32. */
export class SnappyBlock {
  /** Declared length, bytes. */
  readonly length: number;
  readonly #input: Buffer;
  readonly #end: number;
  #from: number;

  /** The block in `input[from..end)`. Throws when its length is not sound, or could not come of so few bytes. */
  constructor(input: Buffer, from: number, end: number) {
    this.#input = input;
    this.#end = end;
    let length = 0;
    let scale = 1;
    for (let at = from; ; scale *= 128) {
      if (at === end || at === from + 5) corruptSnappy();
      const byte = byteAt(input, at++);
      length += (byte & 127) * scale;
      this.#from = at;
      if (byte < 128) break;
    }
    if (length > 0xffff_ffff) corruptSnappy();
    this.length = length;
  }

  /** Bytes that are left to read. */
  get left(): number {
    return this.#end - this.#from;
  }

  /** True for a length that the bytes of the block may become. */
  get possible(): boolean {
    return this.length <= this.left * snappyRatio;
  }

  /**
   * Reads on, until the block ends or `pause` bytes and more are written or read. It writes from `at` on into
   * `bytes[start..start + length)`, and returns up to where. Throws when the block is not sound.
   */
  read(bytes: Buffer, start: number, at: number, pause: number): number {
    const input = this.#input;
    const end = this.#end;
    const outEnd = start + this.length;
    const outPause = Math.min(outEnd, at + pause);
    let from = this.#from;
    const inPause = Math.min(end, from + pause);
    while (from < inPause && at < outPause) {
      const tag = byteAt(input, from++);
      const kind = tag & 3;
      if (kind === 0) {
        let length = tag >> 2;
        if (length >= 60) {
          const size = length - 59;
          if (from + size > end) corruptSnappy();
          length = input.readUIntLE(from, size);
          from += size;
        }
        length++;
        if (length > end - from || length > outEnd - at) corruptSnappy();
        if (length <= byLoop) for (let i = 0; i < length; i++) bytes[at + i] = byteAt(input, from + i);
        else input.copy(bytes, at, from, from + length);
        from += length;
        at += length;
        continue;
      }
      let length = (tag >> 2) + 1;
      let distance: number;
      if (from + (kind === 3 ? 4 : kind) > end) corruptSnappy();
      if (kind === 1) {
        length = ((tag >> 2) & 7) + 4;
        distance = ((tag >> 5) << 8) | byteAt(input, from);
        from++;
      } else if (kind === 2) {
        distance = byteAt(input, from) | (byteAt(input, from + 1) << 8);
        from += 2;
      } else {
        distance = input.readUInt32LE(from);
        from += 4;
      }
      if (distance === 0 || distance > at - start || length > outEnd - at) corruptSnappy();
      copyMatch(bytes, at, distance, length);
      at += length;
    }
    this.#from = from;
    if (at === outEnd && from < end) corruptSnappy();
    if (from === end && at < outEnd) corruptSnappy();
    return at;
  }
}

export function corruptSnappy(): never {
  throw new Error('snappy: corrupt input');
}
