/** Xorshift: fast, and the same for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** 0 .. below-1. */
  roll(below: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % below;
  }
}

/** Numbers at which parsers err: lengths, limits, sign bits. */
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x3fff, 0x4000, 0x4001, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const longest = 4096;

/** A variant of `input`: some of its bytes changed, moved, repeated or left out, or a piece of `other` put in. */
export function mutated(input: Uint8Array, other: Uint8Array, dice: Dice): Buffer {
  let bytes = Buffer.from(input);
  for (let n = 1 + dice.roll(4); n > 0; n--) {
    const at = bytes.length === 0 ? 0 : dice.roll(bytes.length);
    switch (dice.roll(8)) {
      case 0:
        if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.roll(8));
        break;
      case 1:
        if (bytes.length > 0) bytes[at] = dice.roll(256);
        break;
      case 2: {
        const width = 1 + dice.roll(4);
        const value = edges[dice.roll(edges.length)] ?? 0;
        for (let i = 0; i < width && at + i < bytes.length; i++) bytes[at + i] = value >>> (8 * (width - 1 - i));
        break;
      }
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + dice.roll(32)))]);
        break;
      case 4: {
        const piece = bytes.subarray(at, at + 1 + dice.roll(64));
        bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
        break;
      }
      case 5: {
        const from = other.length === 0 ? 0 : dice.roll(other.length);
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          other.subarray(from, from + 1 + dice.roll(128)),
          bytes.subarray(at),
        ]);
        break;
      }
      case 6:
        bytes = Buffer.from(bytes.subarray(0, at));
        break;
      case 7:
        bytes = Buffer.concat([bytes, other.subarray(0, 1 + dice.roll(256))]);
        break;
    }
  }
  return bytes.length > longest ? Buffer.from(bytes.subarray(0, longest)) : bytes;
}
