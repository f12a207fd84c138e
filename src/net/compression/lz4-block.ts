import { byteAt } from '../../otlp/wire/at.js';
import { copyMatch } from './copy-match.js';
import type { PlainOutput } from './plain-output.js';

/** Literals up to here are copied by a loop, bytes. */
const byLoop = 32;
/** The shortest match, bytes. */
const shortestMatch = 4;

/** One block of an LZ4 frame, read in pieces. */
export class Lz4Block {
  /** The block was read to its end. */
  done = false;
  readonly #input: Buffer;
  readonly #end: number;
  readonly #stored: boolean;
  /** The first byte of the output that matches may refer to. */
  readonly #base: number;
  #from: number;

  /** The block in `input[from..end)`; a `stored` one is not compressed. */
  constructor(input: Buffer, from: number, end: number, stored: boolean, base: number) {
    this.#input = input;
    this.#from = from;
    this.#end = end;
    this.#stored = stored;
    this.#base = base;
  }

  /** Bytes that are left to read. */
  get left(): number {
    return this.#end - this.#from;
  }

  /**
   * Reads on, until the block ends, `pause` bytes and more are written or read, or there is no room for what comes
   * next: the bytes that it needs, else 0. Nothing of the block may come to lie at `outEnd`. Throws when the block is
   * not sound.
   */
  read(output: PlainOutput, pause: number, outEnd: number): number {
    return this.#stored ? this.#readStored(output, pause) : this.#readSequences(output, pause, outEnd);
  }

  #readStored(output: PlainOutput, pause: number): number {
    const length = Math.min(this.left, pause);
    if (length > output.bytes.length - output.at) return length;
    output.append(this.#input.subarray(this.#from, this.#from + length));
    this.#from += length;
    this.done = this.left === 0;
    return 0;
  }

  #readSequences(output: PlainOutput, pause: number, outEnd: number): number {
    const input = this.#input;
    const end = this.#end;
    const { bytes } = output;
    const capacity = Math.min(bytes.length, outEnd);
    const outPause = output.at + pause;
    const inPause = Math.min(end, this.#from + pause);
    let at = output.at;
    let next = this.#from;
    while (next < inPause && at < outPause) {
      let from = next;
      const token = byteAt(input, from++);
      let literals = token >> 4;
      if (literals === 15) {
        let byte: number;
        do {
          if (from >= end) corruptLz4('invalid block');
          literals += byte = byteAt(input, from++);
        } while (byte === 255);
      }
      const literalsFrom = from;
      from += literals;
      if (from > end) corruptLz4('invalid block');
      let match = 0;
      let distance = 0;
      // The last sequence is literals alone.
      if (from < end) {
        if (from + 2 > end) corruptLz4('invalid block');
        distance = byteAt(input, from) | (byteAt(input, from + 1) << 8);
        from += 2;
        match = token & 15;
        if (match === 15) {
          let byte: number;
          do {
            if (from >= end) corruptLz4('invalid block');
            match += byte = byteAt(input, from++);
          } while (byte === 255);
        }
        match += shortestMatch;
        if (from >= end || distance === 0 || distance > at + literals - this.#base) corruptLz4('invalid block');
      }
      if (literals + match > capacity - at) {
        if (at + literals + match > outEnd) corruptLz4('invalid block');
        this.#from = next;
        output.at = at;
        return literals + match;
      }
      if (literals <= byLoop) for (let i = 0; i < literals; i++) bytes[at + i] = byteAt(input, literalsFrom + i);
      else input.copy(bytes, at, literalsFrom, literalsFrom + literals);
      at += literals;
      if (match > 0) copyMatch(bytes, at, distance, match);
      at += match;
      next = from;
    }
    this.#from = next;
    output.at = at;
    this.done = next === end;
    return 0;
  }
}

export function corruptLz4(what: string): never {
  throw new Error(`lz4: ${what}`);
}
